"""
What a sweep says: its runs side by side, and the effect of each axis.
"""

# Tables of each run that its row in the sweep is made from.
SWEEP_TABLES = ["reconstruction", "probes", "regression", "clustering"]


rule summarise_sweep:
    """
    Summarise the runs of a sweep.
    """
    input:
        models=lambda wildcards: expand(
            LARTPC / "models/{run}/{file}",
            run=STUDY.sweeps[wildcards.sweep],
            file=["config.yaml", "history.parquet", "model.safetensors"],
        ),
        tables=lambda wildcards: expand(
            LARTPC / "analysis/{run}/{table}.parquet",
            run=STUDY.sweeps[wildcards.sweep],
            table=SWEEP_TABLES,
        ),
    output:
        runs=LARTPC / "sweeps/{sweep}/runs.parquet",
        runs_csv=LARTPC / "sweeps/{sweep}/runs.csv",
        summary=LARTPC / "sweeps/{sweep}/summary.parquet",
        summary_csv=LARTPC / "sweeps/{sweep}/summary.csv",
        effects=LARTPC / "sweeps/{sweep}/effects.parquet",
        effects_csv=LARTPC / "sweeps/{sweep}/effects.csv",
        provenance=LARTPC / "sweeps/{sweep}/provenance.json",
    log:
        LARTPC / "logs/summarise_sweep/{sweep}.log",
    benchmark:
        LARTPC / "benchmarks/summarise_sweep/{sweep}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("summarise_sweep"),
        runs=lambda wildcards: list(STUDY.sweeps[wildcards.sweep]),
        tables=named("--table", SWEEP_TABLES),
    message:
        "Summarising the sweep {wildcards.sweep}"
    # Hundreds of runs have more files than a command line holds; the script finds them below the two folders.
    shell:
        'study="$(dirname "$(dirname "$(dirname {output.summary:q})")")";'
        ' python "$SCRIPTS/summarise_sweep.py" {params.runs:q} --models "$study/models" --analysis "$study/analysis"'
        ' {params.tables:q} --to "$study/sweeps/{wildcards.sweep}" >> {log:q} 2>&1'


rule plot_sweep:
    """
    Draw what each axis of a sweep does.
    """
    input:
        runs=LARTPC / "sweeps/{sweep}/runs.parquet",
        effects=LARTPC / "sweeps/{sweep}/effects.parquet",
        provenance=LARTPC / "sweeps/{sweep}/provenance.json",
    output:
        png=report(
            LARTPC / "sweeps/{sweep}/summary.png",
            caption="../../report/sweep.rst",
            category="7 Sweeps",
            labels=in_order("{sweep}"),
        ),
        pdf=LARTPC / "sweeps/{sweep}/summary.pdf",
    log:
        LARTPC / "logs/plot_sweep/{sweep}.log",
    benchmark:
        LARTPC / "benchmarks/plot_sweep/{sweep}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("plot_sweep"),
        style=STYLE,
    message:
        "Drawing the sweep {wildcards.sweep}"
    shell:
        'python "$SCRIPTS/plot_sweep.py" --runs {input.runs:q} --effects {input.effects:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q}"
        " >> {log:q} 2>&1"
