"""
Where the data say that tracks of the beam begin.
"""


rule propose_windows:
    """
    Propose entry windows from the clusters' first wires and vertex ticks.
    """
    input:
        clusters=expand(LARTPC / "clusters/{sample}.parquet", sample=STUDY.windowed),
    output:
        windows=LARTPC / "analysis/windows.parquet",
        fragment=report(
            LARTPC / "analysis/windows.yaml",
            caption="../../../report/lartpc/windows_proposed.rst",
            category="1 Input",
            labels=in_order("windows proposed, as config"),
        ),
    log:
        LARTPC / "logs/propose_windows.log",
    benchmark:
        LARTPC / "benchmarks/propose_windows.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        # No input.size_mb: Snakemake asks for it again while it writes the report, and warns that it cannot.
        mem_mb=lambda wildcards, attempt: attempt * 3000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/propose_windows"),
        cuts=OPTIONS.cuts.model_dump_json(),
        options=OPTIONS.analyses.windows.model_dump_json(),
    message:
        "Proposing entry windows"
    shell:
        'python "$SCRIPTS/lartpc/propose_windows.py" {input.clusters:q} --cuts {params.cuts:q}'
        " --options {params.options:q} --windows {output.windows:q} --fragment {output.fragment:q} >> {log:q} 2>&1"
