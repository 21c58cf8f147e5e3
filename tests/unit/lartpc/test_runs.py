"""Configs of runs, their ids, and what they refuse."""

import os
import subprocess
import sys

import pytest
import yaml

from rootline.core.config import ConfigError, parse_config
from rootline.core.errors import UserError
from rootline.core.runs import run_id, write_run
from rootline.lartpc.runs import RunConfig, parse_run, read_run


def parsed(**sections):
    return parse_config(sections, RunConfig, source="config.yaml")


def test_equal_configs_have_equal_ids_however_they_are_written():
    written = parsed(train={"beta": 1, "species": ["proton", "kaon"]}, model={"latent_dim": 8})
    other = parsed(images={"size": 48}, train={"species": ["kaon", "proton"], "beta": 1.0})
    assert run_id(written) == run_id(other)
    assert len(run_id(written)) == 8
    assert int(run_id(written), 16) >= 0


@pytest.mark.parametrize(
    "changed",
    [
        {"train": {"seed": 1}},
        {"train": {"beta": 4}},
        {"model": {"latent_dim": 16}},
        {"images": {"resampling": "bilinear"}},
        {"split": {"train": 0.7}},
    ],
)
def test_every_section_decides_the_id(changed):
    assert run_id(parsed(**changed)) != run_id(RunConfig())


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"images": {"size": 50}}, r"images\.size=50: must be a multiple of 16 .*such as 48 or 64"),
        ({"images": {"size": 8}}, r"images\.size=8: must be a multiple of 16 .*such as 16"),
        ({"model": {"padding": 1}}, r"model\.padding=1: must be 2 with model\.kernel=5 and model\.stride=2"),
        ({"model": {"kernel": 1, "padding": 0, "stride": 3}, "images": {"size": 48}}, r"images\.size=48: .* of 81"),
        ({"model": {"latend_dim": 4}}, r"model\.latend_dim is not a known key; did you mean model\.latent_dim\?"),
        ({"model": {"activation": "tanh"}}, r"model\.activation='tanh': .*'relu'"),
        ({"model": {"channels": []}}, r"model\.channels"),
        ({"train": {"transform": "log"}}, r"train\.transform='log': .*'log1p'"),
        ({"train": {"species": ["proton", "proton"]}}, r"names a particle twice"),
        ({"train": {"patience": 0}}, r"train\.patience=0: .*greater than 0"),
        ({"train": {"min_delta": -1}}, r"train\.min_delta=-1"),
        ({"train": {"batch_size": 0}}, r"train\.batch_size=0"),
    ],
)
def test_a_wrong_run_config_names_the_key(raw, message):
    with pytest.raises(ConfigError, match=message):
        parsed(**raw)


def test_a_config_beside_a_model_is_read_back(tmp_path):
    run = parsed(train={"beta": 4}, model={"channels": [8, 16]})
    write_run(tmp_path / "config.yaml", run)
    assert read_run(tmp_path / "config.yaml") == run
    assert yaml.safe_load((tmp_path / "config.yaml").read_text())["run"] == run_id(run)


def test_an_edited_config_beside_a_model_is_refused(tmp_path):
    path = tmp_path / "config.yaml"
    write_run(path, RunConfig())
    path.write_text(path.read_text().replace("latent_dim: 8", "latent_dim: 16"))
    with pytest.raises(UserError, match=rf"says run {run_id(RunConfig())}, but its content is that of run .*edited"):
        read_run(path)


def test_a_run_under_the_name_of_another_is_refused():
    options = RunConfig().model_dump_json()
    assert parse_run(options, named=run_id(RunConfig())) == RunConfig()
    with pytest.raises(UserError, match=f"run 00000000 was asked for, .*--run {run_id(RunConfig())}"):
        parse_run(options, named="00000000")


def test_configs_are_read_without_waiting_for_torch():
    code = "import sys, rootline.lartpc.runs; sys.exit('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
