"""
Images: the end of each track, both planes, as raw ADC.
"""


rule render_images:
    """
    Render the tracks of every sample, or of the trainable ones, as images.
    """
    input:
        tracks=tracks_of,
    output:
        images=LARTPC / "images/{set}{of}.safetensors",
        image_keys=LARTPC / "images/{set}{of}.parquet",
    log:
        LARTPC / "logs/render_images/{set}{of}.log",
    benchmark:
        LARTPC / "benchmarks/render_images/{set}{of}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 20 * input.size_mb),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/render_images"),
        options=lambda wildcards: STUDY.image_sets[wildcards.set].model_dump_json(),
    message:
        "Rendering the image set {wildcards.set}{wildcards.of}"
    shell:
        'python "$SCRIPTS/lartpc/render_images.py" {input.tracks:q} --options {params.options:q}'
        " --images {output.images:q} --keys {output.image_keys:q} >> {log:q} 2>&1"
