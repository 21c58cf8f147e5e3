"""What the rules put into the report: captions, categories, places, and a checked figure behind each."""

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
REPORT = REPOSITORY / "workflow" / "report" / "lartpc"
ORDER = yaml.safe_load((REPORT / "order.yaml").read_text())
TESTS = REPOSITORY / "tests" / "unit" / "lartpc" / "figures"
RESULTS = [
    (path.name, path.parent, body)
    for path in sorted((REPOSITORY / "workflow" / "rules").rglob("*.smk"))
    for body in re.findall(r"\breport\(\n(.*?)\n\s*\)(?=[,\n])", path.read_text(), flags=re.DOTALL)
]
DRAWN = sorted(
    {
        (module, name)
        for path in (REPOSITORY / "workflow" / "scripts" / "lartpc").glob("*.py")
        for module, names in re.findall(
            r"^from rootline\.lartpc\.figures\.(\w+) import (.*)$", path.read_text(), re.MULTILINE
        )
        for name in re.findall(r"draw_\w+", names)
    }
)


def value(body, name):
    found = re.search(rf'{name}=(?:in_order\()?"([^"]+)"', body)
    return found[1] if found else None


@pytest.mark.parametrize(("file", "folder", "body"), RESULTS, ids=[f"{r[0]}-{n}" for n, r in enumerate(RESULTS)])
def test_every_result_of_the_report_has_a_caption_a_category_and_a_place(file, folder, body):
    caption = folder / value(body, "caption")
    assert caption.resolve().is_file(), f"{file}: no caption {caption}"
    category = value(body, "category")
    assert category in ORDER, f"{file}: {category} is no category of order.yaml"
    if category != "8 Tables":  # whose results are named by the tables that there are
        assert value(body, "labels") in ORDER[category], (
            f"{file}: write labels=in_order(...), and name it in order.yaml"
        )


def test_the_order_names_nothing_that_is_not_there():
    placed = {value(body, "labels") for _, _, body in RESULTS}
    named = {name for category, names in ORDER.items() for name in names if category != "8 Tables"}
    assert named - placed == set()


def test_every_caption_is_used_and_says_what_to_watch_for():
    used = {value(body, "caption").rpartition("/")[2] for _, _, body in RESULTS}
    assert {path.name for path in REPORT.glob("*.rst")} == used
    tables = {"run.rst", "failures.rst", "table.rst", "workflow.rst"}
    for path in REPORT.glob("*.rst"):
        if path.name not in tables:
            assert "Watch for" in path.read_text(), f"{path.name} does not say what to watch for"


@pytest.mark.parametrize(("module", "name"), DRAWN)
def test_every_figure_is_drawn_by_a_test_that_sees_text_off_the_page_or_over_text(module, name):
    test = TESTS / f"test_{module}.py"
    assert test.is_file(), f"figures/{module}.py has no test_{module}.py"
    text = test.read_text()
    assert f"{name}(" in text, f"{test.name} does not call {name}"
    assert "complaints(" in text, f"{test.name} does not look for what a reader would object to"
