"""
How many of the kaon-tagged tracks are protons, by the latents.
"""


rule fit_contamination:
    """
    Fit the proton share of the kaon-tagged tracks and inject known protons.
    """
    input:
        tracks=expand(LARTPC / "tracks/{sample}.parquet", sample=STUDY.compared),
        latents=LARTPC / "latents/{run}.parquet",
        config=LARTPC / "models/{run}/config.yaml",
    output:
        contamination=LARTPC / "analysis/{run}/contamination.parquet",
        scores=LARTPC / "analysis/{run}/proton_scores.parquet",
        likeness=LARTPC / "analysis/{run}/proton_likeness.parquet",
    log:
        LARTPC / "logs/fit_contamination/{run}.log",
    benchmark:
        LARTPC / "benchmarks/fit_contamination/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 3000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/fit_contamination"),
        options=OPTIONS.analyses.contamination.model_dump_json(),
        window=list(OPTIONS.analyses.beam_mass.window),
        references=named("--reference", STUDY.references),
        samples=TRAINABLE,
    message:
        "Fitting the contamination of the kaon-tagged tracks by the latents of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/fit_contamination.py" {input.tracks:q} --latents {input.latents:q} --config {input.config:q}'
        " {params.samples:q} {params.references:q} --window {params.window:q} --options {params.options:q}"
        " --contamination {output.contamination:q} --scores {output.scores:q} --likeness {output.likeness:q} >> {log:q} 2>&1"


rule plot_contamination:
    """
    Draw the contamination fit, the injected protons and the scores against mass.
    """
    input:
        contamination=LARTPC / "analysis/{run}/contamination.parquet",
        scores=LARTPC / "analysis/{run}/proton_scores.parquet",
        likeness=LARTPC / "analysis/{run}/proton_likeness.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    output:
        png=report(
            LARTPC / "figures/{run}/contamination.png",
            caption="../../../report/lartpc/contamination.rst",
            category="5 Checks",
            labels=in_order("contamination"),
        ),
        pdf=LARTPC / "figures/{run}/contamination.pdf",
    log:
        LARTPC / "logs/plot_contamination/{run}.log",
    benchmark:
        LARTPC / "benchmarks/plot_contamination/{run}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_contamination"),
        style=STYLE,
    message:
        "Drawing the contamination fit of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/plot_contamination.py" --contamination {input.contamination:q} --scores {input.scores:q}'
        " --likeness {input.likeness:q} --provenance {input.provenance:q} --options {params.style:q}"
        " --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
