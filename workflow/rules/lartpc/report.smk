"""
What the report says beside the figures: what was run, the cut flow, the failures, and all tables.
"""

ANALYSIS_TABLES = [
    str(path)
    for path in rules.lartpc_analysis.input
    if LARTPC / "analysis" in Path(path).parents and Path(path).suffix == ".parquet"
]
# Tables with a row per track say nothing to a reader.
TABLES_SHOWN = [
    Path(path).stem
    for path in ANALYSIS_TABLES
    if Path(path).stem != "embedding" and not path.endswith("_scores.parquet")
]
STUDY_INPUT = [
    *(entry.path for entry in STUDY.files.values() if not is_remote(entry.path)),
    *([BEAMLINE] if BEAMLINE else []),
    *([RECO] if RECO else []),
    KAON_CURVE,
    PROTON_CURVE,
    *OPTIONS.input.loglikelihood,
]


rule summarise_study:
    """
    Summarise what was run, what each cut left, and what failed.
    """
    input:
        analyses=ANALYSIS_TABLES,
        files=STUDY_INPUT,
        cutflows=expand(LARTPC / "tracks/{sample}.cutflow.json", sample=SAMPLES),
        checks=expand(LARTPC / "check/{sample}.json", sample=SAMPLES),
        model=LARTPC / f"models/{STUDY.base}/provenance.json",
        history=LARTPC / f"models/{STUDY.base}/history.parquet",
        latents=LARTPC / f"latents/{STUDY.base}.parquet",
        features=LARTPC / "features/default.parquet",
    output:
        run=report(
            LARTPC / "report/run.html",
            caption="../../report/lartpc/run.rst",
            category="0 Overview",
            labels=in_order("what was run"),
        ),
        cutflow=report(
            LARTPC / "report/cutflow.html",
            caption="../../report/lartpc/cutflow_table.rst",
            category="0 Overview",
            labels=in_order("cut flow"),
        ),
        failures=report(
            LARTPC / "report/failures.html",
            caption="../../report/lartpc/failures.rst",
            category="0 Overview",
            labels=in_order("failures"),
        ),
        provenance=LARTPC / "report/provenance.json",
    log:
        LARTPC / "logs/summarise_study.log",
    benchmark:
        LARTPC / "benchmarks/summarise_study.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/summarise_study"),
        content=lambda wildcards: content_of(*STUDY_INPUT),
        config=f'{{"lartpc": {OPTIONS.model_dump_json()}}}',
        given=f'{{"lartpc": {OPTIONS.model_dump_json(exclude_unset=True)}}}',
        files=lambda wildcards, input: named("--input-file", input.files),
        cutflows=lambda wildcards, input: named("--cutflow", input.cutflows),
        checks=lambda wildcards, input: named("--check", input.checks),
    message:
        "Summarising the study"
    shell:
        'python "$SCRIPTS/lartpc/summarise_study.py" {input.analyses:q} {params.files:q} {params.cutflows:q} {params.checks:q}'
        " --model {input.model:q} --history {input.history:q} --latents {input.latents:q} --features {input.features:q}"
        " --config {params.config:q} --given {params.given:q} --run-html {output.run:q} --cutflow-html {output.cutflow:q}"
        " --failures-html {output.failures:q} --provenance {output.provenance:q} >> {log:q} 2>&1"


rule tabulate_analyses:
    """
    Write the tables of the analyses as pages of the report.
    """
    input:
        [path for path in ANALYSIS_TABLES if Path(path).stem in TABLES_SHOWN],
    output:
        [
            report(
                LARTPC / "report/tables/{table}.html".format(table=table),
                caption="../../report/lartpc/table.rst",
                category="8 Tables",
                labels={"result": table.replace("_", " ")},
            )
            for table in TABLES_SHOWN
        ],
    log:
        LARTPC / "logs/tabulate_analyses.log",
    benchmark:
        LARTPC / "benchmarks/tabulate_analyses.tsv"
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
        "Writing the tables of the report"
    shell:
        'python "$SCRIPTS/shared/tabulate_analyses.py" {input:q} --pages {params.folder:q} >> {log:q} 2>&1'
