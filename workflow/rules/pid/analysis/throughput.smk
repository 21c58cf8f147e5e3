"""
How many tracks per second the models score. Its results are times: no two runs have the same.
"""

from rootline.pid.analyses.settings.throughput import timed_models

with told_by_snakemake():
    TIMED = {
        name: MODELS[name]
        for name in timed_models(
            OPTIONS.analyses.throughput,
            trees=[name for name, run in MODELS.items() if STUDY.runs[run].is_trees],
            networks=[
                name for name, run in MODELS.items() if not STUDY.runs[run].is_trees
            ],
        )
    }


rule time_scoring:
    """
    Time the models track by track, event by event and in one batch, by their library and by ONNX Runtime.
    """
    input:
        models=expand(
            PID / "models/{run}/{file}",
            run=TIMED.values(),
            file=["model.onnx", "config.yaml"],
        )
        or "a model to time (pid.analyses.throughput.models: [] times none)",
        weights=[
            PID / f"models/{run}/model.safetensors"
            for run in TIMED.values()
            if not STUDY.runs[run].is_trees
        ],
        tracks=PID / "tracks/mc.parquet",
        split=PID / "splits/mc.parquet",
        root=STUDY.samples["mc"][0],
    output:
        throughput=PID / "timings/throughput.parquet",
        order=PID / "timings/throughput_order.parquet",
    log:
        PID / "logs/time_scoring.log",
    benchmark:
        PID / "benchmarks/time_scoring.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(3000 + 30 * size_mb([input.tracks])),
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("pid/time_scoring"),
        models=named("--model", [f"{name}={run}" for name, run in TIMED.items()]),
        options=OPTIONS.analyses.throughput.model_dump_json(exclude={"models"}),
    message:
        "Timing the models (other jobs on the machine make them slower)"
    shell:
        'study="$(dirname "$(dirname {output.order:q})")";'
        ' python "$SCRIPTS/pid/time_scoring.py" {params.models:q} --models "$study/models" --tracks {input.tracks:q}'
        " --split {input.split:q} --root-file {input.root:q} --threads {threads} --options {params.options:q}"
        " --throughput {output.throughput:q} --order {output.order:q} >> {log:q} 2>&1"


rule plot_throughput:
    """
    Draw the tracks per second of every way of scoring.
    """
    input:
        throughput=PID / "timings/throughput.parquet",
        order=PID / "timings/throughput_order.parquet",
        provenance=origin_of(TIMED.values()),
    output:
        png=report(
            PID / "figures/throughput.png",
            caption="../../../report/pid/throughput.rst",
            category="6 Deployment",
            labels=in_order("throughput"),
        ),
        pdf=PID / "figures/throughput.pdf",
    log:
        PID / "logs/plot_throughput.log",
    benchmark:
        PID / "benchmarks/plot_throughput.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_throughput"),
        style=STYLE,
    message:
        "Drawing the throughput"
    shell:
        'python "$SCRIPTS/pid/plot_throughput.py" --throughput {input.throughput:q} --order {input.order:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q}"
        " >> {log:q} 2>&1"
