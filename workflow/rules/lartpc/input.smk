"""
Simulated input, made only where the config names no files of the user.
"""

# Where the user names files nobody asks for simulated ones, and no rule may write where the user's lie.
SIMULATED = LARTPC / ("input/simulated" if OPTIONS.input.samples else "input")
CURVES = LARTPC / "input/curves"
BEAMLINE = OPTIONS.input.beamline or (
    [] if OPTIONS.input.samples else SIMULATED / "beamline.csv"
)
RECO = OPTIONS.input.reco or ([] if OPTIONS.input.samples else SIMULATED / "reco.csv")
KAON_CURVE = OPTIONS.input.curves.kaon or CURVES / "kaon.csv"
PROTON_CURVE = OPTIONS.input.curves.proton or CURVES / "proton.csv"
REFERENCE_EVENTS = OPTIONS.reference.events or (
    [] if OPTIONS.input.samples else SIMULATED / "reference_events.csv"
)
SIMULATED_TRUTH = [] if OPTIONS.input.samples else SIMULATED / "truth.parquet"


rule simulate_sample:
    """
    Simulate one sample in the detector and write it as ROOT.
    """
    output:
        root=SIMULATED / "{sample}.root",
        beamline=SIMULATED / "parts/{sample}.beamline.parquet",
        reco=SIMULATED / "parts/{sample}.reco.parquet",
        truth=SIMULATED / "parts/{sample}.truth.parquet",
    log:
        LARTPC / "logs/simulate_sample/{sample}.log",
    benchmark:
        LARTPC / "benchmarks/simulate_sample/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("lartpc/simulate_sample"),
        options=simulation_of,
        detector=OPTIONS.detector.model_dump_json(),
    message:
        "Simulating {wildcards.sample}"
    shell:
        'python "$SCRIPTS/lartpc/simulate_sample.py" --sample {wildcards.sample:q} --options {params.options:q}'
        " --detector {params.detector:q} --root {output.root:q} --beamline {output.beamline:q}"
        " --reco {output.reco:q} --truth {output.truth:q} >> {log:q} 2>&1"


rule join_simulated:
    """
    Join the side files of the simulated samples: beamline, reconstruction and truth.
    """
    input:
        beamline=expand(SIMULATED / "parts/{sample}.beamline.parquet", sample=SAMPLES),
        reco=expand(SIMULATED / "parts/{sample}.reco.parquet", sample=SAMPLES),
        truth=expand(SIMULATED / "parts/{sample}.truth.parquet", sample=SAMPLES),
    output:
        beamline=SIMULATED / "beamline.csv",
        reco=SIMULATED / "reco.csv",
        truth=SIMULATED / "truth.parquet",
        events=SIMULATED / "reference_events.csv",
    log:
        LARTPC / "logs/join_simulated.log",
    benchmark:
        LARTPC / "benchmarks/join_simulated.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=fingerprint("lartpc/join_simulated"),
        references=[
            word
            for name in STUDY.references
            for word in (
                "--reference",
                f"{name}={getattr(OPTIONS.simulation, name).species}",
            )
        ],
    message:
        "Joining the simulated side files"
    shell:
        'python "$SCRIPTS/lartpc/join_simulated.py" {input:q} --beamline-csv {output.beamline:q} --reco-csv {output.reco:q}'
        " --truth-table {output.truth:q} --event-list {output.events:q} {params.references:q} >> {log:q} 2>&1"


rule write_curves:
    """
    Write the expected dE/dx curves from the Bethe formula.
    """
    output:
        kaon=LARTPC / "input/curves/kaon.csv",
        proton=LARTPC / "input/curves/proton.csv",
    log:
        LARTPC / "logs/write_curves.log",
    benchmark:
        LARTPC / "benchmarks/write_curves.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 500,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=fingerprint("lartpc/write_curves"),
    message:
        "Writing the expected dE/dx curves"
    shell:
        'python "$SCRIPTS/lartpc/write_curves.py" --kaon {output.kaon:q}'
        " --proton {output.proton:q} >> {log:q} 2>&1"
