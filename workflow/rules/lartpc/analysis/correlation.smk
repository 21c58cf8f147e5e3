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
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/correlate_latents"),
        options=OPTIONS.analyses.correlation.model_dump_json(),
    message:
        "Correlating latents and features of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/correlate_latents.py" --latents {input.latents:q} --features {input.features:q}'
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
            caption="../../../report/lartpc/correlation.rst",
            category="3 Latent space",
            labels=in_order("correlation"),
        ),
        pdf=LARTPC / "figures/{run}/correlation.pdf",
    log:
        LARTPC / "logs/plot_correlation/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_correlation/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_correlation"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the correlations of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_correlation.py" --correlation {input.correlation:q}'
        " --decomposition {input.decomposition:q}"
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_feature_correlation:
    """
    Draw the correlation of features with each other.
    """
    input:
        correlation=LARTPC / "analysis/{run}/correlation.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/feature_correlation.png",
            caption="../../../report/lartpc/feature_correlation.rst",
            category="1 Input",
            labels=in_order("feature correlation"),
        ),
        pdf=LARTPC / "figures/{run}/feature_correlation.pdf",
    log:
        LARTPC / "logs/plot_feature_correlation/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_feature_correlation/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_feature_correlation"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the correlations of features for the tracks of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_feature_correlation.py" --correlation {input.correlation:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_correlation_species:
    """
    Draw the correlation of latents and features, species side by side.
    """
    input:
        correlation=LARTPC / "analysis/{run}/correlation.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/correlation_species.png",
            caption="../../../report/lartpc/correlation_species.rst",
            category="3 Latent space",
            labels=in_order("correlation per species"),
        ),
        pdf=LARTPC / "figures/{run}/correlation_species.pdf",
    log:
        LARTPC / "logs/plot_correlation_species/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_correlation_species/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_correlation_species"),
        style=STYLE,
    message:
        "Drawing the correlations per species of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_correlation_species.py" --correlation {input.correlation:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
