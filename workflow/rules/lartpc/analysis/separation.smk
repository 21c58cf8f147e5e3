"""
Whether the latents tell a feature's upper half from its lower.
"""


rule separate_features:
    """
    Tell the upper half of each feature from its lower by the latents.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        features=LARTPC / "features/default.parquet",
    output:
        separation=LARTPC / "analysis/{run}/separation.parquet",
    log:
        LARTPC / "logs/separate_features/{run}.log",
    benchmark:
        LARTPC / "benchmarks/separate_features/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("lartpc/separate_features"),
        options=OPTIONS.analyses.separation.model_dump_json(),
    message:
        "Separating the halves of the features by the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/separate_features.py" --latents {input.latents:q} --features {input.features:q}'
        " --options {params.options:q} --separation {output.separation:q} >> {log:q} 2>&1"


rule plot_separation:
    """
    Draw how well the latents tell each feature's halves apart.
    """
    input:
        separation=LARTPC / "analysis/{run}/separation.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/separation.png",
            caption="../../../report/lartpc/separation.rst",
            category="3 Latent space",
            labels=in_order("separation of halves"),
        ),
        pdf=LARTPC / "figures/{run}/separation.pdf",
    log:
        LARTPC / "logs/plot_separation/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_separation/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_separation"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the separation of halves of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_separation.py" --separation {input.separation:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
