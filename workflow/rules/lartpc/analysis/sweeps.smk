"""
What a sweep says: its runs side by side, the effect of each axis, the points that none beats, the best one.
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
            run=members_of_sweep(wildcards)["runs"],
            file=["config.yaml", "history.parquet", "model.safetensors"],
        ),
        tables=lambda wildcards: expand(
            LARTPC / "analysis/{run}/{table}.parquet",
            run=members_of_sweep(wildcards)["runs"],
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
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/summarise_sweep"),
        sweep=lambda wildcards: text_file(
            "sweep.json", json.dumps(members_of_sweep(wildcards))
        ),
        tables=named("--table", SWEEP_TABLES),
    message:
        "Summarising the sweep {wildcards.sweep}"
    # Hundreds of runs have more files than a command line holds; the script finds them below the two folders.
    shell:
        'study="$(dirname "$(dirname "$(dirname {output.summary:q})")")";'
        ' python "$SCRIPTS/lartpc/summarise_sweep.py" {params.sweep:q} --models "$study/models" --analysis "$study/analysis"'
        ' {params.tables:q} --to "$study/sweeps"/{wildcards.sweep:q} >> {log:q} 2>&1'


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
            caption="../../../report/lartpc/sweep.rst",
            category="7 Sweeps",
            labels=in_order("{sweep}"),
        ),
        pdf=LARTPC / "sweeps/{sweep}/summary.pdf",
    log:
        LARTPC / "logs/plot_sweep/{sweep}.log",
    benchmark:
        LARTPC / "benchmarks/plot_sweep/{sweep}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_sweep"),
        style=STYLE,
    message:
        "Drawing the sweep {wildcards.sweep}"
    shell:
        'python "$SCRIPTS/lartpc/plot_sweep.py" --runs {input.runs:q} --effects {input.effects:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q}"
        " >> {log:q} 2>&1"


rule rank_sweep:
    """
    Rank the points of a sweep by reconstruction, probe and size.
    """
    input:
        summary=LARTPC / "sweeps/{sweep}/summary.parquet",
        provenance=LARTPC / "sweeps/{sweep}/provenance.json",
    output:
        pareto=LARTPC / "sweeps/{sweep}/pareto.parquet",
        csv=LARTPC / "sweeps/{sweep}/pareto.csv",
    log:
        LARTPC / "logs/rank_sweep/{sweep}.log",
    benchmark:
        LARTPC / "benchmarks/rank_sweep/{sweep}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        code=fingerprint("lartpc/rank_sweep"),
        error=OPTIONS.analyses.pareto.error or f"error_{OPTIONS.train.species[0]}",
        score=OPTIONS.analyses.pareto.score,
    message:
        "Ranking the points of the sweep {wildcards.sweep}"
    shell:
        'python "$SCRIPTS/lartpc/rank_sweep.py" {input.summary:q} --provenance {input.provenance:q} --error {params.error:q}'
        " --score {params.score:q} --pareto {output.pareto:q} --csv {output.csv:q} >> {log:q} 2>&1"


rule choose_best:
    """
    Choose the best point of a sweep by the criterion of the config.
    """
    input:
        runs=LARTPC / "sweeps/{sweep}/runs.parquet",
        summary=LARTPC / "sweeps/{sweep}/summary.parquet",
        provenance=LARTPC / "sweeps/{sweep}/provenance.json",
    output:
        best=LARTPC / "sweeps/{sweep}/best.json",
        fragment=report(
            LARTPC / "sweeps/{sweep}/best.yaml",
            caption="../../../report/lartpc/best.rst",
            category="7 Sweeps",
            labels=in_order("{sweep}, best, as config"),
        ),
    log:
        LARTPC / "logs/choose_best/{sweep}.log",
    benchmark:
        LARTPC / "benchmarks/choose_best/{sweep}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        code=fingerprint("lartpc/choose_best"),
        options=OPTIONS.analyses.best.model_dump_json(),
        species=named("--species", OPTIONS.train.species),
    message:
        "Choosing the best point of the sweep {wildcards.sweep}"
    # The configs beside the models need no watching: a run's id is its content.
    shell:
        'study="$(dirname "$(dirname "$(dirname {output.best:q})")")";'
        ' python "$SCRIPTS/lartpc/choose_best.py" --runs {input.runs:q} --summary {input.summary:q}'
        ' --provenance {input.provenance:q} --models "$study/models" {params.species:q} --options {params.options:q}'
        " --best {output.best:q} --fragment {output.fragment:q} >> {log:q} 2>&1"


rule plot_pareto:
    """
    Draw the points of a sweep, those that none beats and the best one.
    """
    input:
        pareto=LARTPC / "sweeps/{sweep}/pareto.parquet",
        best=LARTPC / "sweeps/{sweep}/best.json",
        provenance=LARTPC / "sweeps/{sweep}/provenance.json",
    output:
        png=report(
            LARTPC / "sweeps/{sweep}/pareto.png",
            caption="../../../report/lartpc/pareto.rst",
            category="7 Sweeps",
            labels=in_order("{sweep}, points that none beats"),
        ),
        pdf=LARTPC / "sweeps/{sweep}/pareto.pdf",
    log:
        LARTPC / "logs/plot_pareto/{sweep}.log",
    benchmark:
        LARTPC / "benchmarks/plot_pareto/{sweep}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_pareto"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the points of the sweep {wildcards.sweep}"
    shell:
        'python "$SCRIPTS/lartpc/plot_pareto.py" --pareto {input.pareto:q} --best {input.best:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q}"
        " >> {log:q} 2>&1"
