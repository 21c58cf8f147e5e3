"""
Reference tracks: of each event of a reference sample the one that it was picked for.
"""


rule choose_reference:
    """
    Choose the most kaon-like track of each reference event, or those that the user names.
    """
    input:
        candidates=expand(
            LARTPC / "tracks/{reference}.parquet", reference=STUDY.references
        ),
        labelled=expand(LARTPC / "tracks/{known}.parquet", known=STUDY.compared),
        entries=of_files(LARTPC / "check/{sample}/{file}.events.parquet"),
        events=REFERENCE_EVENTS,
        hand=OPTIONS.reference.choice or [],
    output:
        choice=LARTPC / "reference/{sample}.parquet",
        scores=LARTPC / "reference/{sample}.candidates.parquet",
        numbers=LARTPC / "reference/{sample}.numbers.parquet",
    log:
        LARTPC / "logs/choose_reference/{sample}.log",
    benchmark:
        LARTPC / "benchmarks/choose_reference/{sample}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(1500 + 20 * input.size_mb),
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/choose_reference"),
        content=lambda wildcards: content_of(REFERENCE_EVENTS, OPTIONS.reference.choice),
        references=[word for name in STUDY.references for word in ("--reference", name)],
        labelled=lambda wildcards, input: [
            word for path in input.labelled for word in ("--labelled", path)
        ],
        entries=lambda wildcards, input: [
            word for path in input.entries for word in ("--entries", path)
        ],
        events="--events" if REFERENCE_EVENTS else [],
        hand="--hand" if OPTIONS.reference.choice else [],
        options=OPTIONS.reference.model_dump_json(exclude={"events", "choice"}),
    message:
        "Choosing the reference tracks of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/lartpc/choose_reference.py" {input.candidates:q} --sample {wildcards.sample:q}'
        " {params.references:q} {params.labelled:q} {params.entries:q} {params.events:q} {input.events:q}"
        " {params.hand:q} {input.hand:q} --options {params.options:q} --choice {output.choice:q}"
        " --scores {output.scores:q} --numbers {output.numbers:q} >> {log:q} 2>&1"


rule plot_reference:
    """
    Draw the scores of the chosen reference tracks and of the other candidates.
    """
    input:
        choices=CHOICES,
        scores=expand(
            LARTPC / "reference/{reference}.candidates.parquet",
            reference=STUDY.references,
        ),
        numbers=expand(
            LARTPC / "reference/{reference}.numbers.parquet",
            reference=STUDY.references,
        ),
    output:
        png=report(
            LARTPC / "figures/reference.png",
            caption="../../report/lartpc/reference.rst",
            category="1 Input",
            labels=in_order("reference tracks"),
        ),
        pdf=LARTPC / "figures/reference.pdf",
    log:
        LARTPC / "logs/plot_reference.log",
    benchmark:
        LARTPC / "benchmarks/plot_reference.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        code=fingerprint("lartpc/plot_reference"),
        style=STYLE,
        particle=OPTIONS.reference.positive,
        choices=lambda wildcards, input: [
            word for path in input.choices for word in ("--choice", path)
        ],
        scores=lambda wildcards, input: [
            word for path in input.scores for word in ("--scores", path)
        ],
        numbers=lambda wildcards, input: [
            word for path in input.numbers for word in ("--numbers", path)
        ],
    message:
        "Drawing the choice of reference tracks"
    shell:
        'python "$SCRIPTS/lartpc/plot_reference.py" {params.choices:q} {params.scores:q} {params.numbers:q}'
        " --particle {params.particle:q} --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"
