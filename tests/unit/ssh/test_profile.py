"""The shipped profile, its hosts.yaml and the page that explains them say the same."""

from pathlib import Path

import pytest

from rootline.core.config import read_yaml
from rootline.ssh.environment import Environment, how_to_mend
from rootline.ssh.hosts import HostConfig, HostsConfig, read_hosts
from rootline.ssh.remote import connection_error

REPOSITORY = Path(__file__).resolve().parents[3]
PROFILE = REPOSITORY / "profiles" / "ssh-multigpu"
PAGE = (REPOSITORY / "docs" / "ssh.md").read_text()


def test_the_shipped_hosts_file_is_valid_and_states_the_defaults():
    given, hosts = read_yaml(PROFILE / "hosts.yaml"), read_hosts(PROFILE / "hosts.yaml")
    assert set(given) == set(HostsConfig.model_fields) and set(given["hosts"][0]) == set(HostConfig.model_fields)
    changed = hosts.model_dump(exclude_defaults=True)
    assert set(changed) == {"hosts"} and "jobs_per_gpu" not in changed["hosts"][0], changed


@pytest.mark.parametrize("section", [HostConfig, HostsConfig])
def test_the_page_names_every_key_of_a_host_with_its_default(section):
    for name, field in section.model_fields.items():
        if name == "hosts":
            continue
        default = "" if field.is_required() else "null" if field.default is None else str(field.default)
        assert any(f"| `{name}` | {shown} |".replace("|  |", "| |") in PAGE for shown in (default, f"`{default}`")), (
            name
        )


def test_the_page_says_what_each_key_of_the_profile_does():
    keys = read_yaml(PROFILE / "config.yaml")
    table = PAGE.partition("## What each line")[2].partition("##")[0]
    assert [key for key in keys if f"`{key}" not in table] == []


@pytest.mark.parametrize("file", ["config.yaml", "hosts.yaml"])
def test_every_line_of_the_profile_has_a_comment_above_it(file):
    above = ""
    for line in (PROFILE / file).read_text().splitlines():
        if file == "hosts.yaml" and line.startswith(("hosts:", "    path: /", "    python: /", "    gpus: [")):
            continue  # the heading, and the second host, whose lines are explained at the first
        assert line.lstrip().startswith("#") or above.lstrip().startswith("#"), line
        above = line


def test_the_page_quotes_the_usual_errors_word_for_word():
    key = connection_error("gpu2", "Host key verification failed.")
    login = connection_error("gpu2", "ana@gpu2: Permission denied (publickey).")
    here, there = Environment("3.11", {"numpy": "2.4.6"}), Environment("3.11", {"numpy": "1.0.0"})
    mend = how_to_mend("gpu2", "/home/ana/rootline/.venv/bin/python", here, there, {"numpy"})
    for text in (str(key), str(login), f"numpy 1.0.0 instead of 2.4.6; {mend}"):
        assert text in PAGE, text
