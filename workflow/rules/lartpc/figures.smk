"""
Figures: drawn from the numbers of the analyses, never from anything else.
"""


rule plot_windows:
    """
    Draw entry wire and vertex tick of all clusters with the cut windows.
    """
    input:
        clusters=expand(LARTPC / "clusters/{sample}.parquet", sample=STUDY.windowed),
        windows=LARTPC / "analysis/windows.parquet",
    output:
        png=report(
            LARTPC / "figures/windows.png",
            caption="../../report/lartpc/windows.rst",
            category="1 Input",
            labels=in_order("windows"),
        ),
        pdf=LARTPC / "figures/windows.pdf",
    log:
        LARTPC / "logs/plot_windows.log",
    benchmark:
        LARTPC / "benchmarks/plot_windows.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_windows"),
        style=STYLE_WITHOUT_COLOURS,
        cuts=OPTIONS.cuts.model_dump_json(),
    message:
        "Drawing the entry windows"
    shell:
        'python "$SCRIPTS/lartpc/plot_windows.py" {input.clusters:q} --cuts {params.cuts:q}'
        " --windows {input.windows:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_cutflow:
    """
    Draw how many events, clusters and tracks each cut leaves.
    """
    input:
        cutflows=expand(LARTPC / "tracks/{sample}.cutflow.json", sample=SAMPLES),
    output:
        png=report(
            LARTPC / "figures/cutflow.png",
            caption="../../report/lartpc/cutflow.rst",
            category="1 Input",
            labels=in_order("cutflow"),
        ),
        pdf=LARTPC / "figures/cutflow.pdf",
    log:
        LARTPC / "logs/plot_cutflow.log",
    benchmark:
        LARTPC / "benchmarks/plot_cutflow.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_cutflow"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the cut flow"
    shell:
        'python "$SCRIPTS/lartpc/plot_cutflow.py" {input.cutflows:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_tracks:
    """
    Draw images of some tracks of every particle.
    """
    input:
        images=LARTPC / "images/default.safetensors",
        image_keys=LARTPC / "images/default.parquet",
        reference=CHOICES,
    output:
        png=report(
            LARTPC / "figures/tracks.png",
            caption="../../report/lartpc/tracks.rst",
            category="1 Input",
            labels=in_order("tracks"),
        ),
        pdf=LARTPC / "figures/tracks.pdf",
    log:
        LARTPC / "logs/plot_tracks.log",
    benchmark:
        LARTPC / "benchmarks/plot_tracks.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_tracks"),
        style=STYLE_WITHOUT_COLOURS,
        references=chosen_tracks,
    message:
        "Drawing track images"
    shell:
        'python "$SCRIPTS/lartpc/plot_tracks.py" --images {input.images:q} --keys {input.image_keys:q}'
        " {params.references:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_training:
    """
    Draw the loss of one training, epoch by epoch.
    """
    input:
        unpack(learned_by_run),
        history=LARTPC / "models/{run}/history.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "models/{run}/curves.png",
            caption="../../report/lartpc/training.rst",
            category="2 Model",
            labels=in_order("training"),
        ),
        pdf=LARTPC / "models/{run}/curves.pdf",
    log:
        LARTPC / "logs/plot_training/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_training/{run}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_training"),
        style=STYLE_WITHOUT_COLOURS,
        samples=TRAINABLE,
    message:
        "Drawing the training of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_training.py" --history {input.history:q} --keys {input.image_keys:q} --split {input.split:q}'
        " {params.samples:q} --provenance {input.provenance:q}"
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
