"""One row per run: every number is that of the run's own table."""

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import save_file
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents, fake_tracks

from rootline.core.errors import UserError
from rootline.core.runs import run_id, write_run
from rootline.core.sweeps import SweepConfig, expand_sweep
from rootline.core.tables import write_table
from rootline.core.tensors import write_tensors
from rootline.lartpc.analyses.clustering import CLUSTERING_KEY
from rootline.lartpc.analyses.probe import PROBE_KEY, probe
from rootline.lartpc.analyses.reconstruction import ERRORS_KEY, measure_reconstruction
from rootline.lartpc.analyses.regression import REGRESSION_KEY, regress
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.analyses.sweep_metrics import metrics_of
from rootline.lartpc.analyses.sweep_runs import levels, metric_names, swept_keys, tabulate_runs
from rootline.lartpc.features import FEATURE_CATEGORIES
from rootline.lartpc.runs import ModelConfig, RunConfig
from rootline.lartpc.sweep_files import TABLE_KEYS, count_parameters, files_of_runs, read_runs
from rootline.lartpc.vae import BetaVAE

SWEEP = SweepConfig(grid={"model.channels": [[32, 64], [32, 64, 128]], "train.beta": [0.5, 4]}, seeds=(0, 1))


@pytest.fixture(scope="module")
def tables():
    latents = fake_latents(protons=180, kaons=60)
    clustering = pd.DataFrame(
        [
            {"method": method, "selection": selection, "particle": particle, "component": "all", "score": score,
             "value": value, "low": value - 0.1, "high": value + 0.1, "n": 240, "k": 3}
            for method, selection, particle, score, value in [
                ("mixture", "all", "all", "ari", 0.3), ("mixture", "pair", "all", "ari", 0.9),
                ("mixture", "all", "all", "nmi", 0.8), ("gaussians", "all", "all", "ari", 0.7),
            ]
        ]
    )  # fmt: skip
    return {
        "reconstruction": measure_reconstruction(latents, ["proton"], ReconstructionConfig(bootstrap=100)),
        "probes": probe(latents, fake_tracks(latents), ["proton"], ProbeConfig(bootstrap=100, mlp_epochs=5))[0],
        "regression": regress(
            latents, fake_features(latents), FEATURE_CATEGORIES,
            RegressionConfig(bootstrap=100, mlp_epochs=5, importance_repeats=1),
        )[0],
        "clustering": clustering,
    }  # fmt: skip


HISTORY = pd.DataFrame({"epoch": [1, 2, 3], "val_loss": [5.0, 3.0, 4.0], "kept": [True, True, False]})


def test_the_keys_of_a_sweep_are_those_that_differ_without_the_seed():
    runs = expand_sweep(SWEEP, RunConfig(), source="s")
    assert swept_keys(runs) == ["model.channels", "train.beta"]
    assert levels(runs[0], swept_keys(runs)) == {"model.channels": "32-64", "train.beta": 0.5}
    assert swept_keys(expand_sweep(SweepConfig(seeds=(0, 1)), RunConfig(), source="s")) == []


def test_a_row_holds_what_was_swept_and_the_numbers_of_the_runs_own_tables(tables):
    runs = expand_sweep(SWEEP, RunConfig(), source="s")
    names = [run_id(run) for run in runs]
    table = tabulate_runs(runs, dict.fromkeys(names, HISTORY), dict.fromkeys(names, 7), dict.fromkeys(names, tables))
    assert table["run"].tolist() == names and table["place"].tolist() == list(range(8))
    row = table.iloc[0]
    assert (row["n_epochs"], row["val_loss"], row["n_parameters"]) == (3, 3.0, 7)
    errors = tables["reconstruction"].set_index(list(ERRORS_KEY))
    assert row["error_proton"] == errors.loc[("reconstruction_error", "proton", False), "mean"]
    assert row["error_proton_n"] == errors.loc[("reconstruction_error", "proton", False), "n"]
    assert row["auc_mahalanobis_kaon_low"] == errors.loc[("mahalanobis", "kaon", False), "auc_low"]
    probes = tables["probes"]
    chosen = probes[(probes["selection"] == "all") & (probes["kind"] == "all") & (probes["method"] == "mlp")]
    assert row["auc_mlp"] == chosen.iloc[0]["auc"]
    r2 = tables["regression"].set_index(["group", "category", "model"])["r2"]
    assert row["r2_charge_ridge"] == pytest.approx(r2.loc[("all", "charge", "ridge")].mean())
    assert row["r2_bragg_mlp_n"] == 10
    assert row["ari_mixture"] == 0.3 and row["ari_mixture_low"] == pytest.approx(0.2)
    assert "ari_gaussians" not in table  # it knows the labels


