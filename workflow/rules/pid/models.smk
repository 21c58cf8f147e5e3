"""
Models: what each run id stands for, trees and networks.
"""


rule list_runs:
    """
    Write what each run id stands for, and which of them have a name.
    """
    output:
        PID / "runs.tsv",
    log:
        PID / "logs/list_runs.log",
    localrule: True
    conda:
        "../../../envs/rootline.yaml"
    params:
        code=fingerprint("shared/write_runs"),
        table=lambda wildcards: text_file("pid-runs.tsv", runs_table(STUDY)),
    message:
        "Writing the table of the models' runs"
    shell:
        'python "$SCRIPTS/shared/write_runs.py" {params.table:q} --runs {output:q} >> {log:q} 2>&1'


rule fit_trees:
    """
    Fit the forest or the boosted trees of one run and write them as ONNX, which holds no code.
    """
    input:
        unpack(seen_by_run),
    output:
        model=PID / "models/{run}/model.onnx",
        scores=PID / "models/{run}/library_scores.parquet",
        config=PID / "models/{run}/config.yaml",
        provenance=PID / "models/{run}/provenance.json",
    log:
        PID / "logs/fit_trees/{run}.log",
    benchmark:
        PID / "benchmarks/fit_trees/{run}.tsv"
    wildcard_constraints:
        run=only(runs=TREES, others=NETWORKS),
    conda:
        "../../../envs/rootline.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(3000 + 30 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 120,
    params:
        code=fingerprint("pid/fit_trees"),
        options=lambda wildcards: STUDY.runs[wildcards.run].model_dump_json(),
    message:
        "Fitting the trees of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/pid/fit_trees.py" --tracks {input.tracks:q} --split {input.split:q} --options {params.options:q}'
        " --run {wildcards.run:q} --threads {threads} --model {output.model:q}"
        " --scores {output.scores:q} --config {output.config:q} --provenance {output.provenance:q} >> {log:q} 2>&1"


rule train_network:
    """
    Train the network of one run.
    """
    input:
        unpack(seen_by_run),
    output:
        model=PID / "models/{run}/model.safetensors",
        config=PID / "models/{run}/config.yaml",
        history=PID / "models/{run}/history.parquet",
        provenance=PID / "models/{run}/provenance.json",
    log:
        PID / "logs/train_network/{run}.log",
    benchmark:
        PID / "benchmarks/train_network/{run}.tsv"
    wildcard_constraints:
        run=only(runs=NETWORKS, others=TREES),
    conda:
        "../../../envs/rootline.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=lambda wildcards, input, attempt: attempt
        * int(2500 + 20 * size_mb(input)),
        runtime=lambda wildcards, attempt: attempt * 240,
        # As for lartpc's train_model: a matter of the machine, for `set-resources` in a profile.
        checkpoint_minutes=1,
    params:
        code=fingerprint("pid/train_network"),
        options=lambda wildcards: STUDY.runs[wildcards.run].model_dump_json(),
        second=lambda wildcards, input: (
            ["--second-tracks", input.second[0], "--second-split", input.second[1]]
            if input.get("second")
            else []
        ),
        # No output, so that it outlives a failed attempt, which then goes on from it.
        checkpoints=str(PID / "checkpoints/{run}"),
    message:
        "Training the network of run {wildcards.run}"
    shell:
        'python "$SCRIPTS/pid/train_network.py" --tracks {input.tracks:q} --split {input.split:q} {params.second:q}'
        " --options {params.options:q} --run {wildcards.run:q} --code {params.code:q}"
        " --checkpoints {params.checkpoints:q} --checkpoint-minutes {resources.checkpoint_minutes}"
        " --model {output.model:q} --config {output.config:q} --history {output.history:q}"
        " --provenance {output.provenance:q} >> {log:q} 2>&1"
