"""
How much of each feature the latents hold.
"""


rule regress_features:
    """
    Predict each feature from the latents, and measure what each latent knows of it.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        features=LARTPC / "features/default.parquet",
    output:
        regression=LARTPC / "analysis/{run}/regression.parquet",
        importance=LARTPC / "analysis/{run}/importance.parquet",
        information=LARTPC / "analysis/{run}/information.parquet",
    log:
        LARTPC / "logs/regress_features/{run}.log",
    benchmark:
        LARTPC / "benchmarks/regress_features/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 120,
    params:
        code=fingerprint("lartpc/regress_features"),
        options=OPTIONS.analyses.regression.model_dump_json(),
    message:
        "Predicting features from the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/regress_features.py" --latents {input.latents:q} --features {input.features:q}'
        " --options {params.options:q} --regression {output.regression:q} --importance {output.importance:q} --information {output.information:q} >> {log:q} 2>&1"


rule plot_regression:
    """
    Draw how well the latents predict each feature.
    """
    input:
        regression=LARTPC / "analysis/{run}/regression.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/regression.png",
            caption="../../../report/lartpc/regression.rst",
            category="3 Latent space",
            labels=in_order("regression"),
        ),
        pdf=LARTPC / "figures/{run}/regression.pdf",
    log:
        LARTPC / "logs/plot_regression/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_regression/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_regression"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the regressions of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_regression.py" --regression {input.regression:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_information:
    """
    Draw which latent knows of which feature.
    """
    input:
        information=LARTPC / "analysis/{run}/information.parquet",
        importance=LARTPC / "analysis/{run}/importance.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/information.png",
            caption="../../../report/lartpc/information.rst",
            category="3 Latent space",
            labels=in_order("mutual information"),
        ),
        pdf=LARTPC / "figures/{run}/information.pdf",
    log:
        LARTPC / "logs/plot_information/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_information/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_information"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the mutual information of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_information.py" --information {input.information:q} --importance {input.importance:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
