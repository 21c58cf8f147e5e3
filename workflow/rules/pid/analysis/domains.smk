"""
How networks with and without an adversary bear a growing distance of the second domain from the first.
"""

# Without simulated input there are no domains of a known distance.
SCANNED = list(dict.fromkeys(point.run for point in STUDY.scan))
SCAN_SAMPLES = ["mc", *dict.fromkeys(point.sample for point in STUDY.scan)]


rule scan_domains:
    """
    Judge the networks of the scan in the domain that they learnt from and in the second one, with and without adversary.
    """
    input:
        models=expand(
            PID / "models/{run}/{file}",
            run=SCANNED,
            file=["model.safetensors", "config.yaml"],
        )
        or "simulated input (pid.input.mc and pid.input.data: null), which the scan needs",
        tracks=expand(PID / "tracks/{sample}.parquet", sample=SCAN_SAMPLES),
        splits=expand(PID / "splits/{sample}.parquet", sample=SCAN_SAMPLES),
    output:
        domains=PID / "analysis/domains.parquet",
        summary=PID / "analysis/domains_summary.parquet",
    log:
        PID / "logs/scan_domains.log",
    benchmark:
        PID / "benchmarks/scan_domains.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(2500 + 20 * size_mb(input.tracks)),
        runtime=lambda wildcards, attempt: attempt * 120,
    params:
        code=fingerprint("pid/scan_domains"),
        scan=lambda wildcards: text_file(
            "scan.json", json.dumps([point._asdict() for point in STUDY.scan])
        ),
        fractions=OPTIONS.split.model_dump_json(),
        options=OPTIONS.analyses.domains.model_dump_json(),
    message:
        "Judging the scan of the domains"
    # The trainings may have more files than a command line holds; the script finds them below the folders.
    shell:
        'study="$(dirname "$(dirname {output.domains:q})")";'
        ' python "$SCRIPTS/pid/scan_domains.py" {params.scan:q} --models "$study/models" --tracks "$study/tracks"'
        ' --splits "$study/splits" --fractions {params.fractions:q} --first mc'
        " --options {params.options:q} --domains {output.domains:q} --summary {output.summary:q} >> {log:q} 2>&1"


rule plot_domains:
    """
    Draw F1 with and without adversary against the distance of the second domain.
    """
    input:
        domains=PID / "analysis/domains.parquet",
        summary=PID / "analysis/domains_summary.parquet",
        provenance=origin_of(SCANNED),
    output:
        png=report(
            PID / "figures/domains.png",
            caption="../../../report/pid/domains.rst",
            category="5 Domains",
            labels=in_order("domains"),
        ),
        pdf=PID / "figures/domains.pdf",
    log:
        PID / "logs/plot_domains.log",
    benchmark:
        PID / "benchmarks/plot_domains.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_domains"),
        style=STYLE,
    message:
        "Drawing the scan of the domains"
    shell:
        'python "$SCRIPTS/pid/plot_domains.py" --domains {input.domains:q} --summary {input.summary:q}'
        " --provenance {input.provenance:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q}"
        " >> {log:q} 2>&1"
