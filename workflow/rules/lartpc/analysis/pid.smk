"""
Every score that tells the particles apart, on the same tracks.
"""


rule train_classifier:
    """
    Train a network with labels on the images, as an upper reference.
    """
    input:
        unpack(seen_by_run),
        folds=LARTPC / "analysis/{run}/probe_scores.parquet",
    output:
        scores=LARTPC / "analysis/{run}/classifier_scores.parquet",
    log:
        LARTPC / "logs/train_classifier/{run}.log",
    benchmark:
        LARTPC / "benchmarks/train_classifier/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    # So small a network is slower with two: they wait for each other.
    threads: 1
    resources:
        gpu=1,
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(3000 + 4 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 120,
    params:
        code=fingerprint("lartpc/train_classifier"),
        resolved=lambda wildcards: STUDY.runs[wildcards.run].model_dump_json(),
        options=OPTIONS.analyses.classifier.model_dump_json(),
        samples=TRAINABLE,
    message:
        "Training the classifier of images of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/train_classifier.py" --images {input.images:q} --keys {input.image_keys:q}'
        " --split {input.split:q} --folds {input.folds:q} {params.samples:q} --resolved {params.resolved:q}"
        " --run {wildcards.run:q} --options {params.options:q} --scores {output.scores:q} >> {log:q} 2>&1"


rule compare_pid:
    """
    Compare all scores that tell the particles apart on the same tracks.
    """
    input:
        probed=LARTPC / "analysis/{run}/probe_scores.parquet",
        latents=LARTPC / "latents/{run}.parquet",
        features=LARTPC / "features/default.parquet",
        classified=LARTPC / "analysis/{run}/classifier_scores.parquet",
        clustered=LARTPC / "analysis/{run}/clustering_tracks.parquet",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        pid=LARTPC / "analysis/{run}/pid.parquet",
        roc=LARTPC / "analysis/{run}/pid_roc.parquet",
        comparisons=LARTPC / "analysis/{run}/pid_comparisons.parquet",
        scores=LARTPC / "analysis/{run}/pid_scores.parquet",
    log:
        LARTPC / "logs/compare_pid/{run}.log",
    benchmark:
        LARTPC / "benchmarks/compare_pid/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 3000,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("lartpc/compare_pid"),
        options=OPTIONS.analyses.pid.model_dump_json(),
        samples=TRAINABLE,
    message:
        "Comparing the scores of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/compare_pid.py" --probed {input.probed:q} --latents {input.latents:q}'
        " --features {input.features:q} --classified {input.classified:q} --clustered {input.clustered:q}"
        " --config {input.config:q} {params.samples:q} --options {params.options:q} --pid {output.pid:q}"
        " --roc {output.roc:q} --comparisons {output.comparisons:q} --scores {output.scores:q} >> {log:q} 2>&1"


rule plot_pid:
    """
    Draw and tabulate how well every score tells the particles apart.
    """
    input:
        pid=LARTPC / "analysis/{run}/pid.parquet",
        roc=LARTPC / "analysis/{run}/pid_roc.parquet",
        comparisons=LARTPC / "analysis/{run}/pid_comparisons.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/pid.png",
            caption="../../../report/lartpc/pid.rst",
            category="4 Particle identification",
            labels=in_order("all scores"),
        ),
        pdf=LARTPC / "figures/{run}/pid.pdf",
        table=report(
            LARTPC / "figures/{run}/pid.html",
            caption="../../../report/lartpc/pid_answer.rst",
            category="4 Particle identification",
            labels=in_order("answer in numbers"),
        ),
    log:
        LARTPC / "logs/plot_pid/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_pid/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_pid"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the comparison of scores of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_pid.py" --pid {input.pid:q} --roc {input.roc:q} --comparisons {input.comparisons:q}'
        " --provenance {input.provenance:q} --options {params.style:q}"
        " --png {output.png:q} --pdf {output.pdf:q} --table {output.table:q} >> {log:q} 2>&1"
