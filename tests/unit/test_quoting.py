"""Every value that a rule puts into a shell line is quoted for that shell."""

import ast
import re
import string
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
RULES = sorted((REPOSITORY / "workflow" / "rules").rglob("*.smk"))
NUMBERS = {
    "threads": "a whole number, which Snakemake computes",
    "resources.checkpoint_minutes": "a number; Snakemake refuses any other resource of this name",
}
"""What needs no quotes, and why."""

IN_QUOTES = r'"\$(?:SCRIPTS|study)/[\w/]+(?:\.py)?"|(?:"\$\(dirname )+\{[\w.]+:q\}(?:\)(?:/models)?")+'
"""Variables and folders of a file, each within double quotes."""


def shell_lines(text):
    """Give the text of every `shell:` of a file of rules; each must be made of plain strings alone."""
    found = []
    for block in re.findall(r"^ +shell:\n((?: {8,}.*\n)+)", text, flags=re.MULTILINE):
        value = ast.literal_eval(f"({block})")
        assert isinstance(value, str), f"not one text: {block}"
        found.append(value)
    assert len(found) == len(re.findall(r"\bshell\b *:", text)), "a shell: that this test does not understand"
    return found


def unquoted(line):
    """Name the values of a shell line that are neither quoted by Snakemake nor numbers."""
    fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(line) if name is not None]
    return [name for name, spec in fields if spec != "q" and name not in NUMBERS]


@pytest.mark.parametrize("file", RULES, ids=[path.stem for path in RULES])
def test_every_value_of_a_shell_line_is_quoted(file):
    for line in shell_lines(file.read_text()):
        assert unquoted(line) == [], f"{file.name}: write :q after these names, as in {{input:q}}\n{line}"


@pytest.mark.parametrize("file", RULES, ids=[path.stem for path in RULES])
def test_variables_of_a_shell_line_stand_in_double_quotes(file):
    for line in shell_lines(file.read_text()):
        outside = re.sub(IN_QUOTES, "", line)
        assert "$" not in outside and "`" not in outside, f"{file.name}: {line}"


def test_the_rules_have_shell_lines_and_no_other_way_to_run_something():
    assert sum(len(shell_lines(file.read_text())) for file in RULES) > 50
    for file in [REPOSITORY / "Snakefile", *RULES]:
        assert not re.search(r"^ +(run|script|notebook|wrapper):", file.read_text(), flags=re.MULTILINE), file.name


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("python x.py {input.a:q} {params.b} {threads}", ["params.b"]),
        ("python x.py '{input}' {wildcards.run:q} >> {log} 2>&1", ["input", "log"]),
        ("python x.py {output[0]!r} {resources.name}", ["output[0]", "resources.name"]),
    ],
)
def test_this_test_sees_what_is_not_quoted(line, names):
    assert unquoted(line) == names
