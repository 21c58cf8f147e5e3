from typing import Annotated, Literal

import pytest
from pydantic import Field, PositiveInt, ValidationError, model_validator

from rootline.core.config import ConfigError, Section, dotted_keys, near_miss, parse_config, read_yaml
from rootline.core.errors import UserError


class Model(Section):
    latent_dim: PositiveInt = Field(8, description="Latents.")
    channels: tuple[PositiveInt, ...] = (16, 32)


class Images(Section):
    wires: PositiveInt = Field(64, multiple_of=8)
    resampling: Literal["area", "bilinear"] = "area"
    scale: float = 1.0


class Study(Section):
    model: Model = Model()
    images: Images = Images()
    second: Images | None = None
    planes: dict[str, Images] = {}
    path: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _agree(self):
        if self.images.wires > 100 and self.model.latent_dim > 100:
            raise ValueError("Images and latents are both large; lower one of them")
        return self


class Root(Section):
    lartpc: Study = Study()
    results: str


def faults(raw, section=Root):
    with pytest.raises(ConfigError) as error:
        parse_config(raw, section, source="config.yaml")
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ({"lartcp": {}}, "lartcp is not a known key; did you mean lartpc?"),
        ({"lartpc": {"model": {"latend_dim": 8}}}, "lartpc.model.latend_dim is not a known key; did you mean lartpc.model.latent_dim?"),
        ({"lartpc": {"model": {"wires": 8}}}, "lartpc.model.wires is not a known key; did you mean lartpc.images.wires?"),
        ({"lartpc": {"model": {"resampling_": 8}}}, "lartpc.model.resampling_ is not a known key; did you mean lartpc.images.resampling?"),
        ({"lartpc": {"latent_dim": 8}}, "lartpc.latent_dim is not a known key; did you mean lartpc.model.latent_dim?"),
        ({"model": {}}, "model is not a known key; did you mean lartpc.model?"),
        ({"lartpc": {"model": {"xyz": 8}}}, "lartpc.model.xyz is not a known key; valid here: latent_dim, channels"),
        ({"lartpc": {"second": {"wirez": 8}}}, "lartpc.second.wirez is not a known key; did you mean lartpc.second.wires?"),
        ({"lartpc": {"planes": {"u": {"wirez": 8}}}}, "lartpc.planes.u.wirez is not a known key; did you mean lartpc.planes.u.wires?"),
        ({"lartpc": {"images": {"wires": 60}}}, "lartpc.images.wires=60: input should be a multiple of 8"),
        ({"lartpc": {"images": {"wires": "many"}}}, "lartpc.images.wires='many': input should be a valid integer"),
        ({"lartpc": {"images": {"resampling": "areal"}}}, "lartpc.images.resampling='areal': input should be 'area' or 'bilinear'"),
        ({"lartpc": {"images": {"scale": float("nan")}}}, "lartpc.images.scale=nan: input should be a finite number"),
        ({"lartpc": {"model": {"channels": [4, 0]}}}, "lartpc.model.channels.1=0: input should be greater than 0"),
        ({"lartpc": {"model": None}}, "lartpc.model=None: must hold keys of its own, indented below it; leave it out for the defaults"),
        ({"lartpc": {"planes": 4}}, "lartpc.planes=4: must hold keys of its own, indented below it"),
        ({"lartpc": {"model": {"channels": 4}}}, "lartpc.model.channels=4: must be a list, such as [a, b]"),
        ({"lartpc": {"path": ""}}, "lartpc.path='': string should have at least 1 character"),
        ({"lartpc": {"model": {"latent_dim": 101}, "images": {"wires": 104}}}, "lartpc: images and latents are both large; lower one of them"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_named_with_what_is_valid(raw, fault):
    (line,) = faults({"results": "r", **raw})
    assert line.startswith(f"config.yaml: {fault}")


def test_a_key_that_must_be_there_is_named():
    assert faults({}) == ["config.yaml: results is missing"]


def test_all_faults_are_told_at_once():
    lines = faults({"lartpc": {"model": {"latent_dim": 0, "beta": 1}}})
    assert len(lines) == 3
    assert all(line.startswith("config.yaml: ") for line in lines)


def test_a_config_error_is_one_that_the_user_can_mend():
    assert issubclass(ConfigError, UserError)


def test_what_is_not_said_has_its_default_and_nothing_changes_later():
    config = parse_config({"results": "r", "lartpc": {"images": {"wires": 32}}}, Root, source="c")
    assert config.lartpc.images.wires == 32
    assert config.lartpc.model.latent_dim == 8
    with pytest.raises(ValidationError, match="frozen"):
        config.lartpc.model.latent_dim = 4


def test_defaults_are_checked_like_given_values():
    class Wrong(Section):
        wires: PositiveInt = -1

    with pytest.raises(ValidationError, match="greater than 0"):
        Wrong()


def test_dotted_keys_go_down_into_every_section():
    assert dotted_keys(Model) == ["latent_dim", "channels"]
    keys = dotted_keys(Root)
    assert {"lartpc", "lartpc.model.latent_dim", "lartpc.second.wires", "results"} <= set(keys)


def test_near_miss_prefers_the_same_section():
    assert near_miss("lartpc.second.wire", Root) == "; did you mean lartpc.second.wires?"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [1", "not valid YAML"),
        ("- 1\n- 2\n", "must be a mapping of keys to values, found list"),
        ("just words", "must be a mapping of keys to values, found str"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "key c is given twice; remove one of them"),
        (b"\xff\xfe\x00", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_config_is_refused(tmp_path, text, fault):
    path = tmp_path / "c.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=fault) as error:
        read_yaml(path)
    assert str(error.value).startswith(f"{path}: ")


def test_a_file_that_is_not_there_says_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"my\.yaml: no such file, looked in ") as error:
        read_yaml(tmp_path.relative_to(tmp_path) / "my.yaml")
    assert str(tmp_path) in str(error.value)


def test_yaml_becomes_plain_values_and_an_empty_file_an_empty_config(tmp_path):
    (tmp_path / "c.yaml").write_text("base: &b {x: 1}\nmore: {<<: *b, y: 2}\nlist: [1, 2.5, null, yes]\n")
    assert read_yaml(tmp_path / "c.yaml") == {
        "base": {"x": 1},
        "more": {"x": 1, "y": 2},
        "list": [1, 2.5, None, True],
    }
    (tmp_path / "c.yaml").write_text("# nothing\n")
    assert read_yaml(tmp_path / "c.yaml") == {}


def test_a_folder_in_the_place_of_a_config_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\); name a file that you may read"):
        read_yaml(tmp_path)
