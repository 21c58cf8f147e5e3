"""
All latents in two dimensions.
"""


rule embed_latents:
    """
    Draw all latents in two dimensions by UMAP.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
    output:
        embedding=LARTPC / "analysis/{run}/embedding.parquet",
    log:
        LARTPC / "logs/embed_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/embed_latents/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/embed_latents"),
        options=OPTIONS.analyses.embedding.model_dump_json(),
    message:
        "Embedding the latents of run {wildcards.run} by UMAP (its compiler alone takes about 15 s)"
    shell:
        'python "$SCRIPTS/lartpc/embed_latents.py" --latents {input.latents:q} --options {params.options:q}'
        " --embedding {output.embedding:q} >> {log:q} 2>&1"


rule plot_embedding:
    """
    Draw the UMAP of the latents by particle and by feature.
    """
    input:
        embedding=LARTPC / "analysis/{run}/embedding.parquet",
        features=LARTPC / "features/default.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/embedding.png",
            caption="../../../report/lartpc/embedding.rst",
            category="3 Latent space",
            labels=in_order("embedding"),
        ),
        pdf=LARTPC / "figures/{run}/embedding.pdf",
    log:
        LARTPC / "logs/plot_embedding/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_embedding/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_embedding"),
        style=STYLE,
    message:
        "Drawing the UMAP of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_embedding.py" --embedding {input.embedding:q} --features {input.features:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
