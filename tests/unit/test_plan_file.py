from pathlib import Path

import pytest

from rootline.config import read_config
from rootline.core.errors import UserError
from rootline.plan_file import Plan, read_plan, write_plan
from rootline.studies import plan_studies, study_names


@pytest.fixture(params=study_names())
def plan(request, tmp_path):
    (tmp_path / "seeds.yaml").write_text("seeds: [1, 2]\n")
    config = read_config({request.param: {"sweeps": [str(tmp_path / "seeds.yaml")]}}, source="a test")
    sections = {request.param: config.section(request.param)}
    return Plan(config, plan_studies(sections, results="results", shipped=Path()))


def test_a_plan_reads_back_as_it_was_without_the_files_it_came_from(plan, tmp_path):
    file = write_plan(tmp_path / "plans", plan)
    (tmp_path / "seeds.yaml").unlink()
    assert read_plan(file) == plan
    assert write_plan(tmp_path / "plans", plan) == file


def test_a_job_knows_what_the_config_states_and_what_is_default(plan, tmp_path):
    read = read_plan(write_plan(tmp_path, plan))
    assert read.config.model_dump(exclude_unset=True) == plan.config.model_dump(exclude_unset=True)
    for name, study in plan.studies.items():
        stated = read.studies[name].config.model_dump(exclude_unset=True)
        assert stated == study.config.model_dump(exclude_unset=True) == {"sweeps": study.config.sweeps}


def test_defaults_that_change_while_jobs_wait_are_told(plan, tmp_path):
    file = write_plan(tmp_path, plan)
    text = file.read_text()
    file.write_text(text.replace('"config":{', '"config":{"results":"elsewhere",'))
    with pytest.raises(UserError, match="defaults of the config in the code have changed .*; start it again"):
        read_plan(file)


def test_the_results_of_a_job_may_lie_elsewhere(plan, tmp_path):
    file = write_plan(tmp_path, plan)
    moved = read_plan(file, results="outside/data/results")
    assert moved.config.results == "outside/data/results" and moved.studies == plan.studies


def test_a_plan_that_is_missing_or_of_another_version_says_to_start_again(tmp_path):
    with pytest.raises(UserError, match="cannot be read .*; start it again"):
        read_plan(tmp_path / "plan.json")
    for text in (
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"config": ' * 100_000,
        b'{"config": {}, "studies": {"another": null}}',
    ):
        (tmp_path / "plan.json").write_bytes(text)
        with pytest.raises(UserError, match="is no plan of this version of Rootline; start the workflow again"):
            read_plan(tmp_path / "plan.json")
