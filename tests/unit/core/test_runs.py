"""Runs of whatever a study's config is: ids, files, sweeps and their table."""

from pathlib import Path

import pytest
from pydantic import Field

from rootline.core.config import Section
from rootline.core.errors import UserError
from rootline.core.runs import (
    DEFAULT,
    add_run,
    check_pair,
    name_sections,
    parse_run_as,
    plan_sweeps,
    read_run_as,
    run_id,
    tabulate_ids,
    write_run,
)


class Train(Section):
    """Training."""

    seed: int = Field(0, description="Seed.")
    lr: float = Field(0.1, description="Rate.")


class Run(Section):
    """A run."""

    train: Train = Field(default_factory=Train, description="Training.")
    sizes: tuple[int, ...] = Field((1, 2), description="Sizes.")


BASE = Run()


def changed(**train):
    return Run(train=Train(**train))


def test_a_run_is_read_back_and_an_edited_one_is_refused(tmp_path):
    path = tmp_path / "config.yaml"
    write_run(path, changed(lr=0.5))
    assert read_run_as(Run, path) == changed(lr=0.5)
    path.write_text(path.read_text().replace("0.5", "0.6"))
    with pytest.raises(UserError, match="it was edited"):
        read_run_as(Run, path)
    assert parse_run_as(Run, BASE.model_dump_json(), named=run_id(BASE)) == BASE
    with pytest.raises(UserError, match=f"--run {run_id(BASE)}"):
        parse_run_as(Run, BASE.model_dump_json(), named="00000000")


def test_weights_beside_the_config_of_another_run_are_refused():
    files = {"model": Path("model.safetensors"), "config": Path("config.yaml")}
    check_pair(BASE, run_id(BASE), **files)
    for other in (run_id(changed(lr=0.5)), None):
        message = rf"^model\.safetensors is of run {other}, but config\.yaml of run {run_id(BASE)}; keep the two files together"
        with pytest.raises(UserError, match=message):
            check_pair(BASE, other, **files)


def test_sweeps_are_found_here_or_where_they_are_shipped_and_share_runs(tmp_path, monkeypatch):
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "a.yaml").write_text("grid:\n  train.lr: [0.1, 0.5]\n")
    (tmp_path / "b.yaml").write_text("grid:\n  train.lr: [0.5, 0.7]\n")
    monkeypatch.chdir(tmp_path)
    runs = {run_id(BASE): BASE}
    sweeps = plan_sweeps(["a.yaml", "b.yaml"], BASE, runs, study="any", shipped=shipped)
    assert {name: len(members) for name, members in sweeps.items()} == {"a": 2, "b": 2}
    assert len(runs) == 3 and sweeps["a"][0] == run_id(BASE) and sweeps["a"][1] == sweeps["b"][0]
    table = [line.split("\t") for line in tabulate_ids(runs, sweeps).splitlines()]
    assert table[0] == ["run", "sweeps", "train.seed", "train.lr"]
    assert [run_id(changed(lr=0.5)), "a,b", "0", "0.5"] in table


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["x/a.yaml", "a.yaml"], r"any\.sweeps: two sweeps are called a"),
        (["a_models.yaml"], "ends as a target of another sweep may"),
        (["1a.yaml"], "is not a usable name"),
    ],
)
def test_names_of_sweeps_that_cannot_be_targets_are_refused(paths, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("seeds: [1, 2]\n")
    with pytest.raises(UserError, match=message):
        plan_sweeps(paths, BASE, {}, study="any", shipped=tmp_path)


def test_two_runs_of_one_id_are_refused():
    runs = {run_id(BASE): changed(lr=9)}
    with pytest.raises(UserError, match="two different runs have the id"):
        add_run(runs, BASE, source="here")


def test_equal_sections_have_one_name():
    known, name_of = name_sections(BASE.train, {"a": Train(), "b": Train(seed=1), "c": Train(seed=1)})
    assert name_of["a"] == DEFAULT and name_of["b"] == name_of["c"] != DEFAULT
    assert known[name_of["b"]] == Train(seed=1) and len(known) == 2
