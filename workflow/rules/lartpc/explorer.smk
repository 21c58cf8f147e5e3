"""
The explorer: a page to look at the tracks of a run one by one.
"""

# What the page is made of beside Python, which a fingerprint does not see.
EXPLORER_PARTS = [
    path
    for path in sorted((SOURCE / "rootline" / "lartpc" / "explorer").iterdir())
    if path.suffix in {".html", ".css", ".js"}
]


rule build_explorer:
    """
    Put tracks, latents and the decoder of a run on one page to explore.
    """
    input:
        unpack(seen_by_run),
        tracks=expand(LARTPC / "tracks/{sample}.parquet", sample=SAMPLES),
        latents=LARTPC / "latents/{run}.parquet",
        candidate_latents=LARTPC / "latents/{run}.candidates.parquet",
        embedding=LARTPC / "analysis/{run}/embedding.parquet",
        features=LARTPC / "features/default.parquet",
        candidate_features=LARTPC / "features/default.candidates.parquet",
        scores=LARTPC / "analysis/{run}/probe_scores.parquet",
        kaon_scores=expand(
            LARTPC / "reference/{reference}.candidates.parquet",
            reference=STUDY.references,
        ),
        model=LARTPC / "models/{run}/model.safetensors",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        page=LARTPC / "explorer/{run}.html",
    log:
        LARTPC / "logs/build_explorer/{run}.log",
    benchmark:
        LARTPC / "benchmarks/build_explorer/{run}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(2000 + 4 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/build_explorer"),
        parts=content_of(*EXPLORER_PARTS),
        style=STYLE,
        samples=TRAINABLE,
        references=named("--reference", STUDY.references),
        kaon_scores=lambda wildcards, input: named(
            "--reference-scores", input.kaon_scores
        ),
    message:
        "Building the explorer of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/build_explorer.py" {input.tracks:q} --images {input.images:q} --keys {input.image_keys:q}'
        " --latents {input.latents:q} --latents {input.candidate_latents:q} --embedding {input.embedding:q}"
        " --features {input.features:q} --features {input.candidate_features:q}"
        " --scores {input.scores:q} --model {input.model:q} --config {input.config:q} {params.samples:q}"
        " {params.references:q} {params.kaon_scores:q}"
        " --options {params.style:q} --page {output.page:q} >> {log:q} 2>&1"


rule copy_explorer:
    """
    Put the explorer of the run that the config describes where it is looked for.
    """
    input:
        LARTPC / f"explorer/{STUDY.base}.html",
    output:
        LARTPC / "explorer.html",
    log:
        LARTPC / "logs/copy_explorer.log",
    localrule: True
    conda:
        "../../../envs/rootline.yaml"
    message:
        "The explorer is {output}"
    shell:
        "cp {input:q} {output:q} >> {log:q} 2>&1"