def test_results_are_told_from_settings_and_from_intervals(tables):
    run = RunConfig()
    table = tabulate_runs([run], {run_id(run): HISTORY}, {run_id(run): 1}, {run_id(run): tables})
    names = metric_names(table, [])
    assert set(names) <= set(metrics_of(["proton", "kaon"]))
    assert {"val_loss", "error_kaon", "auc_logistic", "ari_mixture"} <= set(names)
    assert not [name for name in names if name.endswith(("_low", "_high", "_n")) or name == "train.seed"]


def test_without_the_table_of_an_analysis_its_columns_are_missing(tables):
    run = RunConfig()
    few = {"probes": tables["probes"]}
    table = tabulate_runs([run], {run_id(run): HISTORY}, {run_id(run): 1}, {run_id(run): few})
    assert "auc_logistic" in table and not [name for name in table if name.startswith(("error", "r2", "ari"))]


def test_a_sweep_without_runs_is_refused():
    with pytest.raises(UserError, match="the sweep has no runs; give its file a grid, rows or seeds"):
        tabulate_runs([], {}, {}, {})


def test_tables_are_read_by_the_keys_that_they_are_written_with():
    assert TABLE_KEYS == {
        "reconstruction": ERRORS_KEY, "probes": PROBE_KEY, "regression": REGRESSION_KEY, "clustering": CLUSTERING_KEY,
    }  # fmt: skip


def test_the_files_that_are_named_are_those_that_are_read(tables, tmp_path):
    models, analysis = tmp_path / "models", tmp_path / "analysis"
    runs = expand_sweep(SweepConfig(seeds=(0, 1)), RunConfig(), source="s")
    names = [run_id(run) for run in runs]
    for name, run in zip(names, runs, strict=True):
        write_run(models / name / "config.yaml", run)
        write_table(models / name / "history.parquet", HISTORY, key=("epoch",))
        write_tensors(models / name / "model.safetensors", {"weight": np.zeros(3)})
        for table, found in tables.items():
            write_table(analysis / name / f"{table}.parquet", found, key=TABLE_KEYS[table])
    files = [file for of_kind in files_of_runs(models, analysis, names, list(tables)).values() for file in of_kind]
    assert sorted(files) == sorted(file for file in tmp_path.rglob("*.*") if file.suffix != ".safetensors")
    assert len(read_runs(models, analysis, names, list(tables))) == 2
    for file in files:
        content = file.read_bytes()
        file.unlink()
        with pytest.raises((UserError, OSError), match=file.name):
            read_runs(models, analysis, names, list(tables))
        file.write_bytes(content)


def test_the_papers_model_has_as_many_parameters_as_the_paper_says(tmp_path):
    save_file(BetaVAE(ModelConfig(), size=48).state_dict(), tmp_path / "model.safetensors")
    assert count_parameters(tmp_path / "model.safetensors") == 2_213_330
    (tmp_path / "broken.safetensors").write_bytes(np.zeros(4).tobytes())
    with pytest.raises(UserError, match="cannot be read as safetensors"):
        count_parameters(tmp_path / "broken.safetensors")
