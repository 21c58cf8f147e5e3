"""
What forests look at.
"""


rule rank_inputs:
    """
    Measure what two forests lose where a group of their inputs says nothing.
    """
    input:
        tracks=PID / "tracks/mc.parquet",
        split=PID / "splits/mc.parquet",
    output:
        importance=PID / "analysis/importance.parquet",
    log:
        PID / "logs/rank_inputs.log",
    benchmark:
        PID / "benchmarks/rank_inputs.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(3000 + 20 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/rank_inputs"),
        fractions=OPTIONS.split.model_dump_json(),
        options=OPTIONS.analyses.importance.model_dump_json(),
    message:
        "Measuring what forests look at"
    shell:
        'python "$SCRIPTS/pid/rank_inputs.py" --tracks {input.tracks:q} --split {input.split:q}'
        " --fractions {params.fractions:q} --options {params.options:q} --threads {threads}"
        " --importance {output.importance:q} >> {log:q} 2>&1"


rule plot_importance:
    """
    Draw what the forests look at.
    """
    input:
        importance=PID / "analysis/importance.parquet",
    output:
        png=report(
            PID / "figures/importance.png",
            caption="../../../report/pid/importance.rst",
            category="4 Checks",
            labels=in_order("importance"),
        ),
        pdf=PID / "figures/importance.pdf",
    log:
        PID / "logs/plot_importance.log",
    benchmark:
        PID / "benchmarks/plot_importance.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_importance"),
        style=STYLE,
    message:
        "Drawing what the forests look at"
    shell:
        'python "$SCRIPTS/pid/plot_importance.py" --importance {input.importance:q} --options {params.style:q}'
        " --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
