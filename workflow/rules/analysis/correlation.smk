"""
Which latent follows which feature.
"""


rule correlate_latents:
    """
    Correlate each latent with each feature.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        features=LARTPC / "features/default.parquet",
    output:
        correlation=LARTPC / "analysis/{run}/correlation.parquet",
        decomposition=LARTPC / "analysis/{run}/decomposition.parquet",
    log:
        LARTPC / "logs/correlate_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/correlate_latents/{run}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=30,
    params:
        code=fingerprint("correlate_latents"),
        options=OPTIONS.analyses.correlation.model_dump_json(),
    message:
        "Correlating latents and features of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/correlate_latents.py" --latents {input.latents:q} --features {input.features:q}'
        " --options {params.options:q} --correlation {output.correlation:q}"
        " --decomposition {output.decomposition:q} >> {log:q} 2>&1"


rule plot_correlation:
    """
    Draw the correlation of latents and features.
    """
    input:
        correlation=LARTPC / "analysis/{run}/correlation.parquet",
        decomposition=LARTPC / "analysis/{run}/decomposition.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/correlation.png",
            caption="../../report/correlation.rst",
            category="3 Latent space",
            labels={"figure": "correlation"},
        ),
        pdf=LARTPC / "figures/{run}/correlation.pdf",
    log:
        LARTPC / "logs/plot_correlation/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_correlation/{run}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_correlation"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the correlations of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/plot_correlation.py" --correlation {input.correlation:q}'
        " --decomposition {input.decomposition:q}"
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
