import json

import pytest

from rootline.core.errors import UserError
from rootline.ssh.job import path_on_host, read_job

PROPERTIES = {
    "type": "single",
    "rule": "train_model",
    "input": ["my results/images.safetensors", "my results/images.safetensors", "/data/split.parquet"],
    "output": ["my results/model.safetensors"],
    "log": ["my results/train.log"],
    "wildcards": {"run": "5d5d6d31"},
    "params": {"checkpoints": "my results/checkpoints/5d5d6d31"},
    "threads": 2,
    "resources": {"gpu": 1},
    "jobid": 3,
}
COMMAND = (
    "cd '/home/ana/my work' && python -m snakemake --snakefile '/home/ana/my rootline/Snakefile' "
    "--target-jobs 'train_model:run=5d5d6d31' --allowed-rules train_model --cores 16 --attempt 2 "
    "--wait-for-files '/home/ana/my work/.snakemake/tmp.x' 'my results/images.safetensors' --force "
    "--rerun-triggers params code --shared-fs-usage persistence sources --config 'results=/data/my results' "
    "--configfiles 'my config.yaml' --latency-wait 5 --default-resources base64//dG1wZGlyPXN5c3RlbV90bXBkaXI= "
    "--mode 'remote'"
)


def job_script(folder, command=COMMAND, **properties):
    script = folder / "snakejob.sh"
    script.write_text(f"#!/bin/sh\n# properties = {json.dumps({**PROPERTIES, **properties})}\n{command}\n\n")
    return script


def test_a_job_keeps_what_holds_on_any_machine_and_loses_what_is_of_this_one(tmp_path):
    job = read_job(job_script(tmp_path))
    assert job.name == "train_model 5d5d6d31"
    assert job.inputs == ("my results/images.safetensors", "/data/split.parquet")
    assert job.checkpoints == ("my results/checkpoints/5d5d6d31",)
    assert " ".join(job.command) == (
        "--target-jobs train_model:run=5d5d6d31 --allowed-rules train_model --attempt 2 --force "
        "--rerun-triggers params code --latency-wait 5 --default-resources base64//dG1wZGlyPXN5c3RlbV90bXBkaXI= "
        "--mode remote"
    )


def test_a_job_may_have_several_folders_of_checkpoints_or_none(tmp_path):
    assert read_job(job_script(tmp_path, params={"checkpoints": ["a", "b"]})).checkpoints == ("a", "b")
    assert read_job(job_script(tmp_path, params={})).checkpoints == ()


def without_params(folder):
    script = job_script(folder)
    script.write_text(script.read_text().replace('"params"', '"other"'))
    return script


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (lambda folder: job_script(folder, type="group"), "is a group of jobs.*leave out --groups"),
        (lambda folder: job_script(folder, input=None), "rule train_model: has more than 100 inputs"),
        (without_params, "rule train_model: has a param that JSON cannot hold, such as a Path; make it text"),
        (lambda folder: job_script(folder, command="true"), "no command `python -m snakemake`; leave out --jobscript"),
    ],
)
def test_a_job_that_cannot_travel_is_refused_with_the_remedy(tmp_path, script, message):
    with pytest.raises(UserError, match=message):
        read_job(script(tmp_path))


@pytest.mark.parametrize(
    ("old", "new"),
    [('"rule"', '"role"'), ('"single"', "single"), ("python -m", "'python -m"), ("properties", "\udcff")],
)
def test_a_script_that_snakemake_did_not_write_so_is_no_traceback(tmp_path, old, new):
    script = job_script(tmp_path)
    script.write_text(script.read_text().replace(old, new), errors="surrogateescape")
    with pytest.raises(
        UserError, match=r"snakejob.sh: is no job script of this version of Snakemake .*same command again"
    ):
        read_job(script)


def test_a_path_outside_of_the_working_folder_gets_a_place_in_the_jobs_own(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert path_on_host("results/a b.txt") == "results/a b.txt"
    assert path_on_host("./results//a") == "results/a"
    assert path_on_host("/data/a") == "outside/data/a"
    assert path_on_host("../out/a") == f"outside{tmp_path}/out/a"
    assert path_on_host("..data/a") == "..data/a"
