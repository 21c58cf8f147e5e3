"""
Models: the split, the table of runs, and one beta-VAE per run.
"""


rule split_tracks:
    """
    Give every track, or those of the trainable samples, its part: train, val or test.
    """
    input:
        tracks=tracks_of,
    output:
        LARTPC / "splits/{split}{of}.parquet",
    log:
        LARTPC / "logs/split_tracks/{split}{of}.log",
    benchmark:
        LARTPC / "benchmarks/split_tracks/{split}{of}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=fingerprint("lartpc/split_tracks"),
        options=lambda wildcards: STUDY.splits[wildcards.split].model_dump_json(),
        balanced=lambda wildcards: (
            TRAINABLE if STUDY.splits[wildcards.split].balanced else []
        ),
    message:
        "Splitting the tracks ({wildcards.split}{wildcards.of})"
    shell:
        'python "$SCRIPTS/lartpc/split_tracks.py" {input.tracks:q} {params.balanced:q} --options {params.options:q}'
        " --split {output:q} >> {log:q} 2>&1"


rule write_runs:
    """
    Write what each run id stands for.
    """
    output:
        LARTPC / "runs.tsv",
    log:
        LARTPC / "logs/write_runs.log",
    localrule: True
    conda:
        "../../../envs/rootline.yaml"
    params:
        code=fingerprint("shared/write_runs"),
        table=lambda wildcards: text_file("runs.tsv", runs_table(STUDY)),
    message:
        "Writing the table of runs"
    shell:
        'python "$SCRIPTS/shared/write_runs.py" {params.table:q} --runs {output:q} >> {log:q} 2>&1'


rule train_model:
    """
    Train the beta-VAE of one run.
    """
    input:
        unpack(learned_by_run),
    output:
        model=LARTPC / "models/{run}/model.safetensors",
        config=LARTPC / "models/{run}/config.yaml",
        history=LARTPC / "models/{run}/history.parquet",
        provenance=LARTPC / "models/{run}/provenance.json",
    log:
        LARTPC / "logs/train_model/{run}.log",
    benchmark:
        LARTPC / "benchmarks/train_model/{run}.tsv"
    conda:
        "../../../envs/rootline.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(3000 + 4 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 240,
        # A matter of the machine, and a resource because these change no result and reach remote jobs;
        # `set-resources: {train_model: {checkpoint_minutes: 5}}` in a profile sets it.
        checkpoint_minutes=1,
    params:
        code=fingerprint("lartpc/train_model"),
        options=lambda wildcards: STUDY.runs[wildcards.run].model_dump_json(),
        samples=TRAINABLE,
        # No output, so that it outlives a failed attempt, which then goes on from it.
        # Text, because the transport of profiles/ssh-multigpu reads it from the job's JSON.
        checkpoints=str(LARTPC / "checkpoints/{run}"),
    message:
        "Training the model of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/lartpc/train_model.py" --images {input.images:q} --keys {input.image_keys:q}'
        " --split {input.split:q} {params.samples:q} --options {params.options:q} --run {wildcards.run:q}"
        " --code {params.code:q}"
        " --checkpoints {params.checkpoints:q} --checkpoint-minutes {resources.checkpoint_minutes}"
        " --model {output.model:q}"
        " --config {output.config:q} --history {output.history:q} --provenance {output.provenance:q}"
        " >> {log:q} 2>&1"
