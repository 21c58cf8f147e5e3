"""
Displays of single events, from the raw waveforms and what became of each cluster.
"""

# What a display must know of each sample: its role, and the tree of each of its files.
EVENT_SAMPLES = {
    name: {
        "role": sample.role,
        "files": {
            STUDY.files[file].path: STUDY.files[file].tree for file in sample.files
        },
    }
    for name, sample in STUDY.samples.items()
}
with told_by_snakemake():
    EVENTS = [name_event(choice, SAMPLES) for choice in OPTIONS.event]

# What the report shows where nobody asked for an event.
FIRST_EVENTS = [f"{sample}-{FIRST}" for sample in STUDY.compared]


rule display_event:
    """
    Display one event: both planes, all clusters, and why each was kept or cut.
    """
    input:
        tables=tables_of_event,
        roots=files_of_event,
    output:
        png=report(
            LARTPC / "events/{event}.png",
            caption="../../report/lartpc/event.rst",
            category="1 Input",
            labels=in_order("event {event}"),
        ),
        pdf=LARTPC / "events/{event}.pdf",
    log:
        LARTPC / "logs/display_event/{event}.log",
    benchmark:
        LARTPC / "benchmarks/display_event/{event}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        code=fingerprint("lartpc/display_event"),
        content=lambda wildcards: content_of(*files_of_event(wildcards)),
        samples=lambda wildcards: json.dumps(
            {sample: EVENT_SAMPLES[sample] for sample in samples_of_event(wildcards)}
        ),
        detector=OPTIONS.detector.model_dump_json(),
        matching=OPTIONS.matching.model_dump_json(),
        cuts=OPTIONS.cuts.model_dump_json(),
        style=STYLE_WITHOUT_COLOURS,
    message:
        "Displaying event {wildcards.event}"
    shell:
        'python "$SCRIPTS/lartpc/display_event.py" {input.tables:q} --name {wildcards.event:q} --samples {params.samples:q}'
        " --detector {params.detector:q} --matching {params.matching:q} --cuts {params.cuts:q}"
        " --options {params.style:q} --png {output.png:q} --pdf {output.pdf:q} >> {log:q} 2>&1"


rule lartpc_event:
    """
    Display the events that the config names.
    """
    input:
        expand(LARTPC / "events/{event}.png", event=EVENTS)
        or "lartpc.event in the config: run, subrun and event of what to display",
    localrule: True
    message:
        "The events are displayed"
