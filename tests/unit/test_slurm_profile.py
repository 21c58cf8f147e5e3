"""The profile for SLURM and the rules agree: who asks for a GPU, who asks for more each time, who shares a job."""

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = REPOSITORY / "profiles" / "slurm" / "config.yaml"
PROFILE = yaml.safe_load(FILE.read_text())
RULES = {
    name: body
    for file in sorted((REPOSITORY / "workflow" / "rules").rglob("*.smk"))
    for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    if "shell:" in body
}
LOCAL = {name for name, body in RULES.items() if "localrule: True" in body} | {"plan_pack"}


def test_the_rules_that_ask_for_a_gpu_have_a_partition_of_their_own():
    asking = {name for name, body in RULES.items() if re.search(r"^ +gpu=1,$", body, flags=re.MULTILINE)}
    assert asking == set(PROFILE["set-resources"])


@pytest.mark.parametrize("rule", sorted(set(RULES) - LOCAL))
def test_a_job_on_slurm_asks_for_more_memory_and_time_in_each_attempt(rule):
    for resource in ("mem_mb", "runtime"):
        (given,) = re.findall(
            rf"^ +{resource}=(.*?)(?=^        \w|^    \w)", RULES[rule], flags=re.MULTILINE | re.DOTALL
        )
        assert "attempt" in given, f"{rule}: {resource}={given}"


def test_every_rule_that_draws_shares_a_job_with_others():
    drawing = {name for name in RULES if name.startswith("plot_")} | {"display_event"}
    assert {name for name, group in PROFILE["groups"].items() if group == "figures"} == drawing
    assert set(PROFILE["groups"]) <= set(RULES)


def test_every_group_says_how_many_jobs_it_takes_together():
    sizes = dict(item.split("=") for item in PROFILE["group-components"])
    assert set(PROFILE["groups"].values()) | {"trainings"} == set(sizes)


def test_every_key_of_the_profile_is_explained():
    lines = FILE.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[a-z-]+:", line):
            above = lines[number - 1].strip()
            below = lines[number + 1].strip() if number + 1 < len(lines) else ""
            told = above.startswith("#") or below.startswith("#")
            assert told, f"{line} has no comment"
