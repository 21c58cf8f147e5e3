"""
Models as ONNX: written, compared with what they were made from, and used to score every track.
"""


rule export_network:
    """
    Write a network as ONNX, and the scores that torch gives.
    """
    input:
        model=PID / "models/{run}/model.safetensors",
        config=PID / "models/{run}/config.yaml",
        tracks=PID / "tracks/mc.parquet",
        split=PID / "splits/mc.parquet",
    output:
        model=PID / "models/{run}/model.onnx",
        scores=PID / "models/{run}/library_scores.parquet",
    log:
        PID / "logs/export_network/{run}.log",
    benchmark:
        PID / "benchmarks/export_network/{run}.tsv"
    wildcard_constraints:
        run=only(runs=NETWORKS, others=TREES),
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(2500 + 20 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/export_network"),
    message:
        "Exporting the network of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/pid/export_network.py" --network {input.model:q} --config {input.config:q}'
        " --tracks {input.tracks:q} --split {input.split:q}"
        " --model {output.model:q} --scores {output.scores:q} >> {log:q} 2>&1"


rule check_export:
    """
    Compare the scores of an exported model by ONNX Runtime with those of the library that made it; stop if they differ.
    """
    input:
        model=PID / "models/{run}/model.onnx",
        scores=PID / "models/{run}/library_scores.parquet",
        tracks=PID / "tracks/mc.parquet",
    output:
        PID / "models/{run}/parity.json",
    log:
        PID / "logs/check_export/{run}.log",
    benchmark:
        PID / "benchmarks/check_export/{run}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 20 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/check_export"),
        tolerance=OPTIONS.export.tolerance,
    message:
        "Comparing the exported model of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/pid/check_export.py" --model {input.model:q} --scores {input.scores:q}'
        " --tracks {input.tracks:q} --tolerance {params.tolerance:q} --parity {output:q} >> {log:q} 2>&1"


rule score_tracks:
    """
    Score every track of a sample by an exported model that was checked.
    """
    input:
        model=PID / "models/{run}/model.onnx",
        parity=PID / "models/{run}/parity.json",
        tracks=PID / "tracks/{sample}.parquet",
    output:
        PID / "scores/{run}/{sample}.parquet",
    log:
        PID / "logs/score_tracks/{run}/{sample}.log",
    benchmark:
        PID / "benchmarks/score_tracks/{run}/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 20 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("pid/score_tracks"),
    message:
        "Scoring the tracks of {wildcards.sample} by run {wildcards.run}"
    shell:
        'python "$SCRIPTS/pid/score_tracks.py" --model {input.model:q} --tracks {input.tracks:q}'
        " --scores {output:q} >> {log:q} 2>&1"
