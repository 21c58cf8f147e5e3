"""
What each latent changes in the image.
"""


rule traverse_latents:
    """
    Decode while one latent moves.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        model=LARTPC / "models/{run}/model.safetensors",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        traversal=LARTPC / "analysis/{run}/traversal.safetensors",
        steps=LARTPC / "analysis/{run}/traversal.parquet",
    log:
        LARTPC / "logs/traverse_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/traverse_latents/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/traverse_latents"),
        options=OPTIONS.analyses.traversal.model_dump_json(),
        samples=TRAINABLE,
    message:
        "Traversing the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/traverse_latents.py" --latents {input.latents:q} --model {input.model:q}'
        " --config {input.config:q} {params.samples:q} --options {params.options:q} --traversal {output.traversal:q}"
        " --steps {output.steps:q} >> {log:q} 2>&1"


rule plot_traversal:
    """
    Draw what each latent changes in the image.
    """
    input:
        traversal=LARTPC / "analysis/{run}/traversal.safetensors",
        steps=LARTPC / "analysis/{run}/traversal.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/traversal.png",
            caption="../../../report/lartpc/traversal.rst",
            category="3 Latent space",
            labels=in_order("traversal"),
        ),
        pdf=LARTPC / "figures/{run}/traversal.pdf",
    log:
        LARTPC / "logs/plot_traversal/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_traversal/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_traversal"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the traversal of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_traversal.py" --traversal {input.traversal:q} --steps {input.steps:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
