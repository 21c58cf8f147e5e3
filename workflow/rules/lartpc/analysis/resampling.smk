"""
Area against bilinear resampling, on the same tracks.
"""


rule compare_resampling:
    """
    Compare area with bilinear resampling of the same tracks.
    """
    input:
        tracks=expand(LARTPC / "tracks/{sample}.parquet", sample=STUDY.windowed),
    output:
        resampling=LARTPC / "analysis/resampling.parquet",
        examples=LARTPC / "analysis/resampling.safetensors",
    log:
        LARTPC / "logs/compare_resampling.log",
    benchmark:
        LARTPC / "benchmarks/compare_resampling.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/compare_resampling"),
        images=OPTIONS.images.model_dump_json(exclude={"resampling"}),
        options=OPTIONS.analyses.resampling.model_dump_json(),
    message:
        "Comparing the resampling of images"
    shell:
        'python "$SCRIPTS/lartpc/compare_resampling.py" {input.tracks:q} --images {params.images:q}'
        " --options {params.options:q} --resampling {output.resampling:q}"
        " --examples {output.examples:q} >> {log:q} 2>&1"


rule plot_resampling:
    """
    Draw area beside bilinear resampling.
    """
    input:
        resampling=LARTPC / "analysis/resampling.parquet",
        examples=LARTPC / "analysis/resampling.safetensors",
    output:
        png=report(
            LARTPC / "figures/resampling_images.png",
            caption="../../../report/lartpc/resampling.rst",
            category="5 Checks",
            labels=in_order("resampling of images"),
        ),
        pdf=LARTPC / "figures/resampling_images.pdf",
    log:
        LARTPC / "logs/plot_resampling.log",
    benchmark:
        LARTPC / "benchmarks/plot_resampling.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_resampling"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the resampling of images"
    shell:
        'python "$SCRIPTS/lartpc/plot_resampling.py" --resampling {input.resampling:q} --examples {input.examples:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
