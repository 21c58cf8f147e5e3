"""The dated files of the benchmarks, the picture made from them, and the page that shows both."""

import re
from pathlib import Path

import pytest
from benchmarks.history import FORMS, PICTURE, described, read_history, stage_ratios
from benchmarks.plan import FULL, QUICK, is_wanted
from benchmarks.table import (
    RESULTS,
    Results,
    Row,
    cells,
    describe_machine,
    markdown,
    newest,
    read_results,
    write_results,
)
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[3]
PAGE = REPOSITORY / "docs" / "performance.md"

ROW = Row(
    stage="25 features", case="1000 events", n=700, unit="cluster", baseline_ms=4.0, ours_ms=0.5, ratio=8.0,
    floor_ms=0.1, floor_is="sort of the pixels", baseline_mb=10.0, ours_mb=20.0,
)  # fmt: skip


def results(date: str, **changes: object) -> Results:
    return Results({"date": date, "processor": "one"}, [ROW._replace(**changes)])


def test_a_file_of_results_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "2026-01-02-quick.tsv"
    written = Results(describe_machine(), [ROW, ROW._replace(floor_ms=None, floor_is="", baseline_ms=0.001235)])
    write_results(path, written)
    assert read_results(path) == written


def test_a_file_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "2026-01-02-quick.tsv"
    path.write_text("# date: 2026-01-02\nstage\tratio\nfeatures\t2\n")
    with pytest.raises(ValueError, match="columns stage, ratio, expected stage, case"):
        read_results(path)


def test_the_newest_file_of_a_form_is_found(tmp_path):
    assert newest("quick", tmp_path) is None
    for name in ("2026-02-01-quick", "2026-01-30-quick", "2026-03-01-full"):
        write_results(tmp_path / f"{name}.tsv", results(name[:10]))
    assert newest("quick", tmp_path).name == "2026-02-01-quick.tsv"


def test_the_machine_is_described_without_its_name():
    described = describe_machine()
    assert list(described) == ["date", "processor", "system", "libraries", "threads", "load"]


def test_the_history_has_the_mean_ratio_of_each_stage():
    several = results("2026-01-02")
    several.rows.append(ROW._replace(case="2000 events", ratio=2.0))
    assert stage_ratios([several, results("2026-01-03", ratio=9.0)]) == {
        "25 features": {"2026-01-02": pytest.approx(4.0), "2026-01-03": pytest.approx(9.0)}
    }


def test_a_row_without_floor_leaves_its_cells_empty():
    assert cells(ROW)[6:8] == ("0.1", "5.0")
    assert cells(ROW._replace(floor_ms=None))[6:8] == ("", "")


def test_the_full_form_goes_up_to_twenty_thousand_events():
    assert {FULL.n_varied, *FULL.sizes} == {200, 2_000, 20_000}
    assert max(QUICK.table_events) <= 2_000


def test_stages_are_chosen_by_words_of_their_names():
    assert is_wanted("images, area", [])
    assert is_wanted("images, area", ["features", "images"])
    assert not is_wanted("images, area", ["features"])


@pytest.mark.parametrize("form", FORMS)
def test_the_page_shows_the_newest_table(check_made, form):
    path = newest(form)
    text = markdown(read_results(path)) if path else f"Not measured yet: `make bench{' FULL=1' * (form == 'full')}`."
    check_made(PAGE, text, block=form)


def test_the_picture_is_made_from_the_newest_files():
    histories = {form: history for form in FORMS if (history := read_history(form))}
    with Image.open(PICTURE) as picture:
        assert picture.info["Description"] == described(histories), "`python -m benchmarks.history` draws it anew"


def test_the_page_says_something_about_every_stage():
    measured = {row.stage for path in RESULTS.glob("*.tsv") for row in read_results(path).rows}
    headings = re.findall(r"^### (.*)$", PAGE.read_text(), flags=re.MULTILINE)
    assert {stage for stage in measured if stage not in headings} == set()


def test_no_file_of_results_is_large():
    for path in RESULTS.iterdir():
        assert path.stat().st_size < 20_000, path.name
