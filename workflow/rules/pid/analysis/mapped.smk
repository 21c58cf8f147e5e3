"""
What the networks map the tracks of both domains to, in two dimensions.
"""

# At the largest distance of the scan the networks of its first seed with and without adversary; without a scan the
# model with an adversary alone, in the domain that it was trained against.
FARTHEST = max(STUDY.scan, key=lambda point: point.shift, default=None)
if FARTHEST is not None:
    MAPPING = {
        point.variant: point.run
        for point in STUDY.scan
        if (point.sample, point.seed) == (FARTHEST.sample, FARTHEST.seed)
    }
else:
    MAPPING = {name: MODELS[name] for name in [STUDY.adversary] if name is not None}
MAPPED_RUNS = list(MAPPING.values())
MAPPED_SECOND = next(
    (domain for run in MAPPED_RUNS if (domain := STUDY.runs[run].network.domain)),
    "data",
)


rule embed_tracks:
    """
    Lay out what the networks map tracks of both domains to, by UMAP.
    """
    input:
        models=expand(
            PID / "models/{run}/{file}",
            run=MAPPED_RUNS,
            file=["model.safetensors", "config.yaml"],
        )
        or "a model with network.adversary: true in pid.models",
        first=[
            PID / "tracks/mc.parquet",
            PID / "splits/mc.parquet",
        ],
        second=[
            PID / f"tracks/{MAPPED_SECOND}.parquet",
            PID / f"splits/{MAPPED_SECOND}.parquet",
        ],
    output:
        PID / "analysis/mapped.parquet",
    log:
        PID / "logs/embed_tracks.log",
    benchmark:
        PID / "benchmarks/embed_tracks.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(2500 + 20 * size_mb([*input.first, *input.second])),
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("pid/embed_tracks"),
        models=named("--model", [f"{name}={run}" for name, run in MAPPING.items()]),
        fractions=OPTIONS.split.model_dump_json(),
        options=OPTIONS.analyses.embedding.model_dump_json(),
    message:
        "Laying out what the networks map tracks to, by UMAP (its compiler alone takes about 15 s)"
    shell:
        'study="$(dirname "$(dirname {output:q})")";'
        ' python "$SCRIPTS/pid/embed_tracks.py" {params.models:q} --models "$study/models" --first {input.first:q}'
        " --second {input.second:q} --fractions {params.fractions:q} --options {params.options:q}"
        " --mapped {output:q} >> {log:q} 2>&1"


rule plot_mapped:
    """
    Draw what the networks map tracks to, by domain and by species.
    """
    input:
        mapped=PID / "analysis/mapped.parquet",
        provenance=origin_of(MAPPED_RUNS[-1:]),
    output:
        png=report(
            PID / "figures/mapped.png",
            caption="../../../report/pid/mapped.rst",
            category="5 Domains",
            labels=in_order("mapped tracks"),
        ),
        pdf=PID / "figures/mapped.pdf",
    log:
        PID / "logs/plot_mapped.log",
    benchmark:
        PID / "benchmarks/plot_mapped.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_mapped"),
        style=STYLE,
    message:
        "Drawing what the networks map tracks to"
    shell:
        'python "$SCRIPTS/pid/plot_mapped.py" --mapped {input.mapped:q} --provenance {input.provenance:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
