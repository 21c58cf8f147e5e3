"""
What a sweep says: its runs side by side, as pid_sweep_<name> asks for them.
"""


rule compare_sweep:
    """
    Judge the runs of a sweep as the models of the study are judged.
    """
    input:
        tracks=PID / "tracks/mc.parquet",
        split=PID / "splits/mc.parquet",
        scores=lambda wildcards: [
            f"{PID}/scores/{run}/mc.parquet"
            for run in members_of_sweep(wildcards)["runs"]
        ],
    output:
        models=PID / "sweeps/{sweep}/models.parquet",
        selection=PID / "sweeps/{sweep}/selection.parquet",
        equal_purity=PID / "sweeps/{sweep}/equal_purity.parquet",
        curves=PID / "sweeps/{sweep}/curves.parquet",
    log:
        PID / "logs/compare_sweep/{sweep}.log",
    benchmark:
        PID / "benchmarks/compare_sweep/{sweep}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 10 * size_mb([input.tracks]) + len(input.scores)),
        runtime=lambda wildcards, input, attempt: attempt
        * (60 + len(input.scores) // 20),
    params:
        code=fingerprint("pid/compare_models"),
        options=OPTIONS.analyses.comparison.model_dump_json(),
        nsigma=OPTIONS.nsigma.model_dump_json(),
        models=lambda wildcards: text_file(
            "models.json",
            json.dumps({run: run for run in members_of_sweep(wildcards)["runs"]}),
        ),
    message:
        "Comparing the runs of the sweep {wildcards.sweep}"
    # Thousands of runs have more files than a command line holds; the script finds them below the folder.
    shell:
        'study="$(dirname "$(dirname {input.tracks:q})")";'
        ' python "$SCRIPTS/pid/compare_models.py" {params.models:q} --scores "$study/scores" --tracks {input.tracks:q}'
        " --split {input.split:q} --options {params.options:q} --nsigma {params.nsigma:q}"
        " --models {output.models:q} --selection {output.selection:q} --equal-purity {output.equal_purity:q}"
        " --curves {output.curves:q} >> {log:q} 2>&1"


rule tabulate_sweep:
    """
    Put what differs between the runs of a sweep beside their numbers.
    """
    input:
        models=PID / "sweeps/{sweep}/models.parquet",
    output:
        table=PID / "sweeps/{sweep}/runs.parquet",
        csv=PID / "sweeps/{sweep}/runs.csv",
        provenance=PID / "sweeps/{sweep}/provenance.json",
    log:
        PID / "logs/tabulate_sweep/{sweep}.log",
    benchmark:
        PID / "benchmarks/tabulate_sweep/{sweep}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=fingerprint("pid/tabulate_sweep"),
        # A file, because thousands of runs are more than a command line holds.
        sweep=lambda wildcards: text_file(
            "pid-sweep.json",
            json.dumps(
                {
                    "runs": {
                        name: STUDY.runs[name].model_dump(mode="json")
                        for name in members_of_sweep(wildcards)["runs"]
                    },
                    "missing": members_of_sweep(wildcards)["missing"],
                }
            ),
        ),
    message:
        "Tabulating the sweep {wildcards.sweep}"
    shell:
        'python "$SCRIPTS/pid/tabulate_sweep.py" {params.sweep:q} --models {input.models:q} --table {output.table:q}'
        " --csv {output.csv:q} --provenance {output.provenance:q} >> {log:q} 2>&1"


rule plot_points:
    """
    Draw the points of a sweep with the spread over their seeds.
    """
    input:
        table=PID / "sweeps/{sweep}/runs.parquet",
        provenance=PID / "sweeps/{sweep}/provenance.json",
    output:
        png=report(
            PID / "sweeps/{sweep}/points.png",
            caption="../../report/pid/points.rst",
            category="7 Sweeps",
            labels=in_order("points of {sweep}"),
        ),
        pdf=PID / "sweeps/{sweep}/points.pdf",
    log:
        PID / "logs/plot_points/{sweep}.log",
    benchmark:
        PID / "benchmarks/plot_points/{sweep}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=fingerprint("pid/plot_points"),
        style=STYLE,
    message:
        "Drawing the points of the sweep {wildcards.sweep}"
    shell:
        'python "$SCRIPTS/pid/plot_points.py" --table {input.table:q} --provenance {input.provenance:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


for sweep, members in STUDY.sweeps.items():

    rule:
        name:
            f"pid_sweep_{sweep}{MODELS_ALONE}"
        input:
            PID / "runs.tsv",
            lambda wildcards, members=members: [
                f"{PID}/models/{run}/parity.json" for run in members
            ],
        localrule: True

    rule:
        name:
            f"pid_sweep_{sweep}{SO_FAR}"
        input:
            PID / "runs.tsv",
            # a function, because files are looked for when the target is asked for
            lambda wildcards, sweep=sweep: [
                f"{PID}/sweeps/{sweep}{SO_FAR}/{file}"
                for file in ("runs.parquet", "points.png")
            ],
        localrule: True

    rule:
        name:
            f"pid_sweep_{sweep}"
        input:
            PID / "runs.tsv",
            PID / f"sweeps/{sweep}/runs.parquet",
            PID / f"sweeps/{sweep}/points.png",
        localrule: True
