"""Pages of the report that are no figures."""

import numpy as np
import pandas as pd
from tests.unit.core.test_html import read
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents
from tests.unit.lartpc.test_summary import check, flow, history

from rootline.core.provenance import describe_run
from rootline.core.report_pages import MAX_ROWS, table_page
from rootline.lartpc.report import cutflow_page, failures_page, run_page


def words(text):
    return " ".join(read(text).words)


def failures(**changes):
    features = fake_features(fake_latents(protons=20, kaons=10)).fillna({"profile_kurtosis": 1.0})
    whole = pd.DataFrame({"auc": [0.7], "auc_low": [0.6], "auc_high": [0.8]})
    seen = {
        "checks": [check("a", 10, partners=10)], "cutflows": [flow("a", 9, 3, 2)], "features": features,
        "history": history([2.0, 1.0, 1.5], [True, True, False]), "epochs": 3,
        "tables": {"probes": whole},
    }  # fmt: skip
    return words(failures_page(**(seen | changes)))


def test_where_nothing_failed_the_page_says_none_of_everything():
    text = failures()
    for expected in (
        "Samples without reconstruction file: none.",
        "Samples without a single track: none.",
        "None: every feature is defined on every track.",
        "None: every loss is finite",
        "None: every number of every analysis is there.",
    ):
        assert expected in text


def test_what_failed_is_named():
    text = failures(
        checks=[check("a", 10)],
        cutflows=[flow("a", 9, 3, 0)],
        history=history([2.0, np.nan, 1.5], [True, False, True]),
        features=fake_features(fake_latents(protons=20, kaons=10)),
        tables={"probes": pd.DataFrame({"auc": [np.nan], "auc_low": [np.nan], "auc_high": [np.nan]})},
    )
    assert "Samples without reconstruction file: a." in text and "Samples without a single track: a." in text
    assert "profile_kurtosis" in text and "first in epoch 2" in text and "undefined rows" in text


def test_malformed_events_are_listed_with_file_and_reason_up_to_a_limit():
    assert "malformed events" not in failures()
    text = failures(checks=[check("a", 10), check("b", 10, bad=[4])])
    assert "The 1 malformed events; all are in check/<sample>.json." in text
    assert "b 1.root 4 1 0 4 7 values" in text
    text = failures(checks=[check("b", 10, bad=range(MAX_ROWS + 1))])
    assert f"The first {MAX_ROWS} of {MAX_ROWS + 1} malformed events" in text


def test_the_page_of_the_run_names_code_config_input_and_libraries(tmp_path):
    file = tmp_path / "some.root"
    file.write_bytes(b"x")
    origin = describe_run({"lartpc": {"train": {"epochs": 7}}}, {"some": file}, None, "cpu")
    origin["git"] = {"commit": "c" * 40, "clean": False, "note": None}
    model = {
        **origin,
        "config": {"run": "abcdef01"},
        "seed": 3,
        "git": {"commit": None, "clean": None, "note": "no git"},
    }
    given = {"lartpc": {"train": {"transform": "<none>"}}}
    text = run_page(provenance=origin, model=model, given=given, tables={}, latents=fake_latents(protons=5, kaons=3))
    for expected in (
        "c" * 40,
        "changed since that commit",
        "no git",
        "abcdef01",
        "transform: <none>",
        "epochs: 7",
        "numpy",
    ):
        assert expected in words(text), expected
    assert "some.root" in text and str(tmp_path) not in text  # never the folder on this machine
    assert "another commit" in text


def test_a_long_table_is_cut_and_says_where_the_whole_is():
    rows = pd.DataFrame({"x": np.arange(MAX_ROWS + 5), "roc": [[1.0]] * (MAX_ROWS + 5)})
    text = table_page("long_one", rows, path="analysis/long_one.parquet")
    assert (
        f"The first {MAX_ROWS} of {MAX_ROWS + 5} rows; all digits and roc are in analysis/long_one.parquet."
        in words(text)
    )
    assert sum(tag == "tr" for tag, _ in read(text).tags) == MAX_ROWS + 1


def test_names_of_the_user_cannot_become_markup():
    nasty = "<b>x"
    text = cutflow_page([flow(nasty, 9, 3, 2)], [check(nasty, 10)], fake_latents(protons=3, kaons=3))
    assert "b" not in {tag for tag, _ in read(text).tags}
