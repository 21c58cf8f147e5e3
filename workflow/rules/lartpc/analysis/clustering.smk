"""
Groups that the latents fall into by themselves, and whether these are the particles.
"""


rule cluster_latents:
    """
    Group the latents without labels and compare the groups with the particles.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
    output:
        clustering=LARTPC / "analysis/{run}/clustering.parquet",
        scan=LARTPC / "analysis/{run}/clustering_scan.parquet",
        tracks=LARTPC / "analysis/{run}/clustering_tracks.parquet",
    log:
        LARTPC / "logs/cluster_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/cluster_latents/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("lartpc/cluster_latents"),
        options=OPTIONS.analyses.clustering.model_dump_json(),
        # Chosen tracks of events that are in another sample already.
        left_out=named("--leave-out", STUDY.references),
    message:
        "Clustering the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/cluster_latents.py" --latents {input.latents:q} {params.left_out:q}'
        " --options {params.options:q} --clustering {output.clustering:q} --scan {output.scan:q}"
        " --tracks {output.tracks:q} >> {log:q} 2>&1"


rule plot_clustering:
    """
    Draw the groups of the latents beside the particles.
    """
    input:
        clustering=LARTPC / "analysis/{run}/clustering.parquet",
        scan=LARTPC / "analysis/{run}/clustering_scan.parquet",
        tracks=LARTPC / "analysis/{run}/clustering_tracks.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/clustering.png",
            caption="../../../report/lartpc/clustering.rst",
            category="3 Latent space",
            labels=in_order("clustering"),
        ),
        pdf=LARTPC / "figures/{run}/clustering.pdf",
    log:
        LARTPC / "logs/plot_clustering/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_clustering/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_clustering"),
        style=STYLE,
    message:
        "Drawing the clusters of latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_clustering.py" --clustering {input.clustering:q} --scan {input.scan:q}'
        " --tracks {input.tracks:q} --provenance {input.provenance:q}"
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
