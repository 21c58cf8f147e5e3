"""
What latents and chi2 know of the truth; asked for only where the input is simulated.
"""


rule close_latents:
    """
    Compare latents and chi2 with the simulated truth.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        scores=LARTPC / "analysis/{run}/probe_scores.parquet",
        config=LARTPC / "models/{run}/config.yaml",
        truth=SIMULATED / "truth.parquet",
    output:
        closure=LARTPC / "analysis/{run}/closure.parquet",
    log:
        LARTPC / "logs/close_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/close_latents/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("lartpc/close_latents"),
        options=OPTIONS.analyses.closure.model_dump_json(),
        # What else that section says does not matter here.
        regression=OPTIONS.analyses.regression.model_dump_json(
            exclude={"neighbours", "permutations", "information_tracks"}
        ),
        samples=TRAINABLE,
        # Reference samples keep every cluster, so that the best track of an event need not be the beam's.
        among=named("--among", STUDY.windowed),
    message:
        "Comparing the latents of run {wildcards.run} with the truth"
    shell:
        'python "$SCRIPTS/lartpc/close_latents.py" --latents {input.latents:q} --scores {input.scores:q}'
        " --truth {input.truth:q} --config {input.config:q} {params.samples:q} {params.among:q}"
        " --options {params.options:q} --regression {params.regression:q} --closure {output.closure:q} >> {log:q} 2>&1"


rule plot_closure:
    """
    Draw what latents and chi2 know of the truth.
    """
    input:
        closure=LARTPC / "analysis/{run}/closure.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/closure.png",
            caption="../../../report/lartpc/closure.rst",
            category="6 Closure against truth",
            labels=in_order("closure"),
        ),
        pdf=LARTPC / "figures/{run}/closure.pdf",
    log:
        LARTPC / "logs/plot_closure/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_closure/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_closure"),
        style=STYLE,
    message:
        "Drawing the closure of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_closure.py" --closure {input.closure:q} --provenance {input.provenance:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
