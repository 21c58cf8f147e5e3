"""
Tracks: every data frame of a sample as one table, cleaned, and the part of each track.
"""


rule read_frames:
    """
    Read the data frames of a sample, clean the tracks, and count what was left out.
    """
    input:
        files_of_sample,
    output:
        tracks=PID / "tracks/{sample}.parquet",
        check=PID / "check/{sample}.json",
    log:
        PID / "logs/read_frames/{sample}.log",
    benchmark:
        PID / "benchmarks/read_frames/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 12 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("pid/read_frames"),
        content=lambda wildcards: content_of(files_of_sample(wildcards)),
        options=OPTIONS.cleaning.model_dump_json(),
    message:
        "Reading the tracks of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/pid/read_frames.py" {input:q} --sample {wildcards.sample:q} --options {params.options:q}'
        " --tracks {output.tracks:q} --check {output.check:q} >> {log:q} 2>&1"


rule split_frames:
    """
    Give every track of a sample its part: train, val or test.
    """
    input:
        PID / "tracks/{sample}.parquet",
    output:
        PID / "splits/{sample}.parquet",
    log:
        PID / "logs/split_frames/{sample}.log",
    benchmark:
        PID / "benchmarks/split_frames/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 10 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/split_frames"),
        # Balanced by species is what models learn from; those of a second domain judge alone.
        options=lambda wildcards: OPTIONS.split.model_copy(
            update={} if wildcards.sample == "mc" else {"balanced": False}
        ).model_dump_json(),
    message:
        "Splitting the tracks of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/pid/split_frames.py" {input:q} --options {params.options:q} --split {output:q} >> {log:q} 2>&1'
