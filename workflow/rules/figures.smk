"""
Figures: drawn from the numbers of the analyses, never from anything else.
"""


rule plot_windows:
    """
    Draw entry wire and vertex tick of all clusters with the cut windows.
    """
    input:
        clusters=expand(LARTPC / "clusters/{sample}.parquet", sample=SAMPLES),
    output:
        png=report(
            LARTPC / "figures/windows.png",
            caption="../report/windows.rst",
            category="Input",
            labels={"figure": "windows"},
        ),
        pdf=LARTPC / "figures/windows.pdf",
    log:
        LARTPC / "logs/plot_windows.log",
    benchmark:
        LARTPC / "benchmarks/plot_windows.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_windows"),
        style=STYLE_WITHOUT_COLOURS,
        cuts=OPTIONS.cuts.model_dump_json(),
    message:
        "Drawing the entry windows"
    shell:
        'python "$SCRIPTS/plot_windows.py" {input.clusters:q} --cuts {params.cuts:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_cutflow:
    """
    Draw how many events, clusters and tracks each cut leaves.
    """
    input:
        cutflows=expand(LARTPC / "tracks/{sample}.cutflow.json", sample=SAMPLES),
    output:
        png=report(
            LARTPC / "figures/cutflow.png",
            caption="../report/cutflow.rst",
            category="Input",
            labels={"figure": "cutflow"},
        ),
        pdf=LARTPC / "figures/cutflow.pdf",
    log:
        LARTPC / "logs/plot_cutflow.log",
    benchmark:
        LARTPC / "benchmarks/plot_cutflow.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_cutflow"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the cut flow"
    shell:
        'python "$SCRIPTS/plot_cutflow.py" {input.cutflows:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_tracks:
    """
    Draw images of some tracks of every particle.
    """
    input:
        images=LARTPC / "images/default.safetensors",
        image_keys=LARTPC / "images/default.parquet",
    output:
        png=report(
            LARTPC / "figures/tracks.png",
            caption="../report/tracks.rst",
            category="Input",
            labels={"figure": "tracks"},
        ),
        pdf=LARTPC / "figures/tracks.pdf",
    log:
        LARTPC / "logs/plot_tracks.log",
    benchmark:
        LARTPC / "benchmarks/plot_tracks.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_tracks"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing track images"
    shell:
        'python "$SCRIPTS/plot_tracks.py" --images {input.images:q} --keys {input.image_keys:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_training:
    """
    Draw the loss of one training, epoch by epoch.
    """
    input:
        history=LARTPC / "models/{run}/history.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        report(
            LARTPC / "models/{run}/curves.png",
            caption="../report/training.rst",
            category="Model",
            labels={"figure": "training"},
        ),
    log:
        LARTPC / "logs/plot_training/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_training/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_training"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the training of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/plot_training.py" --history {input.history:q} --provenance {input.provenance:q}'
        " --options {params.style:q} --png {output:q} >> {log:q} 2>&1"


rule plot_reconstructions:
    """
    Draw tracks beside their reconstructions.
    """
    input:
        reconstructions=LARTPC / "latents/{run}.examples.safetensors",
        examples=LARTPC / "latents/{run}.examples.parquet",
        errors=LARTPC / "analysis/{run}/reconstruction.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/reconstructions.png",
            caption="../report/reconstructions.rst",
            category="Model",
            labels={"figure": "reconstructions"},
        ),
        pdf=LARTPC / "figures/{run}/reconstructions.pdf",
    log:
        LARTPC / "logs/plot_reconstructions/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_reconstructions/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_reconstructions"),
        style=STYLE,
    message:
        "Drawing reconstructions of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/plot_reconstructions.py" --reconstructions {input.reconstructions:q}'
        " --examples {input.examples:q} --errors {input.errors:q}"
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_correlation:
    """
    Draw the correlation of latents and features.
    """
    input:
        correlation=LARTPC / "analysis/{run}/correlation.parquet",
        decomposition=LARTPC / "analysis/{run}/decomposition.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/correlation.png",
            caption="../report/correlation.rst",
            category="Latents",
            labels={"figure": "correlation"},
        ),
        pdf=LARTPC / "figures/{run}/correlation.pdf",
    log:
        LARTPC / "logs/plot_correlation/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_correlation/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_correlation"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the correlations of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/plot_correlation.py" --correlation {input.correlation:q}'
        " --decomposition {input.decomposition:q}"
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_traversal:
    """
    Draw what each latent changes in the image.
    """
    input:
        traversal=LARTPC / "analysis/{run}/traversal.safetensors",
        steps=LARTPC / "analysis/{run}/traversal.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/traversal.png",
            caption="../report/traversal.rst",
            category="Latents",
            labels={"figure": "traversal"},
        ),
        pdf=LARTPC / "figures/{run}/traversal.pdf",
    log:
        LARTPC / "logs/plot_traversal/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_traversal/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_traversal"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the traversal of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/plot_traversal.py" --traversal {input.traversal:q} --steps {input.steps:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_probe:
    """
    Draw what the probes read from the latents.
    """
    input:
        probes=LARTPC / "analysis/{run}/probes.parquet",
        scores=LARTPC / "analysis/{run}/probe_scores.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/probe.png",
            caption="../report/probe.rst",
            category="Latents",
            labels={"figure": "probe"},
        ),
        pdf=LARTPC / "figures/{run}/probe.pdf",
    log:
        LARTPC / "logs/plot_probe/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_probe/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_probe"),
        style=STYLE,
    message:
        "Drawing the probes of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/plot_probe.py" --probes {input.probes:q} --scores {input.scores:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_embedding:
    """
    Draw the UMAP of the latents by particle and by feature.
    """
    input:
        embedding=LARTPC / "analysis/{run}/embedding.parquet",
        features=LARTPC / "features/default.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/embedding.png",
            caption="../report/embedding.rst",
            category="Latents",
            labels={"figure": "embedding"},
        ),
        pdf=LARTPC / "figures/{run}/embedding.pdf",
    log:
        LARTPC / "logs/plot_embedding/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_embedding/{run}.tsv"
    conda:
        "../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=30,
    params:
        code=fingerprint("plot_embedding"),
        style=STYLE,
    message:
        "Drawing the UMAP of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/plot_embedding.py" --embedding {input.embedding:q} --features {input.features:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
