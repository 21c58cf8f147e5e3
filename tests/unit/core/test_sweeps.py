import itertools

import pytest
import yaml
from pydantic import Field, model_validator

from rootline.core.config import ConfigError, Section, parse_config, read_yaml
from rootline.core.sweeps import SweepConfig, describe_missing, differing_keys, expand_sweep, flatten, swept_keys


class Train(Section):
    beta: float = Field(1.0, gt=0)
    seed: int = 0


class Run(Section):
    train: Train = Train()
    size: int = 48
    shape: tuple[int, ...] = (1,)

    @model_validator(mode="after")
    def shape_divides_size(self):
        if self.size % (2 ** len(self.shape)):
            raise ValueError(f"size {self.size} is no multiple of {2 ** len(self.shape)}")
        return self


def sweep(**raw):
    return parse_config(raw, SweepConfig, source="s.yaml")


def expand(base=Run(), **raw):  # noqa: B008 (it is fixed)
    return expand_sweep(sweep(**raw), base, source="s.yaml")


def fault(**raw):
    with pytest.raises(ConfigError) as caught:
        expand(**raw)
    return str(caught.value)


def test_a_grid_is_every_combination_with_every_seed():
    runs = expand_sweep(sweep(grid={"train.beta": [1, 4], "size": [16, 48]}, seeds=[1, 2]), Run(), source="s")
    assert len(runs) == 8
    assert {(r.train.beta, r.size, r.train.seed) for r in runs} == {
        (b, s, n) for b in (1, 4) for s in (16, 48) for n in (1, 2)
    }


def test_rows_stand_beside_the_grid_and_excluded_points_are_left_out():
    runs = expand(
        grid={"size": [16, 46], "train.beta": [1, 2]}, rows=[{"size": 8}], exclude=[{"size": 16, "train.beta": 2}]
    )
    assert [(run.size, run.train.beta) for run in runs] == [(16, 1), (46, 1), (46, 2), (8, 1)]


def test_the_keys_of_a_sweep_are_those_of_its_grid_its_rows_and_its_seeds():
    swept = sweep(grid={"size": [16, 48]}, rows=[{"train.beta": 2}], seeds=[1])
    assert swept_keys(swept) == ["size", "train.beta", "train.seed"]


def test_seeds_alone_repeat_the_base_run():
    assert [r.train.seed for r in expand_sweep(sweep(seeds=[3, 4]), Run(), source="s")] == [3, 4]


def test_what_a_sweep_does_not_name_stays_as_in_the_base_run():
    runs = expand_sweep(sweep(grid={"size": [16]}), Run(train=Train(beta=7.0)), source="s")
    assert runs[0].train.beta == 7.0


GRID = {"size": [6, 10, 12], "shape": [[1], [1, 2], [2, 1]], "train.beta": [1, 2]}
"""Sizes 6 and 10 are no multiples of 4, which two blocks need."""


def test_all_impossible_combinations_are_named_together_by_their_reason_before_any_job():
    assert fault(grid=GRID, seeds=[0, 1]).splitlines() == [
        "s.yaml: 16 of its 36 runs are impossible",
        "  size 6 is no multiple of 4",
        "    size=6, shape=[1, 2], train.beta=1, train.seed=0",
        "    size=6, shape=[1, 2], train.beta=1, train.seed=1",
        "    size=6, shape=[1, 2], train.beta=2, train.seed=0",
        "    and 5 more",
        "  size 10 is no multiple of 4",
        "    size=10, shape=[1, 2], train.beta=1, train.seed=0",
        "    size=10, shape=[1, 2], train.beta=1, train.seed=1",
        "    size=10, shape=[1, 2], train.beta=2, train.seed=0",
        "    and 5 more",
        "correct the values, or leave these runs out by the lines",
        "exclude:",
        "  - {size: [6, 10], shape: [[1, 2], [2, 1]]}",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        {"grid": GRID, "seeds": [0, 1]},
        {"grid": {**GRID, "train.beta": [1, -1, 2]}},
        {"grid": {"size": [6, 8]}, "rows": [{"shape": [1, 2], "size": 6}, {"shape": [1, 2]}, {"train.beta": -1}]},
    ],
)
def test_the_lines_of_the_message_leave_out_the_impossible_runs_and_no_other(raw):
    lines = fault(**raw)
    rules = yaml.safe_load(lines[lines.index("exclude:") :])["exclude"]
    possible = [
        (size, tuple(shape), beta)
        for size, shape, beta in itertools.product([6, 8, 10, 12, 48], [[1], [1, 2], [2, 1]], [1, 2])
        if size % 2 ** len(shape) == 0
    ]
    kept = expand(**raw, exclude=rules)
    assert {(run.size, run.shape, run.train.beta) for run in kept} <= set(possible)
    count = int(lines.split(" ")[1])
    assert len(kept) == int(lines.split(" of its ")[1].split(" ")[0]) - count


