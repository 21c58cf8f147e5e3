"""Exported models give what their libraries give, and a difference stops."""

import numpy as np
import onnx
import pytest
import torch
from tests.unit.pid.table_fakes import fake_tracks, with_parts

from rootline.core.errors import UserError
from rootline.pid.inputs import class_numbers, fit_scaling, raw_inputs
from rootline.pid.network_config import NetworkConfig
from rootline.pid.network_export import MeasuredNetwork, export_network
from rootline.pid.network_training import build_network
from rootline.pid.onnx_models import OnnxModel, check_parity
from rootline.pid.scores import library_scores
from rootline.pid.tree_export import export_trees
from rootline.pid.trees import TreeConfig, fit_trees, learnt_probabilities

TABLE = with_parts(fake_tracks(600))
INPUTS = raw_inputs(TABLE)


@pytest.mark.parametrize("kind", ["forest", "adaboost", "boosting"])
def test_exported_trees_give_the_probabilities_of_scikit_learn_though_detectors_are_missing(kind, tmp_path):
    estimator = fit_trees(INPUTS, class_numbers(TABLE), TreeConfig(n=10, max_depth=5), kind=kind)
    export_trees(tmp_path / "model.onnx", estimator)
    own = library_scores(TABLE, lambda inputs: learnt_probabilities(estimator, inputs), 10_000)
    model = OnnxModel(tmp_path / "model.onnx")
    found = check_parity(model, own, TABLE, tolerance=1e-5, name="model.onnx")
    assert found.difference < 1e-5
    assert found.n == (TABLE["part"] == "test").sum() and 0 < found.n_missing < found.n
    assert model.outputs == ("pion", "kaon", "proton", "electron", "muon")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("mlp", {}),
        ("ensemble", {}),
        ("attention", {}),
        ("mapper", {"adversary": True, "domain": "data"}),
    ],
)
def test_exported_networks_give_the_probabilities_of_torch_for_any_number_of_tracks(kind, options, tmp_path):
    torch.manual_seed(4)
    network, scaling = build_network(kind, NetworkConfig(**options)), fit_scaling(INPUTS)
    export_network(tmp_path / "model.onnx", network, scaling)
    model = OnnxModel(tmp_path / "model.onnx")
    for n in (0, 1, 5, len(INPUTS)):
        expected = MeasuredNetwork(network, scaling).score(INPUTS[:n]) if n else np.zeros((0, 6), np.float32)
        np.testing.assert_allclose(model(INPUTS[:n]), expected, atol=1e-5)
    assert model.outputs[:2] == ("pion+", "pion-")


def test_the_same_model_is_exported_to_the_same_bytes(tmp_path):
    estimator = fit_trees(INPUTS, class_numbers(TABLE), TreeConfig(n=3, max_depth=3))
    torch.manual_seed(4)
    network = build_network("mlp", NetworkConfig())
    for name in ("a", "b"):
        export_trees(tmp_path / f"{name}.trees", estimator)
        export_network(tmp_path / f"{name}.network", network, fit_scaling(INPUTS))
    for kind in ("trees", "network"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
        assert b".py" not in (tmp_path / f"a.{kind}").read_bytes(), (
            "the place of a source file, which is another elsewhere"
        )


def test_a_model_that_gives_other_probabilities_is_refused():
    own = library_scores(TABLE, lambda inputs: inputs[:, 4:6], 20)
    with pytest.raises(
        UserError, match=r"m\.onnx: .* differs from its library by 0\.001 .*of 20 tracks; allowed is 1e-05"
    ):
        check_parity(lambda inputs: inputs[:, 4:6] + np.float32(1e-3), own, TABLE, tolerance=1e-5, name="m.onnx")
    with pytest.raises(UserError, match="differs from its library by nan"):
        check_parity(lambda inputs: inputs[:, 4:6] * np.nan, own, TABLE, tolerance=1e-5, name="m.onnx")
    with pytest.raises(
        UserError, match=r"m\.onnx: gives 3 probabilities of a track where its library gave 2; .*delete it"
    ):
        check_parity(lambda inputs: inputs[:, 4:7], own, TABLE, tolerance=1e-5, name="m.onnx")
    with pytest.raises(UserError, match="not in the table of tracks"):
        check_parity(lambda inputs: inputs[:, 4:6], own, TABLE.iloc[:3], tolerance=1e-5, name="m.onnx")


def test_a_model_of_another_program_does_not_say_its_outputs(tmp_path):
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "other", [value], [out])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    (tmp_path / "other.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match="does not say what its outputs are"):
        OnnxModel(tmp_path / "other.onnx")


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x09" * 40])
def test_what_is_no_model_is_named_with_the_remedy(content, tmp_path):
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(
        UserError, match=r"model\.onnx: cannot be read as an ONNX model .*; remove the file and give the same"
    ):
        OnnxModel(tmp_path / "model.onnx")
