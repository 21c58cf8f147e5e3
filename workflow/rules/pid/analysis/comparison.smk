"""
All models and the n-sigma rule beside each other, on tracks that no model has learnt from.
"""


rule compare_models:
    """
    Choose the cut of each model, and judge it beside n-sigma: as a whole, bin by bin, at equal purity, at all cuts.
    """
    input:
        tracks=PID / "tracks/mc.parquet",
        split=PID / "splits/mc.parquet",
        scores=[PID / f"scores/{run}/mc.parquet" for run in MODELS.values()],
    output:
        models=PID / "analysis/models.parquet",
        selection=PID / "analysis/selection.parquet",
        equal_purity=PID / "analysis/equal_purity.parquet",
        curves=PID / "analysis/curves.parquet",
    log:
        PID / "logs/compare_models.log",
    benchmark:
        PID / "benchmarks/compare_models.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1000 + 10 * size_mb([input.tracks]) + len(input.scores)),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/compare_models"),
        options=OPTIONS.analyses.comparison.model_dump_json(),
        nsigma=OPTIONS.nsigma.model_dump_json(),
        models=lambda wildcards: text_file("models.json", json.dumps(MODELS)),
    message:
        "Comparing the models with n-sigma"
    # As of a sweep, which has more models than a command line holds.
    shell:
        'study="$(dirname "$(dirname {input.tracks:q})")";'
        ' python "$SCRIPTS/pid/compare_models.py" {params.models:q} --scores "$study/scores" --tracks {input.tracks:q}'
        " --split {input.split:q} --options {params.options:q} --nsigma {params.nsigma:q}"
        " --models {output.models:q} --selection {output.selection:q} --equal-purity {output.equal_purity:q}"
        " --curves {output.curves:q} >> {log:q} 2>&1"


rule plot_selection:
    """
    Draw purity and efficiency of n-sigma and of all models against transverse momentum.
    """
    input:
        selection=PID / "analysis/selection.parquet",
        provenance=origin_of(MODELS.values()),
    output:
        png=report(
            PID / "figures/selection.png",
            caption="../../../report/pid/selection.rst",
            category="3 Selection",
            labels=in_order("selection"),
        ),
        pdf=PID / "figures/selection.pdf",
    log:
        PID / "logs/plot_selection.log",
    benchmark:
        PID / "benchmarks/plot_selection.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_selection"),
        style=STYLE,
    message:
        "Drawing the selections against transverse momentum"
    shell:
        'python "$SCRIPTS/pid/plot_selection.py" --selection {input.selection:q} --provenance {input.provenance:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_equal_purity:
    """
    Draw the efficiency of the models where they are as pure as n-sigma.
    """
    input:
        equal_purity=PID / "analysis/equal_purity.parquet",
        provenance=origin_of(MODELS.values()),
    output:
        png=report(
            PID / "figures/equal_purity.png",
            caption="../../../report/pid/equal_purity.rst",
            category="3 Selection",
            labels=in_order("equal_purity"),
        ),
        pdf=PID / "figures/equal_purity.pdf",
    log:
        PID / "logs/plot_equal_purity.log",
    benchmark:
        PID / "benchmarks/plot_equal_purity.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_equal_purity"),
        style=STYLE,
    message:
        "Drawing the efficiencies at equal purity"
    shell:
        'python "$SCRIPTS/pid/plot_equal_purity.py" --equal-purity {input.equal_purity:q} --provenance {input.provenance:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule plot_curves:
    """
    Draw ROC and purity-efficiency curves of all scores.
    """
    input:
        curves=PID / "analysis/curves.parquet",
        provenance=origin_of(MODELS.values()),
    output:
        png=report(
            PID / "figures/curves.png",
            caption="../../../report/pid/curves.rst",
            category="3 Selection",
            labels=in_order("curves"),
        ),
        pdf=PID / "figures/curves.pdf",
    log:
        PID / "logs/plot_curves.log",
    benchmark:
        PID / "benchmarks/plot_curves.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("pid/plot_curves"),
        style=STYLE,
    message:
        "Drawing the ROC and purity-efficiency curves"
    shell:
        'python "$SCRIPTS/pid/plot_curves.py" --curves {input.curves:q} --provenance {input.provenance:q}'
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
