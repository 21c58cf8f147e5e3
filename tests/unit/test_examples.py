"""The examples, run as they are, give what Rootline itself gives."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import uproot
from onnx import TensorProto, helper, save

from rootline.pid.columns import TREES
from rootline.pid.inputs import class_numbers, raw_inputs
from rootline.pid.onnx_models import OnnxModel
from rootline.pid.scores import species_scores
from rootline.pid.simulation.config import DomainConfig
from rootline.pid.simulation.samples import write_sample
from rootline.pid.tracks import CleaningConfig, clean, read_tracks
from rootline.pid.tree_export import export_trees
from rootline.pid.trees import TreeConfig, fit_trees

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "score_tracks.py"


def score(source, model, target):
    subprocess.run([sys.executable, EXAMPLE, source, model, target], check=True)
    with uproot.open(target) as file:
        return {
            int(name.removeprefix("DF_")): file[f"{name}/scores"].arrays(library="pd")
            for name in file.keys(recursive=False, cycle=False)
        }


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "mc.root"
    write_sample(path, DomainConfig(n_events=60), sample="mc", energy_gev=7000, frames=2, seed=0)
    return path


def test_every_track_of_a_file_gets_the_scores_that_rootline_gives_it(simulated, tmp_path):
    read = read_tracks(str(simulated), sample="mc")
    tracks = clean(read, CleaningConfig())
    inputs = raw_inputs(tracks)
    assert np.isnan(inputs).any()
    model = tmp_path / "model.onnx"
    export_trees(model, fit_trees(inputs, class_numbers(tracks), TreeConfig(n=10, max_depth=5)))
    frames = score(simulated, model, tmp_path / "scores.root")
    assert sum(map(len, frames.values())) == len(read)
    exported = OnnxModel(model)
    own = species_scores(tracks, exported, exported.outputs)
    table = pd.concat([scores.assign(frame=number) for number, scores in frames.items()])
    table = table.rename(columns={"fIndexTracks": "track"}).drop(columns=["electron", "muon"])
    joined = own.merge(table, on=["frame", "track"], how="left", validate="one_to_one", suffixes=("", "_found"))
    for name in ("pion", "kaon", "proton"):
        # equal but for the order in which the runtime adds the trees up
        np.testing.assert_allclose(joined[f"{name}_found"], joined[name], atol=1e-6, rtol=0)


def write_picking_model(path):
    """Write a model that gives back two inputs as they come: momentum and beta."""
    picked = helper.make_node("Gather", ["tracks", "places"], ["probabilities"], axis=1)
    places = helper.make_tensor("places", TensorProto.INT64, [2], [4, 3])
    shape = ("tracks", TensorProto.FLOAT, [None, 16]), ("probabilities", TensorProto.FLOAT, [None, 2])
    infos = [helper.make_tensor_value_info(*each) for each in shape]
    graph = helper.make_graph([picked], "picked", [infos[0]], [infos[1]], [places])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {"outputs": "kaon+,kaon-"})
    save(model, path)


def test_outputs_of_one_sign_are_columns_that_root_can_name_and_a_track_without_tpc_has_no_score(simulated, tmp_path):
    write_picking_model(tmp_path / "model.onnx")
    with uproot.open(simulated) as file:
        columns = file["DF_1/O2pidtracksmc"].arrays(library="np")
    columns["fTPCSignal"][0] = 0
    with uproot.recreate(tmp_path / "changed.root") as file:
        file["DF_7/O2pidtracksmc"] = columns
        file["DF_8/O2pidtracksmc"] = {name: values[:0] for name, values in columns.items()}
    frames = score(tmp_path / "changed.root", tmp_path / "model.onnx", tmp_path / "scores.root")
    assert set(frames[7].columns) == {"fIndexTracks", "kaon_plus", "kaon_minus"}
    assert frames[7].loc[0, ["kaon_plus", "kaon_minus"]].isna().all() and len(frames[8]) == 0
    rest = slice(1, None)
    np.testing.assert_array_equal(frames[7]["kaon_plus"][rest], columns["fP"][rest])
    missing = (columns["fBeta"] == -999) | (columns["fPt"] < 0.5)
    np.testing.assert_array_equal(frames[7]["kaon_minus"].isna()[rest], missing[rest])


@pytest.mark.parametrize("there", [TREES, TREES[::-1], TREES[2:], TREES[:0:-1]])
def test_of_several_trees_the_example_reads_the_one_that_rootline_reads(simulated, tmp_path, there):
    write_picking_model(tmp_path / "model.onnx")
    with uproot.open(simulated) as file:
        columns = file["DF_1/O2pidtracksmc"].arrays(library="np")
    columns["fTPCSignal"][:] = 50
    with uproot.recreate(tmp_path / "trees.root") as file:
        for tree in there:
            n = 2 + TREES.index(tree)
            file[f"DF_1/{tree}"] = {name: values[n : 2 * n] for name, values in columns.items()}
    read = read_tracks(str(tmp_path / "trees.root"), sample="data")
    found = score(tmp_path / "trees.root", tmp_path / "model.onnx", tmp_path / "scores.root")
    np.testing.assert_array_equal(found[1]["kaon_plus"], read["fP"])
