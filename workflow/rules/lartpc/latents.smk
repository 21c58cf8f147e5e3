"""
Latents: every track through the encoder of one run.
"""


rule encode_tracks:
    """
    Encode every track and measure how well it is reconstructed.
    """
    input:
        unpack(seen_by_run),
        model=LARTPC / "models/{run}/model.safetensors",
        config=LARTPC / "models/{run}/config.yaml",
        reference=CHOICES,
    output:
        latents=LARTPC / "latents/{run}.parquet",
        reconstructions=LARTPC / "latents/{run}.examples.safetensors",
        examples=LARTPC / "latents/{run}.examples.parquet",
        candidates=LARTPC / "latents/{run}.candidates.parquet",
        provenance=LARTPC / "latents/{run}.provenance.json",
    log:
        LARTPC / "logs/encode_tracks/{run}.log",
    benchmark:
        LARTPC / "benchmarks/encode_tracks/{run}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(3000 + 4 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("lartpc/encode_tracks"),
        references=chosen_tracks,
    message:
        "Encoding the tracks with run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/encode_tracks.py" --images {input.images:q} --keys {input.image_keys:q}'
        " --split {input.split:q} --model {input.model:q} --config {input.config:q}"
        " --latents {output.latents:q} --reconstructions {output.reconstructions:q}"
        " --examples {output.examples:q} --candidates {output.candidates:q} {params.references:q} --provenance {output.provenance:q} >> {log:q} 2>&1"
