"""
Tracks: matched pairs of clusters with their pixels, beamline, residual range, dE/dx and chi2.
"""


rule build_tracks:
    """
    Match the planes' clusters to tracks and join beamline, reconstruction and chi2.
    """
    input:
        clusters=LARTPC / "clusters/{sample}.parquet",
        pixels=of_files(LARTPC / "clusters/{sample}/{file}.pixels.parquet"),
        beamline=BEAMLINE,
        reco=reco_of_role,
        events=event_list_of_role,
        kaon=KAON_CURVE,
        proton=PROTON_CURVE,
    output:
        tracks=LARTPC / "tracks/{sample}.parquet",
        cutflow=LARTPC / "tracks/{sample}.cutflow.json",
    log:
        LARTPC / "logs/build_tracks/{sample}.log",
    benchmark:
        LARTPC / "benchmarks/build_tracks/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 20 * input.size_mb),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/build_tracks"),
        content=lambda wildcards: content_of(
            BEAMLINE,
            RECO,
            KAON_CURVE,
            PROTON_CURVE,
            event_list_of_role(wildcards),
        ),
        particle=lambda wildcards: STUDY.samples[wildcards.sample].particle,
        role=lambda wildcards: STUDY.samples[wildcards.sample].role,
        matching=OPTIONS.matching.model_dump_json(),
        cuts=cuts_of_role,
        beamline="--beamline" if BEAMLINE else [],
        reco="--reco" if RECO else [],
        events=lambda wildcards: "--events" if event_list_of_role(wildcards) else [],
    message:
        "Building the tracks of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/lartpc/build_tracks.py" {input.pixels:q} --clusters {input.clusters:q}'
        " --sample {wildcards.sample:q} --particle {params.particle:q} --role {params.role:q}"
        " --matching {params.matching:q} --cuts {params.cuts:q} {params.beamline:q} {input.beamline:q}"
        " {params.reco:q} {input.reco:q} {params.events:q} {input.events:q}"
        " --kaon-curve {input.kaon:q} --proton-curve {input.proton:q}"
        " --tracks {output.tracks:q} --cutflow {output.cutflow:q} >> {log:q} 2>&1"
