"""
Clusters: connected regions above threshold, per event and plane.
"""


rule find_clusters:
    """
    Find the clusters of one ROOT file; keep the pixels of those that pass the cuts.
    """
    input:
        root=local_file,
        # A file that it refuses goes no further, and it lists the events to skip. Not ancient(), which
        # would keep Snakemake from seeing that this very job is stale whenever the check runs.
        check=LARTPC / "check/{sample}/{file}.json",
    output:
        clusters=LARTPC / "clusters/{sample}/{file}.parquet",
        pixels=LARTPC / "clusters/{sample}/{file}.pixels.parquet",
    log:
        LARTPC / "logs/find_clusters/{sample}/{file}.log",
    benchmark:
        LARTPC / "benchmarks/find_clusters/{sample}/{file}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: processes_of_file
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt * (1000 + 500 * threads),
        runtime=lambda wildcards, attempt: attempt * 120,
    params:
        code=fingerprint("lartpc/find_clusters"),
        content=lambda wildcards: content_of(local_file(wildcards)),
        remote=remote_file,
        tree=tree_option,
        detector=OPTIONS.detector.model_dump_json(),
        options=OPTIONS.clusters.model_dump_json(),
        cuts=cuts_of_role,
    message:
        "Finding clusters in {wildcards.file} of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/lartpc/find_clusters.py" {input.root:q} {params.remote:q} {params.tree:q}'
        " --sample {wildcards.sample:q} --detector {params.detector:q} --options {params.options:q}"
        " --cuts {params.cuts:q} --check {input.check:q} --processes {threads} --clusters {output.clusters:q} --pixels {output.pixels:q}"
        " >> {log:q} 2>&1"


rule join_clusters:
    """
    Join the clusters of a sample's files to one table.
    """
    input:
        clusters=of_files(LARTPC / "clusters/{sample}/{file}.parquet"),
    output:
        LARTPC / "clusters/{sample}.parquet",
    log:
        LARTPC / "logs/join_clusters/{sample}.log",
    benchmark:
        LARTPC / "benchmarks/join_clusters/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 20 * input.size_mb),
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        code=fingerprint("lartpc/join_clusters"),
    message:
        "Joining the clusters of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/lartpc/join_clusters.py" {input.clusters:q} --clusters {output:q} >> {log:q} 2>&1'
