"""
What the report says beside the figures: what was run, and all tables.
"""


rule describe_study:
    """
    Say what was run: first numbers, tracks, models, config and origin.
    """
    input:
        files=[path for paths in STUDY.samples.values() for path in paths],
        checks=expand(PID / "check/{sample}.json", sample=STUDY.samples),
        parities=expand(PID / "models/{run}/parity.json", run=MODELS.values()),
        models=PID / "analysis/models.parquet",
    output:
        run=report(
            PID / "report/run.html",
            caption="../../report/pid/run.rst",
            category="0 Overview",
            labels=in_order("what was run"),
        ),
        provenance=PID / "report/provenance.json",
    log:
        PID / "logs/describe_study.log",
    benchmark:
        PID / "benchmarks/describe_study.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/describe_study"),
        content=lambda wildcards, input: content_of(input.files),
        config=f'{{"pid": {OPTIONS.model_dump_json()}}}',
        given=f'{{"pid": {OPTIONS.model_dump_json(exclude_unset=True)}}}',
        checks=lambda wildcards, input: named("--check", input.checks),
        parities=lambda wildcards, input: named("--parity", input.parities),
        models=named("--model", [f"{name}={run}" for name, run in MODELS.items()]),
    message:
        "Describing the study pid"
    shell:
        'python "$SCRIPTS/pid/describe_study.py" {input.files:q} {params.checks:q} {params.parities:q} {params.models:q}'
        " --models {input.models:q} --config {params.config:q} --given {params.given:q} --run-html {output.run:q}"
        " --provenance {output.provenance:q} >> {log:q} 2>&1"


rule tabulate_results:
    """
    Write the tables of the analyses as pages of the report.
    """
    input:
        TABLES_SHOWN,
    output:
        [
            report(
                PID / "report/tables/{table}.html".format(table=Path(path).stem),
                caption="../../report/pid/table.rst",
                category="8 Tables",
                labels={"result": Path(path).stem.replace("_", " ")},
            )
            for path in TABLES_SHOWN
        ],
    log:
        PID / "logs/tabulate_results.log",
    benchmark:
        PID / "benchmarks/tabulate_results.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        code=fingerprint("shared/tabulate_analyses"),
        folder=lambda wildcards, output: Path(output[0]).parent,
    message:
        "Writing the tables of the report of pid"
    shell:
        'python "$SCRIPTS/shared/tabulate_analyses.py" {input:q} --pages {params.folder:q} >> {log:q} 2>&1'
