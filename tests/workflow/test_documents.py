"""The diagrams in the documents are those that Snakemake draws of the rules."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LABEL_WIDTH = 44
"""Letters in a line of a box."""


STUDIES = {
    "lartpc": [REPOSITORY / "config" / "config.yaml", "all", "lartpc_sweep_resampling", "lartpc_pack_resampling"],
    "pid": [REPOSITORY / "config" / "pid.yaml", "all", "pid_sweep_forest"],
}
"""The config of each study, and the targets that need all of its rules."""


def is_target(rule):
    """Say whether a rule makes nothing but asks for what others make."""
    return rule == "all" or re.match(rf"({'|'.join(STUDIES)})(_|$)", rule) is not None


@pytest.fixture(scope="module", params=STUDIES)
def study(request):
    return request.param


@pytest.fixture(scope="module")
def rule_graph(study, tmp_path_factory):
    """Rules that make something for others, and who needs whom, as pairs (maker, user)."""
    config, *targets = map(str, STUDIES[study])
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "mermaid-js", "--cores", "1"]
    command += ["--snakefile", str(REPOSITORY / "Snakefile"), "--configfile", config, "--", *targets]
    drawn = subprocess.run(command, cwd=tmp_path_factory.mktemp("empty"), capture_output=True, text=True, check=False)
    assert drawn.returncode == 0, drawn.stderr
    names = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]$", drawn.stdout, flags=re.MULTILINE))
    arrows = re.findall(r"^\s*(id\d+) --> (id\d+)$", drawn.stdout, flags=re.MULTILINE)
    assert len(names) > 20
    assert len(arrows) > len(names)
    return {(names[maker], names[user]) for maker, user in arrows if not is_target(names[user])}


@pytest.fixture(scope="module")
def stages(study):
    """Each stage with its rules, both in the order written."""
    rules_of = REPOSITORY / "workflow" / "rules" / study
    text = (rules_of / "study.smk").read_text()
    found = {}
    for file in re.findall(r'^include: "([\w/]+)\.smk"$', text, re.MULTILINE):
        rules = (rules_of / f"{file}.smk").read_text()
        stage = file.partition("/")[0]  # the analyses are one stage in several files
        names = re.findall(r"^rule (\w+):\n", rules, flags=re.MULTILINE)
        found.setdefault(stage, []).extend(name for name in names if not is_target(name))
    return {stage: names for stage, names in found.items() if names}


def without_detours(arrows):
    """Leave out each arrow that a longer way says as well."""
    users_of = {}
    for maker, user in arrows:
        users_of.setdefault(maker, set()).add(user)

    def reached_from(rule):
        users = users_of.get(rule, set())
        return users.union(*map(reached_from, users))

    return [
        (maker, user)
        for maker, user in arrows
        if not any(user in reached_from(other) for other in users_of[maker] - {user})
    ]


def test_only_arrows_that_a_longer_way_says_are_left_out():
    arrows = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("c", "d"), ("a", "e")]
    assert without_detours(arrows) == [("a", "b"), ("b", "c"), ("c", "d"), ("a", "e")]


def mermaid(lines):
    return "\n".join(["```mermaid", "flowchart TB", *(f"    {line}" for line in lines), "```"])


def page_of(study, page):
    """Give the page where a study has its diagrams; of the first one, what belongs to the project's own pages."""
    return REPOSITORY / page if study == "lartpc" else REPOSITORY / "docs" / study / "README.md"


def test_the_readme_has_the_stages_as_they_are(check_made, study, rule_graph, stages):
    stage_of = {rule: stage for stage, rules in stages.items() for rule in rules}
    order = list(stages)
    arrows = {(stage_of[maker], stage_of[user]) for maker, user in rule_graph}
    arrows = sorted(
        (arrow for arrow in arrows if arrow[0] != arrow[1]), key=lambda arrow: list(map(order.index, arrow))
    )
    lines = []
    for stage, rules in stages.items():
        label = "<br>".join([f"<b>{stage}</b>", *textwrap.wrap(", ".join(rules), LABEL_WIDTH)])
        lines.append(f'{stage}["{label}"]')
    lines += [f"{maker} --> {user}" for maker, user in without_detours(arrows)]
    check_made(page_of(study, "README.md"), mermaid(lines), block="rulegraph")


def test_the_architecture_has_the_rules_as_they_are(check_made, study, rule_graph, stages):
    order = [rule for rules in stages.values() for rule in rules]
    arrows = sorted(rule_graph, key=lambda arrow: list(map(order.index, arrow)))
    lines = []
    for stage, rules in stages.items():
        lines += [f"subgraph {stage}", *(f"    {rule}" for rule in rules), "end"]
    lines += [f"{maker} --> {user}" for maker, user in without_detours(arrows)]
    check_made(page_of(study, "docs/architecture.md"), mermaid(lines), block="rules")


def test_every_rule_that_works_is_in_the_diagram(rule_graph, stages):
    drawn = {rule for arrow in rule_graph for rule in arrow}
    alone = {"write_runs", "list_runs"} & {
        rule for rules in stages.values() for rule in rules
    }  # it writes what the config says and needs no file
    assert {rule for rules in stages.values() for rule in rules} - drawn == alone
