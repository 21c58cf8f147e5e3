"""What the documents and the shipped configs say is what the code does."""

import ast
import re
from pathlib import Path

import pyarrow as pa
import pytest

from rootline.config import config_class, read_config
from rootline.core.config import dotted_keys, parse_config, read_yaml
from rootline.core.runs import run_id
from rootline.core.schema import default_yaml, json_schema, markdown_table
from rootline.core.sweeps import SweepConfig, expand_sweep
from rootline.lartpc.analyses.beam_mass import BINS_COLUMNS, MASS_COLUMNS
from rootline.lartpc.analyses.closure import CLOSURE_COLUMNS, TRUTH_COLUMNS
from rootline.lartpc.analyses.clustering import CLUSTERING_COLUMNS, SCAN_COLUMNS
from rootline.lartpc.analyses.contamination import CONTAMINATION_COLUMNS
from rootline.lartpc.analyses.image_classifier import CLASSIFIED_COLUMNS
from rootline.lartpc.analyses.information import INFORMATION_COLUMNS
from rootline.lartpc.analyses.likeness import LIKENESS_COLUMNS
from rootline.lartpc.analyses.likeness import SCORE_COLUMNS as LIKENESS_SCORE_COLUMNS
from rootline.lartpc.analyses.pareto import PARETO_COLUMNS
from rootline.lartpc.analyses.parts import PARTS_COLUMNS, POWER_COLUMNS
from rootline.lartpc.analyses.pid import COMPARISON_COLUMNS, ROC_COLUMNS, pid_columns
from rootline.lartpc.analyses.pid_scores import PID_SCORE_COLUMNS
from rootline.lartpc.analyses.probe import PROBE_COLUMNS, SCORE_COLUMNS
from rootline.lartpc.analyses.regression import IMPORTANCE_COLUMNS, REGRESSION_COLUMNS
from rootline.lartpc.analyses.separation import SEPARATION_COLUMNS
from rootline.lartpc.analyses.settings.pid import PidConfig
from rootline.lartpc.analyses.sweep_runs import tabulate_runs
from rootline.lartpc.analyses.sweep_summary import EFFECTS_COLUMNS, summarise_points
from rootline.lartpc.candidates import CHOICE_COLUMNS
from rootline.lartpc.check import EVENTS_SCHEMA
from rootline.lartpc.clusters import CLUSTER_SCHEMA, PIXEL_SCHEMA
from rootline.lartpc.detector import PLANES
from rootline.lartpc.features import FEATURES
from rootline.lartpc.packing import PACK_COLUMNS
from rootline.lartpc.reference import NUMBERS_COLUMNS
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.tracks import TRACK_SCHEMA
from rootline.studies import study_names

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = REPOSITORY / "config"
DOCS = REPOSITORY / "docs"
DOCUMENTS = sorted(
    [
        *REPOSITORY.glob("*.md"),
        *(path for folder in ("config", "docs", "envs") for path in (REPOSITORY / folder).glob("**/*.md")),
    ]
)
STUDY_OF = {
    name: path.relative_to(REPOSITORY / "workflow" / "rules").parts[0]
    for path in sorted((REPOSITORY / "workflow" / "rules").glob("*/**/*.smk"))
    for name in re.findall(r"^rule (\w+):\n", path.read_text(), flags=re.MULTILINE)
}
RULES = {
    name: body
    for path in [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "workflow" / "rules").rglob("*.smk"))]
    for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text(), flags=re.MULTILINE | re.DOTALL)
}


def relative(path):
    return str(path.relative_to(REPOSITORY))


def outputs(body):
    """Give what a rule writes, below the folder of its study's results."""
    section = re.search(r"^    output:\n(.*?)(?=^    \w+:)", body, flags=re.MULTILINE | re.DOTALL)
    if section is None:
        return []
    found = re.findall(r'(LARTPC|PID|SIMULATED|CURVES) [+/] "/?([^"]+)"', section[1])
    below = {"LARTPC": "", "PID": "", "SIMULATED": "input/", "CURVES": "input/curves/"}
    return [below[folder] + path for folder, path in found]


