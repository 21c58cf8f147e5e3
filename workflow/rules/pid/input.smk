"""
Simulated input, made only where the config names no files of the user.
"""


rule simulate_collisions:
    """
    Simulate the collisions of one sample and what the detector measures, and write the tracks as ROOT.
    """
    output:
        PID / "input/{sample}.root",
    log:
        PID / "logs/simulate_collisions/{sample}.log",
    benchmark:
        PID / "benchmarks/simulate_collisions/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(STUDY.simulated),
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        code=fingerprint("pid/simulate_collisions"),
        domain=lambda wildcards: STUDY.simulated[wildcards.sample].model_dump_json(),
        energy=OPTIONS.simulation.energy_gev,
        frames=OPTIONS.simulation.frames,
        seed=OPTIONS.simulation.seed,
    message:
        "Simulating the collisions of {wildcards.sample}"
    shell:
        'python "$SCRIPTS/pid/simulate_collisions.py" --sample {wildcards.sample:q} --domain {params.domain:q}'
        " --energy-gev {params.energy:q} --frames {params.frames:q} --seed {params.seed:q} --root {output:q} >> {log:q} 2>&1"
