"""
Packs: several runs of a sweep trained side by side by one job. They leave finished states, from which train_model
makes each run's model, so that the rest of the workflow is the same with packs and without.
"""


localrules:
    plan_pack,


rule plan_pack:
    """
    Choose the runs of a pack that have to be trained.
    """
    input:
        unpack(learned_by_pack),
    output:
        LARTPC / "packs/{sweep}.{pack}.json",
    log:
        LARTPC / "logs/plan_pack/{sweep}.{pack}.log",
    benchmark:
        LARTPC / "benchmarks/plan_pack/{sweep}.{pack}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=fingerprint("lartpc/plan_pack"),
        trained_by=fingerprint("lartpc/train_model"),
        options=lambda wildcards: json.dumps(
            [
                STUDY.runs[run].model_dump(mode="json")
                for run in runs_of_pack(wildcards)
            ]
        ),
        samples=TRAINABLE,
    message:
        "Choosing the runs of the pack {wildcards.sweep}.{wildcards.pack} to train"
    # The models are no input: they would be trained first.
    shell:
        'python "$SCRIPTS/lartpc/plan_pack.py" --images {input.images:q} --keys {input.image_keys:q}'
        " --split {input.split:q} {params.samples:q} --options {params.options:q}"
        " --trained-by {params.trained_by:q} --plan {output:q}"
        ' --models "$(dirname "$(dirname {output:q})")/models" >> {log:q} 2>&1'


rule train_pack:
    """
    Train the runs of a pack side by side, as far as their finished states.
    """
    input:
        unpack(learned_by_pack),
        plan=LARTPC / "packs/{sweep}.{pack}.json",
    output:
        LARTPC / "packs/{sweep}.{pack}.tsv",
    log:
        LARTPC / "logs/train_pack/{sweep}.{pack}.log",
    benchmark:
        LARTPC / "benchmarks/train_pack/{sweep}.{pack}.tsv"
    conda:
        "../../../../envs/rootline.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(3000 + 4 * input.size_mb + 100 * len(runs_of_pack(wildcards))),
        runtime=lambda wildcards, attempt: attempt * 480,
        checkpoint_minutes=5,  # as in train_model; a pack has more to write
    params:
        code=fingerprint("lartpc/train_pack"),
        samples=TRAINABLE,
        # No output, so that they outlive the job: train_model makes the models from them. Text, because the
        # transport of profiles/ssh-multigpu reads it from the job's JSON.
        checkpoints=lambda wildcards: [
            str(LARTPC / "checkpoints" / run) for run in runs_of_pack(wildcards)
        ],
    message:
        "Training the runs of the pack {wildcards.sweep}.{wildcards.pack}"
    shell:
        'python "$SCRIPTS/lartpc/train_pack.py" {params.checkpoints:q} --plan {input.plan:q} --images {input.images:q}'
        " --keys {input.image_keys:q} --split {input.split:q} {params.samples:q}"
        " --checkpoint-minutes {resources.checkpoint_minutes} --table {output:q} >> {log:q} 2>&1"
