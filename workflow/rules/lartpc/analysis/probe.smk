"""
Whether a simple classifier tells the particles apart by the latents.
"""


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
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/probe_latents"),
        options=OPTIONS.analyses.probe.model_dump_json(),
        samples=TRAINABLE,
    message:
        "Probing the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/probe_latents.py" {input.tracks:q} --latents {input.latents:q} --config {input.config:q}'
        " {params.samples:q} --options {params.options:q} --probes {output.probes:q} --scores {output.scores:q} >> {log:q} 2>&1"


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
            caption="../../../report/lartpc/probe.rst",
            category="3 Latent space",
            labels=in_order("probe"),
        ),
        pdf=LARTPC / "figures/{run}/probe.pdf",
    log:
        LARTPC / "logs/plot_probe/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_probe/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_probe"),
        style=STYLE,
    message:
        "Drawing the probes of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_probe.py" --probes {input.probes:q} --scores {input.scores:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_hard_cases:
    """
    Draw the tracks that both probes put in the wrong class.
    """
    input:
        unpack(seen_by_run),
        scores=LARTPC / "analysis/{run}/probe_scores.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/hard_cases.png",
            caption="../../../report/lartpc/hard_cases.rst",
            category="3 Latent space",
            labels=in_order("hard cases"),
        ),
        pdf=LARTPC / "figures/{run}/hard_cases.pdf",
    log:
        LARTPC / "logs/plot_hard_cases/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_hard_cases/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 3000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_hard_cases"),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Drawing the hard cases of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_hard_cases.py" --scores {input.scores:q} --images {input.images:q}'
        " --keys {input.image_keys:q} --provenance {input.provenance:q} --options {params.style:q}"
        " --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
