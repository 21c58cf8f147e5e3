"""
What the ROOT files hold, before anything runs on them.
"""


rule check_file:
    """
    Read one ROOT file from end to end and report what it holds.
    """
    input:
        root=local_file,
    output:
        report=LARTPC / "check/{sample}/{file}.json",
        events=LARTPC / "check/{sample}/{file}.events.parquet",
    log:
        LARTPC / "logs/check_file/{sample}/{file}.log",
    benchmark:
        LARTPC / "benchmarks/check_file/{sample}/{file}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("lartpc/check_file"),
        content=lambda wildcards: content_of(local_file(wildcards)),
        remote=remote_file,
        tree=tree_option,
        detector=OPTIONS.detector.model_dump_json(),
        bad=(
            ["--max-bad-share", OPTIONS.input.max_bad_share]
            if OPTIONS.input.on_bad_event == "skip"
            else []
        ),
    message:
        "Checking {wildcards.file} of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/lartpc/check_file.py" {input.root:q} {params.remote:q} {params.tree:q}'
        " --detector {params.detector:q} {params.bad:q} --report {output.report:q} --events {output.events:q}"
        " >> {log:q} 2>&1"


rule join_checks:
    """
    Join the reports of a sample's files; look for doubled events and for side-file partners.
    """
    input:
        reports=of_files(LARTPC / "check/{sample}/{file}.json"),
        events=of_files(LARTPC / "check/{sample}/{file}.events.parquet"),
        beamline=BEAMLINE,
        reco=RECO,
    output:
        LARTPC / "check/{sample}.json",
    log:
        LARTPC / "logs/join_checks/{sample}.log",
    benchmark:
        LARTPC / "benchmarks/join_checks/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 10 * input.size_mb),
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        code=fingerprint("lartpc/join_checks"),
        content=lambda wildcards: content_of(BEAMLINE, RECO),
        beamline="--beamline" if BEAMLINE else [],
        reco="--reco" if RECO else [],
    message:
        "Checking {wildcards.sample} as a whole"
    shell:
        'python "$SCRIPTS/lartpc/join_checks.py" {input.reports:q} {input.events:q}'
        " --sample {wildcards.sample:q} {params.beamline:q} {input.beamline:q} {params.reco:q} {input.reco:q}"
        " --output {output:q} >> {log:q} 2>&1"