def words(path):
    """Give what a document sets in backticks, outside of code blocks."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", text))


def words_of(page, rule):
    """Give the words of a page of the project, and of the page of that name of the rule's study."""
    own = DOCS / STUDY_OF.get(rule, "") / page
    return (words(DOCS / page) if (DOCS / page).is_file() else set()) | (words(own) if own.is_file() else set())


@pytest.mark.parametrize(
    ("name", "make", "block"),
    [
        ("schema.json", json_schema, None),
        ("defaults.yaml", default_yaml, None),
        ("README.md", markdown_table, "keys"),
    ],
)
def test_what_describes_the_config_is_made_from_its_classes(check_made, name, make, block):
    check_made(CONFIG / name, make(config_class()), block=block)


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=relative)
def test_every_shipped_config_is_valid_and_has_its_schema_for_editors(path):
    assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")
    read_config(read_yaml(path), source=relative(path))


@pytest.mark.parametrize("path", sorted(CONFIG.glob("sweeps/*.yaml")), ids=relative)
def test_every_shipped_sweep_expands(path):
    sweep = parse_config(read_yaml(path), SweepConfig, source=relative(path))
    runs = expand_sweep(sweep, RunConfig(), source=relative(path))
    assert len(runs) > 1
    assert len(set(map(repr, runs))) == len(runs)


def test_the_default_config_states_only_what_differs():
    given = read_yaml(CONFIG / "config.yaml")["lartpc"]
    defaults = read_config({}, source="nothing").lartpc.model_dump(mode="json")
    for section, values in given.items():
        if not isinstance(values, dict):
            assert defaults[section] != values, f"{section} is the default; leave it out"
            continue
        for key, value in values.items():
            assert defaults[section][key] != value, f"{section}.{key} is the default; leave it out"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_architecture_names_every_rule_and_target(rule):
    assert rule in words_of("architecture.md", rule) | words_of("README.md", rule)


def test_the_readme_names_the_target_of_every_stage():
    text = "".join(path.read_text() for path in [REPOSITORY / "README.md", *DOCS.glob("*/README.md")])
    targets = [rule for rule in RULES if rule.startswith(tuple(f"{study}_" for study in study_names()))]
    assert len(targets) >= 10
    assert [target for target in targets if target not in text] == []


@pytest.mark.parametrize("rule", sorted(rule for rule, body in RULES.items() if "    shell:" in body))
def test_the_file_formats_name_every_output_of_every_rule(rule):
    made = outputs(RULES[rule])
    assert made, f"no output of {rule} was found; does it begin with LARTPC, PID, SIMULATED or CURVES?"
    assert set(made) - words_of("file-formats.md", rule) == set()


def sweep_columns():
    """Give the columns of a sweep's summary that no key or analysis names."""
    runs = [RunConfig(), RunConfig.model_validate({"train": {"seed": 1}})]
    history = pa.table({"kept": [True], "val_loss": [1.0]}).to_pandas()
    names = [run_id(run) for run in runs]
    found = tabulate_runs(runs, dict.fromkeys(names, history), dict.fromkeys(names, 1), {name: {} for name in names})
    return [*found.columns, *summarise_points(found, []).columns]


COLUMNS = {
    "events": EVENTS_SCHEMA.names,
    "clusters": CLUSTER_SCHEMA.names,
    "pixels": PIXEL_SCHEMA.names,
    "tracks": TRACK_SCHEMA.names,
    "features": FEATURES,
    "truth": TRUTH_COLUMNS,
    "reference": CHOICE_COLUMNS,
    "numbers of reference": NUMBERS_COLUMNS,
    "probes": PROBE_COLUMNS,
    "scores": SCORE_COLUMNS,
    "regression": REGRESSION_COLUMNS,
    "importance": IMPORTANCE_COLUMNS,
    "information": INFORMATION_COLUMNS,
    "separation": SEPARATION_COLUMNS,
    "clustering": CLUSTERING_COLUMNS,
    "scan of clusterings": SCAN_COLUMNS,
    "classifier": CLASSIFIED_COLUMNS,
    "pid": pid_columns(PidConfig()),
    "roc of pid": ROC_COLUMNS,
    "comparisons of pid": COMPARISON_COLUMNS,
    "scores of pid": PID_SCORE_COLUMNS,
    "contamination": CONTAMINATION_COLUMNS,
    "proton scores": LIKENESS_SCORE_COLUMNS,
    "likeness": LIKENESS_COLUMNS,
    "beam mass": MASS_COLUMNS,
    "bins of mass": BINS_COLUMNS,
    "parts": PARTS_COLUMNS,
    "power of parts": POWER_COLUMNS,
    "closure": CLOSURE_COLUMNS,
    "sweep": sweep_columns(),
    "effects": EFFECTS_COLUMNS,
    "pareto": PARETO_COLUMNS,
    "pack": PACK_COLUMNS,
}


