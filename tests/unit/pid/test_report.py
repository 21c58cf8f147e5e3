"""The page that says what was run."""

import pandas as pd
import pytest

from rootline.core.provenance import describe_run
from rootline.pid.report import run_page


def test_the_page_has_numbers_tracks_models_config_and_origin_and_escapes_names(tmp_path):
    root = tmp_path / "mc.root"
    root.write_bytes(b"some tracks")
    config = {"figures_model": "forest", "input": {"mc": None, "data": None}}
    origin = describe_run({"pid": config}, {"mc": root}, None, "cpu")
    models = pd.DataFrame(
        {
            "model": ["<b>forest"],
            "species": ["kaon"],
            "purity": [0.9123],
            "purity_low": [0.90],
            "purity_high": [0.92],
            "n_accepted": [812],
        }
    )
    check = {
        "sample": "mc",
        "frames": 4,
        "tracks": 1000,
        "kept": 990,
        "with_tof": 300,
        "with_trd": 250,
        "species": {"pion": 777},
    }
    text = run_page(
        provenance=origin,
        given={"pid": {"train": {"epochs": 3}}},
        checks=[check],
        models=models,
        parities={"<b>forest": {"difference": 1.2e-7, "n": 9000, "n_missing": 7000}},
        runs={"<b>forest": "01234567"},
    )
    for expected in (
        "&lt;b&gt;forest",
        "0.91",
        "812",
        "990",
        "777",
        "1.2e-07",
        "01234567",
        "epochs: 3",
        "simulated",
        "mc.root",
    ):
        assert expected in text, expected
    assert "<b>" not in text and str(tmp_path) not in text


@pytest.mark.parametrize("given", [{}, {"pid": {"input": {"mc": None, "data": None}}}])
@pytest.mark.parametrize("files", [None, ["mc.root"]])
def test_input_is_called_simulated_where_no_files_are_named_whatever_the_config_states(given, files):
    config = {"pid": {"input": {"mc": files, "data": files}}}
    page = run_page(
        provenance=describe_run(config, {}, None, "cpu"),
        given=given,
        checks=[],
        models=pd.DataFrame({"model": ["forest"]}),
        parities={},
        runs={},
    )
    assert ("They are simulated" in page) == (files is None)
