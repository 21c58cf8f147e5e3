"""
How the networks that are compared were trained.
"""

TRAINED = {name: run for name, run in MODELS.items() if not STUDY.runs[run].is_trees}
# The first domain, and those that adversaries learn to hide.
TRAINED_ON = ["mc", *(STUDY.runs[run].network.domain for run in TRAINED.values())]


rule plot_losses:
    """
    Draw the losses of the networks epoch by epoch, and what adversaries leave of the domain.
    """
    input:
        models=expand(
            PID / "models/{run}/{file}",
            run=TRAINED.values(),
            file=["history.parquet", "config.yaml"],
        )
        or "a network among pid.models",
        splits=expand(
            PID / "splits/{sample}.parquet",
            sample=dict.fromkeys(filter(None, TRAINED_ON)),
        ),
        provenance=origin_of(TRAINED.values()),
    output:
        png=report(
            PID / "figures/training.png",
            caption="../../../report/pid/training.rst",
            category="2 Models",
            labels=in_order("training"),
        ),
        pdf=PID / "figures/training.pdf",
    log:
        PID / "logs/plot_losses.log",
    benchmark:
        PID / "benchmarks/plot_losses.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 10 * size_mb(input.splits)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_losses"),
        models=named("--model", [f"{name}={run}" for name, run in TRAINED.items()]),
        style=STYLE,
    message:
        "Drawing the losses of the networks"
    shell:
        'study="$(dirname "$(dirname {output.png:q})")";'
        ' python "$SCRIPTS/pid/plot_losses.py" {input.splits:q} {params.models:q} --models "$study/models"'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q}"
        " >> {log:q} 2>&1"
