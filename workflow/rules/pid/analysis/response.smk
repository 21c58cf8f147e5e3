"""
What the detectors measure, in both domains.
"""


rule plot_response:
    """
    Draw TPC signal and TOF velocity, and the signals of both domains beside each other.
    """
    input:
        mc=PID / "tracks/mc.parquet",
        data=PID / "tracks/data.parquet",
    output:
        png=report(
            PID / "figures/response.png",
            caption="../../../report/pid/response.rst",
            category="1 Input",
            labels=in_order("response"),
        ),
        pdf=PID / "figures/response.pdf",
    log:
        PID / "logs/plot_response.log",
    benchmark:
        PID / "benchmarks/plot_response.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 10 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_response"),
        style=STYLE,
    message:
        "Drawing what the detectors measure"
    shell:
        'python "$SCRIPTS/pid/plot_response.py" --mc {input.mc:q} --data {input.data:q} --options {params.style:q}'
        " --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
