"""
Where in the planes of TPC and TOF a model accepts, rejects, and takes wrongly.
"""


rule plot_planes:
    """
    Draw accepted, rejected and contaminating tracks in the planes of TPC and TOF.
    """
    input:
        tracks=PID / "tracks/mc.parquet",
        split=PID / "splits/mc.parquet",
        scores=PID / f"scores/{MODELS[MODEL_SHOWN]}/mc.parquet",
        models=PID / "analysis/models.parquet",
        provenance=origin_of([MODELS[MODEL_SHOWN]]),
    output:
        png=report(
            PID / "figures/planes_{selected}.png",
            caption="../../../report/pid/planes.rst",
            category="3 Selection",
            labels=in_order("planes of {selected}s"),
        ),
        pdf=PID / "figures/planes_{selected}.pdf",
    log:
        PID / "logs/plot_planes/{selected}.log",
    benchmark:
        PID / "benchmarks/plot_planes/{selected}.tsv"
    wildcard_constraints:
        selected="kaon|proton",
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 10 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_planes"),
        model=MODEL_SHOWN,
        style=STYLE,
    message:
        "Drawing the planes of {wildcards.selected}s"
    shell:
        'python "$SCRIPTS/pid/plot_planes.py" --tracks {input.tracks:q} --split {input.split:q} --scores {input.scores:q}'
        " --models {input.models:q} --model {params.model:q} --species {wildcards.selected:q} --provenance {input.provenance:q}"
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
