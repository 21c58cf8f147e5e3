import pandas as pd
import pytest
from matplotlib.figure import Figure

from rootline.core.counted import check_cells, check_counted, check_texts, is_count
from rootline.core.figures import save_figure
from rootline.core.html import table
from rootline.core.readable import readable
from rootline.core.tables import TRACK_KEY, write_table

WITH_ENDS = {"name": ["a", "b"], "auc": [0.9, 0.8], "auc_low": [0.8, 0.7], "auc_high": [1.0, 0.9]}
GENERAL = {"name": ["a", "b"], "value": [1.0, 2.0], "low": [0.5, 1.5], "high": [1.5, 2.5]}


@pytest.mark.parametrize("numbers", [WITH_ENDS, GENERAL, {"name": ["a", "b"], "r2": [0.1, 0.2]}])
@pytest.mark.parametrize("write", ["file", "page"])
def test_no_table_with_a_number_is_written_without_its_n(tmp_path, numbers, write):
    def put(frame):
        return readable(frame) if write == "page" else write_table(tmp_path / "x.parquet", frame, key=["name"])

    with pytest.raises(ValueError, match="without a column n or n_...; a number is never quoted without how many"):
        put(pd.DataFrame(numbers))
    with pytest.raises(ValueError, match="row 1 has .* but no n; a number is never quoted"):
        put(pd.DataFrame(numbers).assign(n=pd.array([5, None], dtype="Int64")))
    put(pd.DataFrame(numbers).assign(n=[5, 6]))
    put(pd.DataFrame(numbers).assign(n_negative=[5, 6], n_undefined=0))
    assert write == "page" or (tmp_path / "x.parquet").is_file()


def test_a_number_that_could_not_be_computed_needs_no_n():
    check_counted(pd.DataFrame(GENERAL | {"value": [1.0, None], "n": [3, None]}), name="x")


def test_what_was_left_out_is_no_n():
    assert is_count("n") and is_count("n_positive") and is_count("score_n")
    assert not any(map(is_count, ("n_undefined", "n_parameters", "name", "null_low")))
    with pytest.raises(ValueError, match="without a column n"):
        check_counted(pd.DataFrame(WITH_ENDS | {"n_undefined": [0, 1]}), name="x")


def test_a_row_of_one_track_counts_as_one(tmp_path):
    row = dict.fromkeys(TRACK_KEY, 1) | {"sample": "a", "value": 1.0, "low": 0.0, "high": 2.0}
    write_table(tmp_path / "x.parquet", pd.DataFrame([row]), key=TRACK_KEY)


def test_a_written_table_has_a_column_n_or_the_count_in_its_cells():
    cells = {"score": ["AUC"], "value": ["0.93 [0.91, 0.95]"]}
    with pytest.raises(ValueError, match=r"differences: '0.93 \[0.91, 0.95\]' without a column n"):
        table(cells, caption="differences")
    table({**cells, "n": ["12 + 7"]})
    check_cells(["step", "protons"], [("height", "123 (45 [40, 50] %)")], name="cut flow")


def test_no_figure_is_written_that_says_an_interval_but_not_of_how_many(tmp_path):
    figure = Figure()
    panels = figure.subplots(1, 2)
    panels[0].plot([0, 1], label="chi2: AUC 0.93 [0.91, 0.95]")
    panels[0].legend()
    panels[1].set_title("n = 12")
    with pytest.raises(ValueError, match=r"the figure says 'chi2: AUC 0.93 \[0.91, 0.95\]', but no text of this panel"):
        save_figure(figure, title="x", png=tmp_path / "x.png")
    assert not list(tmp_path.iterdir())
    panels[0].set_title("12 + 7 tracks")
    save_figure(figure, title="x", png=tmp_path / "x.png")


@pytest.mark.parametrize("text", ["-0.1 [-0.2, 0.0]", "12.3 [10, 15] %", "1e-3 [5e-4, 2e-3]"])
def test_intervals_are_seen_however_they_are_written(text):
    with pytest.raises(ValueError, match="but no text of this panel says n"):
        check_texts([text, "p [MeV/c]", "nothing"])
    check_texts([text, "protons, n = 5"])
    check_texts(["mass [MeV/c2]", "[a, b]"])
