"""Which runs of a sweep are trained together, and which of them still have to be."""

import json

import pytest

from rootline.core.provenance import describe_inputs
from rootline.core.runs import describe_config, run_id
from rootline.lartpc.packs import PackPlan, make_packs, plan_pack, read_pack_plan, write_pack_plan
from rootline.lartpc.runs import RunConfig


def run(**changes):
    raw = {"images": {"size": 16}, "model": {"channels": [4, 8]}, "train": {}, "split": {}}
    for key, value in changes.items():
        section, name = key.split("__")
        raw[section][name] = value
    return RunConfig.model_validate(raw)


DIFFERENCES = [
    {"model__latent_dim": 3},
    {"model__channels": [4, 4]},
    {"model__activation": "gelu"},
    {"train__seed": 1},
    {"train__beta": 2.0},
    {"train__batch_size": 8},
    {"train__transform": "sqrt"},
    {"train__species": ["kaon"]},
]
MAY_NOT_DIFFER = [{"images__size": 32}, {"images__straighten": True}, {"split__train": 0.5}, {"split__seed": 3}]


def by_id(runs):
    return {run_id(each): each for each in runs}


@pytest.mark.parametrize("changes", DIFFERENCES, ids=str)
def test_runs_of_one_set_of_images_share_a_pack(changes):
    runs = [run(), run(**changes)]
    assert make_packs(by_id(runs), models=4) == (tuple(map(run_id, runs)),)


@pytest.mark.parametrize("changes", MAY_NOT_DIFFER, ids=str)
def test_runs_of_other_images_or_another_split_do_not(changes):
    assert make_packs(by_id([run(), run(**changes)]), models=4) == ()


@pytest.mark.parametrize(
    ("n", "models", "sizes"), [(4, 3, [2, 2]), (16, 16, [16]), (17, 16, [8, 9]), (7, 3, [2, 2, 3])]
)
def test_packs_are_few_and_alike_in_size_and_hold_every_run_once(n, models, sizes):
    runs = [run(train__seed=seed) for seed in range(n)]
    packs = make_packs(by_id(runs), models=models)
    assert sorted(map(len, packs)) == sizes
    assert [name for pack in packs for name in pack] == [run_id(each) for each in runs]


def test_runs_of_two_sets_of_images_make_packs_of_their_own():
    runs = [run(train__seed=seed, images__straighten=straight) for seed in (0, 1) for straight in (False, True)]
    names = [run_id(each) for each in runs]
    assert make_packs(by_id(runs), models=8) == ((names[0], names[2]), (names[1], names[3]))


@pytest.fixture
def planned(tmp_path):
    """Three runs, the first of which has a model; gives (plan of what, where the provenance lies)."""
    (tmp_path / "images").write_text("images")
    inputs = describe_inputs({"images": tmp_path / "images"})
    runs = [run(train__seed=seed) for seed in range(3)]
    folder = tmp_path / "models" / run_id(runs[0])
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_text("weights")
    origin = {
        "config": describe_config(runs[0]),
        "inputs": inputs,
        "training": {"code": "c", "samples": ["protons"]},
    }
    (folder / "provenance.json").write_text(json.dumps(origin))

    def plan(runs=runs, inputs=inputs, code="c", samples=("protons",)):
        return plan_pack(runs, tmp_path / "models", inputs, code=code, samples=samples)

    return plan, folder, runs


def test_a_run_whose_model_is_there_and_up_to_date_is_left_out(planned):
    plan, _, runs = planned
    assert plan() == PackPlan(tuple(runs[1:]), (run_id(runs[0]),))


def test_a_model_of_other_input_code_or_samples_is_trained_again(planned, tmp_path):
    plan, folder, runs = planned
    (tmp_path / "images").write_text("other images")
    for changed in (
        plan(inputs=describe_inputs({"images": tmp_path / "images"})),
        plan(code="other"),
        plan(samples=("protons", "kaons")),
    ):
        assert changed == PackPlan(tuple(runs), ())
    (folder / "model.safetensors").unlink()
    assert plan().there == ()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"config": {}, "inputs": {}}'])
def test_a_model_that_does_not_tell_where_it_comes_from_is_trained_again(planned, text):
    plan, folder, _ = planned
    (folder / "provenance.json").write_text(text)
    assert plan().there == ()


def test_a_plan_comes_back_as_it_was(planned, tmp_path):
    plan, _, _ = planned
    write_pack_plan(tmp_path / "plan.json", plan())
    assert read_pack_plan(tmp_path / "plan.json") == plan()
