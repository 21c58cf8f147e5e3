"""Intermediate files of the second study, damaged or exchanged: the job that reads one names it with the remedy."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.checkout import Checkout

from rootline.core.files import sha256

MODEL = ("train_network", "models/{mlp}/model.safetensors")
EXPORT = ("export_network", "models/{mlp}/model.onnx")
PARITY = ("check_export", "models/{mlp}/parity.json")
SCORES = ("score_tracks", "scores/{mlp}/data.parquet")
NUMBERS = ("compare_models", "analysis/models.parquet")
MASSES = ("measure_masses", "analysis/masses.parquet")
LOSSES = ("plot_losses", "figures/training.png")
PAGE = ("describe_study", "report/run.html")

Damage = Callable[[Path, Path], None]


class Fault(NamedTuple):
    """A file below the results, what is done to it, the rule that reads it with what it makes, and what is said."""

    file: str
    damage: Damage
    job: tuple[str, str]
    message: str


def cut(file: Path, _: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path, _: Path) -> None:
    file.write_bytes(b"")


def exchange_for(other: str) -> Damage:
    def exchange(file: Path, results: Path) -> None:
        shutil.copyfile(results / other.format(**names(results)), file)

    return exchange


def leave_out(column: str) -> Damage:
    return lambda file, _: pq.write_table(pq.read_table(file).drop_columns(column), file)


def names(results: Path) -> dict[str, str]:
    """Give the run of each model that is compared."""
    runs = pd.read_csv(results / "runs.tsv", sep="\t", dtype=str)
    named = zip(runs["sweeps"], runs["run"], strict=True)
    return {sweeps.removeprefix("models."): run for sweeps, run in named if sweeps.startswith("models.")}


PARQUET = r"cannot be read as Parquet \(.*\); delete it and run again"
PAIR = r"model\.safetensors is of run \w{8}, but .*config\.yaml of run \w{8}; keep the two files together"

FAULTS = {
    "tracks cut short": Fault("tracks/mc.parquet", cut, MODEL, PARQUET),
    "tracks of another sample": Fault(
        "tracks/mc.parquet",
        exchange_for("tracks/data.parquet"),
        MODEL,
        "holds tracks of the sample data, not of mc; it was exchanged: delete it and run again",
    ),
    "tracks of the second domain of another sample": Fault(
        "tracks/data.parquet", exchange_for("tracks/mc.parquet"), SCORES, "holds tracks of the sample mc, not of data"
    ),
    "tracks without an input": Fault(
        "tracks/mc.parquet", leave_out("fBeta"), MODEL, "no column fBeta. If it was changed, delete it and run again"
    ),
    "tracks without their species": Fault("tracks/mc.parquet", leave_out("species"), MODEL, "no column species"),
    "scores without a species": Fault(
        "scores/{forest}/data.parquet",
        leave_out("kaon"),
        MASSES,
        r"no column kaon; it has .*\. If it was changed, delete it and run again",
    ),
    "parts cut short": Fault("splits/mc.parquet", cut, MODEL, PARQUET),
    "weights cut short": Fault(
        "models/{mlp}/model.safetensors",
        cut,
        EXPORT,
        r"cannot be read as safetensors \(.*\); delete it and run again",
    ),
    "weights of another run": Fault(
        "models/{mlp}/model.safetensors", exchange_for("models/{dann}/model.safetensors"), EXPORT, PAIR
    ),
    "a config of another run": Fault(
        "models/{mlp}/config.yaml", exchange_for("models/{dann}/config.yaml"), EXPORT, PAIR
    ),
    "a config of trees": Fault(
        "models/{mlp}/config.yaml", exchange_for("models/{forest}/config.yaml"), EXPORT, "is of a forest, .* no network"
    ),
    "a config that is empty": Fault(
        "models/{mlp}/config.yaml", empty, EXPORT, r"says run None, .* Train the model again"
    ),
    "an exported model cut short": Fault(
        "models/{mlp}/model.onnx", cut, PARITY, "cannot be read as an ONNX model .* give the same command again"
    ),
    "an exported model of another run": Fault(
        "models/{mlp}/model.onnx",
        exchange_for("models/{dann}/model.onnx"),
        PARITY,
        r"differs from its library by .* If the file was exchanged or changed, delete it",
    ),
    "an exported model of trees": Fault(
        "models/{mlp}/model.onnx",
        exchange_for("models/{forest}/model.onnx"),
        PARITY,
        "gives 5 probabilities of a track where its library gave 6; it is of another run: delete it",
    ),
    "scores cut short": Fault("scores/{mlp}/mc.parquet", cut, NUMBERS, PARQUET),
    "scores of another sample": Fault(
        "scores/{forest}/data.parquet",
        exchange_for("scores/{forest}/mc.parquet"),
        MASSES,
        "of the sample mc, not of data",
    ),
    "losses cut short": Fault("models/{mlp}/history.parquet", cut, LOSSES, PARQUET),
    "a parity cut short": Fault("models/{mlp}/parity.json", cut, PAGE, r"cannot be read as JSON \(.*\); delete it"),
    "a count of tracks that is empty": Fault(
        "check/data.json", empty, PAGE, r"cannot be read as JSON \(.*\); delete it"
    ),
}


def spoil(study: Checkout, fault: Fault) -> tuple[Path, str, str]:
    """Damage the file; give it, the rule and the target."""
    runs = names(study.results)
    file = study.results / fault.file.format(**runs)
    fault.damage(file, study.results)
    rule, made = fault.job
    return file, rule, f"results/pid/{made.format(**runs)}"


@pytest.mark.parametrize("fault", FAULTS)
def test_an_intermediate_that_was_damaged_or_exchanged_is_named_with_the_remedy(fault, study_pid):
    file, rule, target = spoil(study_pid, FAULTS[fault])
    outcome = study_pid.snakemake(target, "--allowed-rules", rule)
    assert outcome.returncode == 1, outcome.text
    assert "Traceback" not in outcome.text and "unexpected failure" not in outcome.text, outcome.text
    told = outcome.text.partition("1 job failed; what is finished stays")[2]
    assert f"{rule}: " in told and file.relative_to(study_pid.folder).as_posix() in told, outcome.text
    assert re.search(FAULTS[fault].message, told), told
    assert not (study_pid.folder / target).exists()


@pytest.mark.parametrize("fault", ["tracks of another sample", "an exported model of another run"])
def test_after_the_remedy_the_same_command_gives_the_same_bytes(fault, study_pid, finished_pid):
    file, _, target = spoil(study_pid, FAULTS[fault])
    # both, or nothing would miss the exchanged table while the model is there
    targets = target, file.relative_to(study_pid.folder).as_posix()
    refused = study_pid.snakemake(*targets)
    assert refused.returncode == 1 and re.search(FAULTS[fault].message, refused.text), refused.text
    file.unlink()
    outcome = study_pid.snakemake(*targets)
    assert outcome.returncode == 0, outcome.text
    for name in targets:
        assert sha256(study_pid.folder / name) == sha256(finished_pid.folder / name), name