def test_a_value_of_the_wrong_kind_is_named_and_a_list_of_lists_is_explained():
    assert "train.beta='high': input should be a valid number" in fault(grid={"train.beta": ["high", 1]})
    text = fault(grid={"shape": [1, 2]})
    assert "shape=1: must be a list" in text
    assert "a key whose value is a list has a list of lists in a grid: [[32, 64], [32, 64, 128]]" in text
    assert "exclude" not in text  # nothing would be left


def test_what_is_excluded_is_never_checked():
    assert len(expand(grid={"size": [6, 8], "shape": [[1], [1, 2]]}, exclude=[{"size": 6, "shape": [1, 2]}])) == 3


def test_a_run_that_cannot_be_made_here_is_impossible_too():
    with pytest.raises(ConfigError, match=r"1 of its 2 runs is impossible\n  too strong\n    train.beta=2\n"):
        expand_sweep(
            sweep(grid={"train.beta": [1, 2]}), Run(), source="s.yaml",
            refuse=lambda run: "too strong" if run.train.beta > 1 else "",
        )  # fmt: skip


def test_a_rule_takes_a_list_of_values_and_knows_one_value_in_any_writing():
    grid = {"size": [6, 8, 10], "train.beta": ["1e-1", 2]}
    assert [run.size for run in expand(grid=grid, exclude=[{"size": [6, 10]}, {"train.beta": 0.1}])] == [8]
    shapes = {"shape": [[1], [2], [1, 2]]}
    assert [run.shape for run in expand(grid=shapes, exclude=[{"shape": [1, 2]}])] == [(1,), (2,)]
    assert [run.shape for run in expand(grid=shapes, exclude=[{"shape": [[1], [2]]}])] == [(1, 2)]


def test_a_rule_also_knows_what_the_sweep_leaves_as_it_is():
    runs = expand(rows=[{"size": 8}, {"train.beta": 2}], exclude=[{"size": 48, "shape": [1]}])
    assert [run.size for run in runs] == [8]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"size": 9}, "s.yaml: exclude: {size: 9} matches no run: size is never 9 here; it is 6, 8"),
        ({"size": [6, 9]}, "size is never 9 here"),
        ({"train.beta": 7}, "train.beta is never 7 here; it is 1"),
        ({"sizee": 8}, "s.yaml: sizee is not a key of a run; did you mean size?"),
        ({"size": 6, "shape": [1, 2]}, "shape is never [1, 2] here; it is [1]"),
        ({}, "exclude: {} matches no run: it names no key"),
    ],
)
def test_an_exclusion_that_matches_nothing_is_a_typo_and_named(rule, message):
    assert message in fault(grid={"size": [6, 8]}, exclude=[rule])


def test_an_exclusion_of_values_that_never_meet_is_named():
    text = fault(rows=[{"size": 6}, {"train.beta": 2}], exclude=[{"size": 6, "train.beta": 2}])
    assert "each of its values occurs, but no run has all of them at once" in text


def test_the_words_of_a_rule_have_near_misses():
    class Named(Section):
        kind: str = "relu"

    with pytest.raises(ConfigError, match=r"kind is never rleu here; did you mean relu\?"):
        expand_sweep(sweep(grid={"kind": ["relu", "gelu"]}, exclude=[{"kind": "rleu"}]), Named(), source="s")


