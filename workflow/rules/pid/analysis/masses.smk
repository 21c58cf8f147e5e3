"""
Contamination by the squared mass, which needs no truth.
"""

# Both domains; of the first, which models learn from, the test part.
JUDGED_SAMPLES = ["mc", "data"]


rule measure_masses:
    """
    Estimate the contamination of what a model and n-sigma accept by the squared mass.
    """
    input:
        tracks=expand(PID / "tracks/{sample}.parquet", sample=JUDGED_SAMPLES),
        split=PID / "splits/mc.parquet",
        scores=expand(
            PID / f"scores/{MODELS[MODEL_SHOWN]}/{{sample}}.parquet",
            sample=JUDGED_SAMPLES,
        ),
        models=PID / "analysis/models.parquet",
    output:
        masses=PID / "analysis/masses.parquet",
        bins=PID / "analysis/masses_bins.parquet",
    log:
        PID / "logs/measure_masses.log",
    benchmark:
        PID / "benchmarks/measure_masses.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 20 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/measure_masses"),
        scores=lambda wildcards, input: named("--scores", input.scores),
        fractions=OPTIONS.split.model_dump_json(),
        model=MODEL_SHOWN,
        nsigma=OPTIONS.nsigma.model_dump_json(),
        options=OPTIONS.analyses.masses.model_dump_json(),
    message:
        "Estimating the contamination by the squared mass"
    shell:
        'python "$SCRIPTS/pid/measure_masses.py" {input.tracks:q} --split {input.split:q}'
        " --fractions {params.fractions:q} {params.scores:q} --models {input.models:q}"
        " --model {params.model:q} --nsigma {params.nsigma:q} --options {params.options:q} --masses {output.masses:q}"
        " --bins {output.bins:q} >> {log:q} 2>&1"


rule plot_masses:
    """
    Draw squared masses, and estimated beside true contamination.
    """
    input:
        masses=PID / "analysis/masses.parquet",
        bins=PID / "analysis/masses_bins.parquet",
        provenance=origin_of([MODELS[MODEL_SHOWN]]),
    output:
        png=report(
            PID / "figures/masses.png",
            caption="../../../report/pid/masses.rst",
            category="4 Checks",
            labels=in_order("masses"),
        ),
        pdf=PID / "figures/masses.pdf",
    log:
        PID / "logs/plot_masses.log",
    benchmark:
        PID / "benchmarks/plot_masses.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_masses"),
        model=MODEL_SHOWN,
        style=STYLE,
    message:
        "Drawing the squared masses"
    shell:
        'python "$SCRIPTS/pid/plot_masses.py" --masses {input.masses:q} --bins {input.bins:q} --model {params.model:q}'
        " --sample data --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q}"
        " --pdf {output.pdf:q} >> {log:q} 2>&1"
