"""
Whether the model knows the tracks that it was trained on by heart.
"""


rule compare_parts:
    """
    Compare the latents of the train part with those of val and test.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        tests=LARTPC / "analysis/{run}/parts.parquet",
        power=LARTPC / "analysis/{run}/parts_power.parquet",
    log:
        LARTPC / "logs/compare_parts/{run}.log",
    benchmark:
        LARTPC / "benchmarks/compare_parts/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 3000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/compare_parts"),
        options=OPTIONS.analyses.parts.model_dump_json(),
        samples=TRAINABLE,
    message:
        "Comparing the parts by the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/compare_parts.py" --latents {input.latents:q} --config {input.config:q}'
        " {params.samples:q} --options {params.options:q} --tests {output.tests:q} --power {output.power:q} >> {log:q} 2>&1"


rule plot_parts:
    """
    Draw the comparison of the parts with its controls.
    """
    input:
        tests=LARTPC / "analysis/{run}/parts.parquet",
        power=LARTPC / "analysis/{run}/parts_power.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/parts.png",
            caption="../../../report/lartpc/parts.rst",
            category="5 Checks",
            labels=in_order("train against val"),
        ),
        pdf=LARTPC / "figures/{run}/parts.pdf",
    log:
        LARTPC / "logs/plot_parts/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_parts/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_parts"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the comparison of the parts of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_parts.py" --tests {input.tests:q} --power {input.power:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
