import json
from typing import Annotated, Literal

import pytest
import yaml
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, StringConstraints

from rootline.core.config import Section, parse_config
from rootline.core.schema import default_yaml, json_schema, keys_of, markdown_table


class Cuts(Section):
    """Which clusters are kept."""

    height_min: int = Field(10, ge=0, lt=240, description="Lowest height, exclusive [wires].")
    height_max: int | None = Field(179, description="Greatest height, exclusive [wires]; null for none.")


class Study(Section):
    """A made-up study."""

    finder: Literal["connected", "longest"] = Field("connected", description="What a cluster is.")
    lr: PositiveFloat = Field(1e-5, description="Learning rate, which YAML's own writer would turn into text.")
    weight: NonNegativeFloat = Field(0.0, description="Weight | share.")
    channels: tuple[PositiveInt, ...] = Field((4, 8), description="Channels of each layer.")
    window: tuple[float, float] = Field((12.0, 37.0), description="Entry window [wires].")
    answer: str = Field("yes", description="A text that YAML could take for a boolean.")
    name: Annotated[str, StringConstraints(min_length=1, pattern="^[a-z]+$")] = Field("a", description="Name.")
    train: Cuts = Field(default_factory=Cuts, description="Cuts of the role train.")
    mip: Cuts = Field(Cuts(height_min=175, height_max=None), description="Cuts of the role mip.")
    extra: dict[str, Cuts] = Field({}, description="Cuts of further roles.")
    optional: Cuts | None = Field(None, description="Cuts that nobody asked for.")
    is_quiet: bool = Field(False, description="Say nothing. " + "And this sentence is long. " * 8)


class Root(Section):
    study: Study = Study()


class NeedsPath(Section):
    path: str = Field(description="Where the files are.")
    n: int = 1


def rows(section):
    lines = markdown_table(section).splitlines()
    assert lines[:2] == ["| Key | Type | Default | Description |", "|---|---|---|---|"]
    return {line.split("`")[1]: line for line in lines[2:]}


def test_the_default_yaml_is_the_default():
    written = yaml.safe_load(default_yaml(Root))
    assert written == Root().model_dump(mode="json")
    assert parse_config(written, Root, source="default") == Root()
    assert yaml.safe_load(default_yaml(Study))["lr"] == 1e-5


@pytest.mark.parametrize("value", [1e-5, 2.5e-07, 1e22, 1e16, -1e-9, 0.1, 0.0, 123456.789, 3.0])
def test_every_float_reads_back_as_the_same_float(value):
    class One(Section):
        x: float = value

    back = yaml.safe_load(default_yaml(One))["x"]
    assert back == value
    assert isinstance(back, float)


def test_the_default_yaml_explains_each_key_in_lines_that_fit():
    text = default_yaml(Root)
    lines = text.splitlines()
    assert lines[0] == "# yaml-language-server: $schema=schema.json"
    assert max(map(len, lines)) <= 120
    assert "    height_min: 175  # Lowest height, exclusive [wires]." in lines
    assert lines[lines.index("  mip:") - 1] == "  # Cuts of the role mip."
    assert lines[lines.index("  is_quiet: false") - 1].startswith("  # ")


def test_a_key_without_default_is_commented_out():
    text = default_yaml(NeedsPath)
    assert "# path: required, Where the files are." in text
    assert yaml.safe_load(text) == {"n": 1}
    assert "| `path` | text | required | Where the files are. |" in markdown_table(NeedsPath)


def test_the_table_has_each_key_once_with_type_default_and_description():
    table = rows(Root)
    assert table["study.finder"] == r"| `study.finder` | connected \| longest | `connected` | What a cluster is. |"
    assert table["study.lr"].startswith("| `study.lr` | float > 0 | `1.0e-05` |")
    assert table["study.weight"] == r"| `study.weight` | float >= 0 | `0.0` | Weight \| share. |"
    assert table["study.channels"].split(" | ")[1:3] == ["list of int > 0", "`[4, 8]`"]
    assert table["study.window"].split(" | ")[1:3] == ["list of 2 float", "`[12.0, 37.0]`"]
    assert table["study.name"].split(" | ")[1] == "text (not empty, matching ^[a-z]+$)"
    assert table["study.train.height_min"].split(" | ")[1:3] == ["int >= 0, < 240", "`10`"]
    assert table["study.train.height_max"].split(" | ")[1:3] == ["int or null", "`179`"]
    assert table["study.mip.height_max"].split(" | ")[2] == "`null`"
    assert table["study.extra.<name>.height_min"].split(" | ")[2] == "`10`"
    assert table["study.optional"].split(" | ")[1:3] == ["section or null", "`null`"]
    assert table["study.is_quiet"].split(" | ")[1:3] == ["true or false", "`false`"]
    assert "study.train" not in table
    assert len(table) == len(markdown_table(Root).splitlines()) - 2


def test_the_json_schema_refuses_unknown_keys_at_every_level():
    schema = json.loads(json_schema(Root))
    assert schema["$schema"].startswith("https://json-schema.org/")
    for part in (schema, *schema["$defs"].values()):
        assert part["additionalProperties"] is False
    height = schema["$defs"]["Cuts"]["properties"]["height_min"]
    assert (height["minimum"], height["exclusiveMaximum"], height["default"]) == (0, 240, 10)
    assert height["description"] == "Lowest height, exclusive [wires]."


def test_keys_come_in_the_order_of_the_classes():
    names = [key.name for key in keys_of(Root)]
    assert names[:3] == ["study", "study.finder", "study.lr"]
    assert names.index("study.train") + 1 == names.index("study.train.height_min")


def test_making_them_twice_gives_the_same_text():
    for make in (json_schema, markdown_table, default_yaml):
        assert make(Root) == make(Root)
