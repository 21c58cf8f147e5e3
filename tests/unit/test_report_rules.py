"""What the rules put into the report: captions, categories, places, and a checked figure behind each."""

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
REPORT = REPOSITORY / "workflow" / "report"
STUDIES = sorted(path.parent.name for path in REPORT.glob("*/order.yaml"))
ORDER = {study: yaml.safe_load((REPORT / study / "order.yaml").read_text()) for study in STUDIES}
RULES = REPOSITORY / "workflow" / "rules"
RESULTS = [
    (path.relative_to(RULES).parts[0], path, body)
    for path in sorted(RULES.rglob("*.smk"))
    for body in re.findall(r"\breport\(\n(.*?)\n\s*\)(?=[,\n])", path.read_text(), flags=re.DOTALL)
]
DRAWN = sorted(
    {
        (study, module, name)
        for study in STUDIES
        for path in (REPOSITORY / "workflow" / "scripts" / study).glob("*.py")
        for module, names in re.findall(
            rf"^from rootline\.{study}\.figures\.(\w+) import (.*)$", path.read_text(), re.MULTILINE
        )
        for name in re.findall(r"draw_\w+", names)
    }
)


def value(body, name):
    found = re.search(rf'{name}=(?:in_order\()?"([^"]+)"', body)
    return found[1] if found else None


@pytest.mark.parametrize(
    ("study", "file", "body"), RESULTS, ids=[f"{study}-{path.name}-{n}" for n, (study, path, _) in enumerate(RESULTS)]
)
def test_every_result_of_the_report_has_a_caption_a_category_and_a_place(study, file, body):
    caption = (file.parent / value(body, "caption")).resolve()
    assert caption.is_file() and caption.parent.name == study, f"{file}: no caption {caption}"
    category = value(body, "category")
    assert category in ORDER[study], f"{file}: {category} is no category of order.yaml"
    if category != "8 Tables":  # whose results are named by the tables that there are
        assert value(body, "labels") in ORDER[study][category], (
            f"{file}: write labels=in_order(...), and name it in order.yaml"
        )


@pytest.mark.parametrize("study", STUDIES)
def test_the_order_names_nothing_that_is_not_there(study):
    placed = {value(body, "labels") for of, _, body in RESULTS if of == study}
    named = {name for category, names in ORDER[study].items() for name in names if category != "8 Tables"}
    assert named - placed == set()


@pytest.mark.parametrize("study", STUDIES)
def test_every_caption_is_used_and_says_what_to_watch_for(study):
    used = {value(body, "caption").rpartition("/")[2] for of, _, body in RESULTS if of == study} | {"workflow.rst"}
    assert {path.name for path in (REPORT / study).glob("*.rst")} == used
    tables = {"run.rst", "failures.rst", "table.rst", "workflow.rst"}
    for path in (REPORT / study).glob("*.rst"):
        if path.name not in tables:
            assert "Watch for" in path.read_text(), f"{path.name} does not say what to watch for"


@pytest.mark.parametrize(("study", "module", "name"), DRAWN)
def test_every_figure_is_drawn_by_a_test_that_sees_text_off_the_page_or_over_text(study, module, name):
    test = REPOSITORY / "tests" / "unit" / study / "figures" / f"test_{module}.py"
    assert test.is_file(), f"figures/{module}.py has no test_{module}.py"
    text = test.read_text()
    assert f"{name}(" in text, f"{test.name} does not call {name}"
    assert "complaints(" in text, f"{test.name} does not look for what a reader would object to"
