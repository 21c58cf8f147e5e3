"""
How well each species is redrawn, and what that marks.
"""


rule measure_reconstruction:
    """
    Measure the reconstruction error per particle.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        features=LARTPC / "features/default.parquet",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        errors=LARTPC / "analysis/{run}/reconstruction.parquet",
    log:
        LARTPC / "logs/measure_reconstruction/{run}.log",
    benchmark:
        LARTPC / "benchmarks/measure_reconstruction/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/measure_reconstruction"),
        options=OPTIONS.analyses.reconstruction.model_dump_json(),
        samples=TRAINABLE,
        # Chosen by their looks, which is what is measured here.
        left_out=named("--leave-out", STUDY.references),
    message:
        "Measuring the reconstruction of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/measure_reconstruction.py" --latents {input.latents:q} --features {input.features:q}'
        " --config {input.config:q} {params.samples:q} {params.left_out:q} --options {params.options:q} --errors {output.errors:q} >> {log:q} 2>&1"


rule plot_reconstructions:
    """
    Draw tracks beside their reconstructions.
    """
    input:
        reconstructions=LARTPC / "latents/{run}.examples.safetensors",
        examples=LARTPC / "latents/{run}.examples.parquet",
        errors=LARTPC / "analysis/{run}/reconstruction.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/reconstructions.png",
            caption="../../../report/lartpc/reconstructions.rst",
            category="2 Model",
            labels=in_order("reconstructions"),
        ),
        pdf=LARTPC / "figures/{run}/reconstructions.pdf",
    log:
        LARTPC / "logs/plot_reconstructions/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_reconstructions/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_reconstructions"),
        style=STYLE,
    message:
        "Drawing reconstructions of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_reconstructions.py" --reconstructions {input.reconstructions:q}'
        " --examples {input.examples:q} --errors {input.errors:q}"
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
