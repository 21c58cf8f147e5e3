import pytest
from pydantic import Field, model_validator

from rootline.core.config import ConfigError, Section, parse_config
from rootline.core.sweeps import SweepConfig, differing_keys, expand_sweep, flatten, sweep_points, swept_keys


class Train(Section):
    beta: float = Field(1.0, gt=0)
    seed: int = 0


class Run(Section):
    train: Train = Train()
    size: int = 48

    @model_validator(mode="after")
    def even(self):
        if self.size % 2:
            raise ValueError(f"size {self.size} is odd")
        return self


def sweep(**raw):
    return parse_config(raw, SweepConfig, source="sweep.yaml")


def test_a_grid_is_every_combination_with_every_seed():
    runs = expand_sweep(sweep(grid={"train.beta": [1, 4], "size": [16, 48]}, seeds=[1, 2]), Run(), source="s")
    assert len(runs) == 8
    assert {(r.train.beta, r.size, r.train.seed) for r in runs} == {
        (b, s, n) for b in (1, 4) for s in (16, 48) for n in (1, 2)
    }


def test_rows_stand_beside_the_grid_and_excluded_points_are_left_out():
    points = sweep_points(
        sweep(
            grid={"size": [16, 48], "train.beta": [1, 2]}, rows=[{"size": 8}], exclude=[{"size": 16, "train.beta": 2}]
        )
    )
    assert points == [
        {"size": 16, "train.beta": 1},
        {"size": 48, "train.beta": 1},
        {"size": 48, "train.beta": 2},
        {"size": 8},
    ]


def test_a_point_is_excluded_by_what_it_leaves_to_the_base_run():
    raw = {"grid": {"size": [16, 48]}, "rows": [{"train.beta": 2}], "exclude": [{"size": 48, "train.beta": 7}]}
    runs = expand_sweep(sweep(**raw), Run(train=Train(beta=7.0)), source="s")
    assert [(run.size, run.train.beta) for run in runs] == [(16, 7), (48, 2)]


def test_the_keys_of_a_sweep_are_those_of_its_grid_its_rows_and_its_seeds():
    swept = sweep(grid={"size": [16, 48]}, rows=[{"train.beta": 2}], seeds=[1])
    assert swept_keys(swept) == ["size", "train.seed", "train.beta"]


def test_seeds_alone_repeat_the_base_run():
    assert [r.train.seed for r in expand_sweep(sweep(seeds=[3, 4]), Run(), source="s")] == [3, 4]


def test_what_a_sweep_does_not_name_stays_as_in_the_base_run():
    runs = expand_sweep(sweep(grid={"size": [16]}), Run(train=Train(beta=7.0)), source="s")
    assert runs[0].train.beta == 7.0


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            {"grid": {"train.betta": [1]}},
            r"s.yaml \(train.betta=1\): train.betta is not a known key; did you mean train.beta",
        ),
        ({"grid": {"trian.beta": [1]}}, "s.yaml: trian.beta is not a key of a run; there is no section trian"),
        ({"grid": {"size": [47], "train.beta": [1]}}, r"s.yaml \(size=47, train.beta=1\): size 47 is odd"),
        ({"rows": [{"train.beta": -1}]}, r"s.yaml \(train.beta=-1\): train.beta=-1: input should be greater than 0"),
    ],
)
def test_an_impossible_point_is_named_before_any_job(raw, message):
    with pytest.raises(ConfigError, match=message):
        expand_sweep(sweep(**raw), Run(), source="s.yaml")


def test_only_the_keys_that_differ_are_shown():
    runs = [Run().model_dump(), Run(train=Train(beta=2)).model_dump()]
    assert differing_keys(runs) == ["train.beta"]
    assert differing_keys([]) == []
    assert flatten(runs[0]) == {"train.beta": 1.0, "train.seed": 0, "size": 48}


@pytest.mark.parametrize("raw", [{"grid": {"train.seed": [1, 2]}}, {"rows": [{"train.seed": 1}]}])
def test_seeds_named_in_two_places_are_refused_and_none_silently_dropped(raw):
    with pytest.raises(ConfigError, match=r"seeds and the key train.seed both name seeds; keep one of them"):
        sweep(**raw, seeds=[3])