@pytest.mark.parametrize("columns", COLUMNS.values(), ids=COLUMNS)
def test_the_file_formats_name_every_column(columns):
    described = words(DOCS / "file-formats.md")
    described |= {word.replace("<plane>", plane) for word in described for plane in PLANES}
    with_interval = [word.removesuffix(" ±") for word in described if word.endswith(" ±")]
    described |= {f"{name}{end}" for name in with_interval for end in ("", "_low", "_high")}
    assert set(columns) - described == set()


def test_a_document_names_every_make_task():
    text = "".join((REPOSITORY / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))
    tasks = re.findall(r"^([a-z]+):.*## ", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)
    assert len(tasks) > 5
    assert [task for task in tasks if f"make {task}" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_link_leads_to_a_file(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), f"{target} does not exist"
        if heading:
            titles = re.findall(r"^#+ (.*)$", linked.read_text(), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, f"{target}: {linked.name} has no such heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_file_of_the_repository_that_a_document_names_exists(path):
    folders = ("benchmarks", "config", "docs", "envs", "profiles", "src", "tests", "workflow")
    for word in words(path):
        if word.startswith(tuple(f"{folder}/" for folder in folders)) and re.fullmatch(r"[\w./*-]+", word):
            assert any(REPOSITORY.glob(word.rstrip("/"))), f"{word} does not exist"


@pytest.mark.parametrize("path", [*DOCUMENTS, *sorted(CONFIG.glob("*.yaml"))], ids=relative)
def test_no_command_lets_configfile_swallow_the_target(path):
    for files in re.findall(r"--configfile ([^`\n]*)", path.read_text()):
        assert all(word.endswith(".yaml") for word in files.split()), f"{files} is not a list of config files"


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_no_document_has_a_placeholder_in_the_place_of_a_paragraph(path):
    """A word of capitals alone on a line, as one writes where a number is still to come."""
    assert re.findall(r"^[ \t]*([A-Z_]{2,})[ \t]*$", path.read_text(), flags=re.MULTILINE) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_the_run_of_the_examples_is_that_of_the_default_config(path):
    default = read_config(read_yaml(CONFIG / "config.yaml"), source="config.yaml").lartpc
    run = RunConfig(images=default.images, split=default.split, model=default.model, train=default.train)
    named = re.findall(r"(?:figures|models|latents|analysis)/([0-9a-f]{8})\b", path.read_text())
    assert set(named) <= {run_id(run)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_config_key_that_a_document_names_exists(path):
    known = set(dotted_keys(config_class()))
    examples = {"<role>": "train", "<plane>": "collection", "<hypothesis>": "kaon", "<sample>": "protons"}
    for word in words(path):
        if re.fullmatch(rf"({'|'.join(study_names())})(\.[a-z_<>]+)+", word) and not word.endswith(".html"):
            key = word
            for placeholder, example in examples.items():
                key = key.replace(placeholder, example)
            assert key in known, f"{word} is not a config key"


def test_the_answers_are_to_errors_that_exist():
    texts = set()
    for path in (REPOSITORY / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
                texts.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    ours = (DOCS / "faq.md").read_text().partition("\n## Snakemake\n")[0]
    asked = re.findall(r"^### `(.+)`$", ours, flags=re.MULTILINE)
    assert len(asked) > 20
    assert [question for question in asked if not any(question in text for text in texts)] == []
