"""The report of a finished study, its figures, and the displays of events."""

import json
import re
import zlib

import pyarrow.parquet as pq
import pytest
from PIL import Image
from tests.unit.test_documents import RULES, STUDY_OF, outputs
from tests.unit.test_report_rules import ORDER

MAX_REPORT_BYTES = 15_000_000
OF_SWEEPS = ("sweeps/",)
FIGURES = sorted(
    (STUDY_OF[name], path)
    for name, body in RULES.items()
    for path in outputs(body)
    if path.endswith(".png") and not path.startswith(OF_SWEEPS)
)


def commands_of(pdf):
    """Give the drawing commands of a PDF."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf.read_bytes(), flags=re.DOTALL)
    parts = []
    for stream in streams:
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            parts.append(stream)
    return parts


@pytest.mark.slow
@pytest.mark.parametrize(("study", "pattern"), FIGURES)
def test_every_figure_is_a_png_and_a_pdf_with_letters_and_lines(study, pattern, request):
    finished = request.getfixturevalue({"lartpc": "finished", "pid": "finished_pid"}[study])
    found = sorted((finished.folder / "results" / study).glob(re.sub(r"\{\w+\}", "*", pattern)))
    assert found, f"the finished study has no {pattern}"
    for png in found:
        with Image.open(png) as image:
            assert min(image.size) > 100
        pages = [
            part for part in commands_of(png.with_suffix(".pdf")) if re.search(rb"\bBT\b.*\bET\b", part, re.DOTALL)
        ]
        assert any(re.search(rb"\]\s*TJ|\)\s*Tj", page) for page in pages), f"{png.stem}: its PDF has no text"
        assert b"/FontFile2" in png.with_suffix(".pdf").read_bytes(), f"{png.stem}: its letters are no TrueType"


def test_no_job_of_a_finished_study_wrote_a_warning(finished):
    assert finished.warnings() == []


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory):
    """The report as text, and its results by path."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    outcome = finished.snakemake("lartpc", "--report", str(path))
    assert outcome.returncode == 0, outcome.text
    text = path.read_text(encoding="utf-8")
    results = json.loads(re.search(r"var results = (\{.*?\});?\s*</script>", text, flags=re.DOTALL)[1])
    categories = json.loads(re.search(r"var categories = (\{.*?\});?\s*</script>", text, flags=re.DOTALL)[1])
    return path, text, results, categories


def test_the_report_is_one_small_page_without_a_path_of_this_machine(finished, report):
    path, text, _, _ = report
    assert path.stat().st_size < MAX_REPORT_BYTES
    assert str(finished.folder) not in text and str(path.parent) not in text
    assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', text)


def test_the_report_leads_through_the_categories_in_the_order_of_reading(report):
    _, _, results, categories = report
    assert set(categories) <= set(ORDER["lartpc"])
    assert {"0 Overview", "1 Input", "2 Model", "3 Latent space", "8 Tables"} <= set(categories)
    overview = sorted(results[path]["labels"]["result"] for path in categories["0 Overview"]["Other"])
    assert [label[3:] for label in overview] == ORDER["lartpc"]["0 Overview"]
    for path, result in results.items():
        assert "Watch for" in result["caption"] or result["mime_type"] == "text/html", f"{path} has no caption"


def test_the_report_holds_every_figure_of_the_study(finished, report):
    _, _, results, _ = report
    shown = {path.rpartition("lartpc/")[2] for path in results}
    drawn = {path.relative_to(finished.results).as_posix() for path in finished.results.rglob("*.png")}
    assert drawn <= shown


def test_the_pages_of_the_report_say_what_was_run_and_counted(finished):
    pages = {path.stem: path.read_text() for path in (finished.results / "report").glob("*.html")}
    assert set(pages) == {"run", "cutflow", "failures"}
    assert "epochs: 2" in pages["run"] and "protons.root" in pages["run"]
    flow = json.loads((finished.results / "tracks" / "protons.cutflow.json").read_text())
    for step in flow["steps"]:
        assert re.search(rf"<td class=\"number\">{step['count']}\b", pages["cutflow"]), step
    assert "malformed" in pages["failures"]
    tables = {path.stem for path in (finished.results / "report" / "tables").glob("*.html")}
    assert {"probes", "reconstruction"} <= tables


def test_an_event_is_displayed_by_its_key_from_the_config_the_command_line_or_as_a_file(study):
    events = pq.read_table(next(study.results.glob("check/kaons/*.events.parquet"))).to_pylist()
    key = {name: events[3][name] for name in ("run", "subrun", "event")}
    name = "-".join(map(str, key.values()))
    words = ", ".join(f"{column}: {number}" for column, number in key.items())
    outcome = study.snakemake("--config", f"lartpc={{event: {{{words}}}}}", "--", "lartpc_event")
    assert outcome.returncode == 0, outcome.text
    assert outcome.ran == {"display_event"}
    display = study.results / "events" / f"{name}.png"
    first = display.read_bytes()
    display.unlink()
    study.change("lartpc.event", [{"sample": "kaons", **key}])
    outcome = study.snakemake("--", "lartpc_event", f"results/lartpc/events/{name}.png")
    assert outcome.returncode == 0, outcome.text
    assert outcome.jobs == {"display_event": 2}
    assert (study.results / "events" / f"kaons-{name}.png").is_file() and display.read_bytes() == first


def test_an_event_that_does_not_exist_is_answered_with_its_neighbours(study):
    outcome = study.snakemake("--", "results/lartpc/events/6000-0-999999.png")
    assert outcome.returncode != 0
    assert "no event run 6000 subrun 0 event 999999 in samples" in outcome.text
    assert "the nearest of run 6000 are protons-6000-0-" in outcome.text
    outcome = study.snakemake("--dry-run", "lartpc_event")
    assert outcome.returncode != 0 and "lartpc.event in the config: run, subrun and event" in outcome.text
