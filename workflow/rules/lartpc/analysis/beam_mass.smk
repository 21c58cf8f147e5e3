"""
The beamline mass of the kaon-tagged tracks, the check of the contamination that needs no image.
"""


rule fit_beam_mass:
    """
    Fit the kaon peak of the beamline mass.
    """
    input:
        tracks=expand(LARTPC / "tracks/{sample}.parquet", sample=STUDY.compared),
    output:
        fit=LARTPC / "analysis/beam_mass.parquet",
        spectrum=LARTPC / "analysis/beam_mass_spectrum.parquet",
    log:
        LARTPC / "logs/fit_beam_mass.log",
    benchmark:
        LARTPC / "benchmarks/fit_beam_mass.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/fit_beam_mass"),
        options=OPTIONS.analyses.beam_mass.model_dump_json(),
    message:
        "Fitting the beamline mass of the kaon-tagged tracks"
    shell:
        'python "$SCRIPTS/lartpc/fit_beam_mass.py" {input.tracks:q} --options {params.options:q}'
        " --fit {output.fit:q} --spectrum {output.spectrum:q} >> {log:q} 2>&1"


rule plot_beam_mass:
    """
    Draw the fit of the beamline mass with its pulls.
    """
    input:
        fit=LARTPC / "analysis/beam_mass.parquet",
        spectrum=LARTPC / "analysis/beam_mass_spectrum.parquet",
    output:
        png=report(
            LARTPC / "figures/beam_mass.png",
            caption="../../../report/lartpc/beam_mass.rst",
            category="5 Checks",
            labels=in_order("beamline mass"),
        ),
        pdf=LARTPC / "figures/beam_mass.pdf",
    log:
        LARTPC / "logs/plot_beam_mass.log",
    benchmark:
        LARTPC / "benchmarks/plot_beam_mass.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_beam_mass"),
        style=STYLE,
        window=list(OPTIONS.analyses.beam_mass.window),
    message:
        "Drawing the fit of the beamline mass"
    shell:
        'python "$SCRIPTS/lartpc/plot_beam_mass.py" --fit {input.fit:q} --spectrum {input.spectrum:q} --window {params.window:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
