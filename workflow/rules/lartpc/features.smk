"""
Features: 25 physics quantities of each track, and chi2 beside them.
"""


rule compute_features:
    """
    Compute the 25 features of the tracks of every sample.
    """
    input:
        tracks=expand(LARTPC / "tracks/{sample}.parquet", sample=SAMPLES),
        loglikelihood=list(OPTIONS.input.loglikelihood),
        reference=CHOICES,
    output:
        features=LARTPC / "features/{set}.parquet",
        candidates=LARTPC / "features/{set}.candidates.parquet",
    log:
        LARTPC / "logs/compute_features/{set}.log",
    benchmark:
        LARTPC / "benchmarks/compute_features/{set}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 20 * input.size_mb),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/compute_features"),
        content=lambda wildcards: content_of(*OPTIONS.input.loglikelihood),
        loglikelihood=lambda wildcards, input: [
            word for path in input.loglikelihood for word in ("--loglikelihood", path)
        ],
        references=chosen_tracks,
    message:
        "Computing the features of the set {wildcards.set}"
    shell:
        'python "$SCRIPTS/lartpc/compute_features.py" {input.tracks:q} {params.loglikelihood:q}'
        " {params.references:q} --features {output.features:q} --candidates {output.candidates:q} >> {log:q} 2>&1"
