"""YAML for config files: what is read, and what is too deep, too long or given twice."""

import pytest
import yaml

from rootline.core import yaml_text
from rootline.core.yaml_text import MAX_DEPTH, load_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing\n", None),
        ("a: [1, 2.5, yes, text]\n", {"a": [1, 2.5, True, "text"]}),
        ("base: &base {x: 1}\nother:\n  <<: *base\n  y: 2\n", {"base": {"x": 1}, "other": {"x": 1, "y": 2}}),
        ("µ: 'kaon — ≥ 5 MeV/cm'\n", {"µ": "kaon — ≥ 5 MeV/cm"}),
    ],
)
def test_what_is_plain_yaml_is_read(text, value):
    assert load_yaml(text) == value


def nested(depth, opening="[", closing="]"):
    return opening * depth + "1" + closing * depth


def test_as_many_levels_as_are_allowed_are_read_and_no_more():
    assert load_yaml(nested(MAX_DEPTH)) is not None
    with pytest.raises(yaml.YAMLError, match="more than 32 levels of lists and mappings"):
        load_yaml(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "text",
    [
        nested(200_000),
        "[" * 200_000,  # nothing closed
        nested(200_000, "{a: ", "}"),
        "- " * 5_000 + "1",
        "\n".join(" " * level + "a:" for level in range(2_000)),
    ],
)
def test_a_text_that_would_break_a_recursive_reader_is_refused(text):
    with pytest.raises(yaml.YAMLError, match="levels"):
        load_yaml(text)


def test_aliases_that_multiply_are_refused():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(yaml.YAMLError, match="with its aliases written out, this has 1111111 values"):
        load_yaml("\n".join(lines))


def test_aliases_that_only_go_deep_are_refused():
    chain = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3_000))]
    with pytest.raises(yaml.YAMLError, match="levels"):
        load_yaml("\n".join(chain))


def test_an_alias_of_what_it_is_part_of_is_refused():
    with pytest.raises(yaml.YAMLError, match="an alias stands for what it is part of"):
        load_yaml("a: &a [1, *a]")


def test_a_file_of_gigabytes_is_not_parsed(monkeypatch):
    monkeypatch.setattr(yaml_text, "MAX_CHARACTERS", 10)
    with pytest.raises(yaml.YAMLError, match="11 characters, at most 10 are read"):
        load_yaml("a: 12345678")


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "x:\n  - {a: 1, a: 2}\n"])
def test_a_key_given_twice_is_named_with_its_line(text):
    with pytest.raises(yaml.YAMLError, match=r"key a is given twice; remove one of them(.|\n)*line [23]"):
        load_yaml(text)


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system ['true']", "a: !!python/name:os.system", "!mine {a: 1}"]
)
def test_no_tag_makes_anything_run(text):
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        load_yaml(text)


def test_the_line_of_a_fault_is_shown():
    with pytest.raises(yaml.YAMLError, match=r"a: \[1, 2(.|\n)*line 2"):
        load_yaml("a: [1, 2\nb: 3")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("9" * 5000, "int"),
        ("2000-13-45", "timestamp"),
        ("2001-11-23T99:00:00Z", "timestamp"),
        ("!!int x", "int"),
        ("!!bool perhaps", "bool"),
        ("!!timestamp x", "timestamp"),
    ],
)
def test_a_value_that_is_not_what_it_looks_like_is_named_with_its_line(value, kind):
    with pytest.raises(yaml.YAMLError, match=rf"cannot be read as {kind} .*put it in quotes for text(.|\n)*line 2"):
        load_yaml(f"a: 1\nb: {value}\n")


@pytest.mark.parametrize("text", ["a: 1\n? [b]\n: 2\n", "a: 1\n? {b: 1}\n: 2\n", "a:\n  {[b]: 1}\n"])
def test_a_list_or_a_mapping_is_no_key(text):
    with pytest.raises(yaml.YAMLError, match=r"stands where a key belongs; write a word(.|\n)*line 2"):
        load_yaml(text)


def test_a_tag_on_the_wrong_kind_of_value_is_refused():
    with pytest.raises(yaml.YAMLError, match="expected a mapping node"):
        load_yaml("a: !!set [1]")