def test_all_keys_that_are_none_are_named_together():
    assert fault(grid={"train.betta": [1], "trian.beta": [1], "train": [1]}).splitlines() == [
        "s.yaml: train.betta is not a key of a run; did you mean train.beta?",
        "s.yaml: trian.beta is not a key of a run; did you mean train.beta?",
        "s.yaml: train is a section of a run, not a key; name one of train.beta, train.seed",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{wide, 6., other: [1, 10]}", r"grid\.size\.0\.dict\.6\.0\.\[key\]=6\.0: input should be a valid string"),
        ("2000-01-02", r"grid\.size\.0: input was not a valid JSON value"),
        ("!!set {wide}", r"grid\.size\.0: input was not a valid JSON value"),
    ],
)
def test_what_yaml_knows_beyond_json_is_refused_by_name(tmp_path, text, message):
    (tmp_path / "s.yaml").write_text(f"grid:\n  size: [{text}]\n")
    with pytest.raises(ConfigError, match=f"s.yaml: {message}"):
        parse_config(read_yaml(tmp_path / "s.yaml"), SweepConfig, source="s.yaml")


def test_whole_numbers_of_any_length_are_compared():
    long = 10**400
    assert parse_config({"grid": {"size": [long, long + 1]}}, SweepConfig, source="s.yaml").grid["size"][1] == long + 1
    with pytest.raises(ConfigError, match="size has the value 10+ twice"):
        parse_config({"grid": {"size": [long, long]}}, SweepConfig, source="s.yaml")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"grid": {"size": 8}}, "s.yaml: grid: size has the value 8, but needs a list: size: [8]"),
        ({"grid": {"size": []}}, "s.yaml: grid: size has no values; give it some, or remove the line"),
        ({"grid": {"size": [8, 8.0]}}, "s.yaml: grid: size has the value 8.0 twice; remove one of them"),
        ({"seeds": 3}, "s.yaml: seeds=3: must be a list, such as [3] for this seed or [0, 1, 2] for three of them"),
        ({"seeds": [1, 1]}, "s.yaml: seeds: names 1 twice; remove one of them"),
        (
            {"seeds": [1], "exclude": {"size": 8}},
            "s.yaml: exclude: must be a list of mappings; begin its line with a dash: - {size: 8}",
        ),
        ({}, "s.yaml: names nothing to sweep; give it a grid, rows or seeds"),
        (
            {"grid": {"size": [8, 16]}, "exclude": [{"size": [8, 16]}]},
            "s.yaml: exclude leaves none of the 2 runs; exclude less",
        ),
        (
            {"grid": {"size": [8]}, "rows": [{"size": 8, "train.beta": 1}]},
            "s.yaml: runs 1 (size=8) and 2 (size=8, train.beta=1) are the same; remove or exclude one of them",
        ),
    ],
)
def test_a_sweep_that_cannot_be_meant_says_what_to_write(raw, message):
    assert fault(**raw) == message


def test_only_the_keys_that_differ_are_shown():
    runs = [flatten(Run().model_dump()), flatten(Run(train=Train(beta=2)).model_dump())]
    assert differing_keys(runs) == ["train.beta"]
    assert differing_keys([]) == []
    assert runs[0] == {"train.beta": 1.0, "train.seed": 0, "size": 48, "shape": (1,)}


@pytest.mark.parametrize("raw", [{"grid": {"train.seed": [1, 2]}}, {"rows": [{"train.seed": 1}]}])
def test_seeds_named_in_two_places_are_refused_and_none_silently_dropped(raw):
    with pytest.raises(ConfigError, match=r"seeds and the key train.seed both name seeds; keep one of them"):
        sweep(**raw, seeds=[3])


def test_runs_that_are_missing_are_named_unless_they_are_many():
    assert describe_missing({"runs": ["a"] * 9, "missing": [f"0000000{number}" for number in range(8)]}) == (
        "8 of 17 runs are not finished and missing here: 00000000, 00000001, 00000002, 00000003, 00000004, 00000005 and 2 more."
    )
    assert describe_missing({"runs": ["a"], "missing": []}) == ""
