"""
Analyses: numbers with n and an interval, from the latents of one run.
"""


rule correlate_latents:
    """
    Correlate each latent with each feature.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        features=LARTPC / "features/default.parquet",
    output:
        correlation=LARTPC / "analysis/{run}/correlation.parquet",
        decomposition=LARTPC / "analysis/{run}/decomposition.parquet",
    log:
        LARTPC / "logs/correlate_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/correlate_latents/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=30,
    params:
        code=fingerprint("correlate_latents"),
        options=OPTIONS.analyses.correlation.model_dump_json(),
    message:
        "Correlating latents and features of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/correlate_latents.py" --latents {input.latents:q} --features {input.features:q}'
        " --options {params.options:q} --correlation {output.correlation:q}"
        " --decomposition {output.decomposition:q} >> {log:q} 2>&1"


rule traverse_latents:
    """
    Decode while one latent moves.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        model=LARTPC / "models/{run}/model.safetensors",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        traversal=LARTPC / "analysis/{run}/traversal.safetensors",
        steps=LARTPC / "analysis/{run}/traversal.parquet",
    log:
        LARTPC / "logs/traverse_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/traverse_latents/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=30,
    params:
        code=fingerprint("traverse_latents"),
        options=OPTIONS.analyses.traversal.model_dump_json(),
        samples=trainable_samples,
    message:
        "Traversing the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/traverse_latents.py" --latents {input.latents:q} --model {input.model:q}'
        " --config {input.config:q} {params.samples:q} --options {params.options:q} --traversal {output.traversal:q}"
        " --steps {output.steps:q} >> {log:q} 2>&1"


rule probe_latents:
    """
    Ask what a simple classifier reads from the latents.
    """
    input:
        tracks=expand(LARTPC / "tracks/{sample}.parquet", sample=STUDY.compared),
        latents=LARTPC / "latents/{run}.parquet",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        probes=LARTPC / "analysis/{run}/probes.parquet",
        scores=LARTPC / "analysis/{run}/probe_scores.parquet",
    log:
        LARTPC / "logs/probe_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/probe_latents/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=30,
    params:
        code=fingerprint("probe_latents"),
        options=OPTIONS.analyses.probe.model_dump_json(),
        samples=trainable_samples,
    message:
        "Probing the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/probe_latents.py" {input.tracks:q} --latents {input.latents:q} --config {input.config:q}'
        " {params.samples:q} --options {params.options:q} --probes {output.probes:q} --scores {output.scores:q} >> {log:q} 2>&1"


rule embed_latents:
    """
    Draw all latents in two dimensions by UMAP.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
    output:
        embedding=LARTPC / "analysis/{run}/embedding.parquet",
    log:
        LARTPC / "logs/embed_latents/{run}.log",
    benchmark:
        LARTPC / "benchmarks/embed_latents/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=30,
    params:
        code=fingerprint("embed_latents"),
        options=OPTIONS.analyses.embedding.model_dump_json(),
    message:
        "Embedding the latents of run {wildcards.run} by UMAP (its compiler alone takes about 15 s)"
    shell:
        'python "$SCRIPTS/embed_latents.py" --latents {input.latents:q} --options {params.options:q}'
        " --embedding {output.embedding:q} >> {log:q} 2>&1"


rule measure_reconstruction:
    """
    Measure the reconstruction error per particle.
    """
    input:
        latents=LARTPC / "latents/{run}.parquet",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        errors=LARTPC / "analysis/{run}/reconstruction.parquet",
    log:
        LARTPC / "logs/measure_reconstruction/{run}.log",
    benchmark:
        LARTPC / "benchmarks/measure_reconstruction/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=30,
    params:
        code=fingerprint("measure_reconstruction"),
        options=OPTIONS.analyses.reconstruction.model_dump_json(),
        samples=trainable_samples,
    message:
        "Measuring the reconstruction of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/measure_reconstruction.py" --latents {input.latents:q} --config {input.config:q}'
        " {params.samples:q} --options {params.options:q} --errors {output.errors:q} >> {log:q} 2>&1"
