"""What a config of the study expands to."""

import pytest

from rootline.core.config import ConfigError, parse_config
from rootline.core.errors import UserError
from rootline.pid.config import StudyConfig
from rootline.pid.simulation.config import SimulationConfig
from rootline.pid.study import plan_study, runs_table, shifted


def plan(**sections):
    return plan_study(parse_config(sections, StudyConfig, source="config.yaml"), simulated_to="results/pid/input")


def test_the_default_has_every_model_and_a_scan_of_five_seeds():
    made = plan()
    assert list(made.models) == ["forest", "adaboost", "boosting", "mlp", "ensemble", "attention", "dann"]
    assert made.runs[made.models["dann"]].network.adversary
    assert made.samples["mc"] == ("results/pid/input/mc.root",)
    assert made.adversary == "dann"
    assert {point.sample for point in made.scan} == {f"shift_{number}" for number in range(4)}
    assert {(point.shift, point.seed, point.variant) for point in made.scan} == {
        (shift, seed, variant) for shift in (0, 1, 2, 4) for seed in range(5) for variant in ("source", "adversary")
    }
    by_seed = {
        point.seed: {each.run for each in made.scan if (each.variant, each.seed) == ("source", point.seed)}
        for point in made.scan
    }
    assert all(len(runs) == 1 for runs in by_seed.values()), "without adversary the shift changes nothing"
    adversaries = [point for point in made.scan if point.variant == "adversary"]
    assert len({point.run for point in adversaries}) == len(adversaries)
    assert all(made.runs[point.run].network.domain == point.sample for point in adversaries)


def test_a_shift_moves_the_detector_from_that_of_mc_to_that_of_data_and_beyond():
    simulation = SimulationConfig()
    near, far = (shifted(simulation, shift, n_events=7) for shift in (0, 1))
    assert near.detector == simulation.mc.detector and near.tune == simulation.mc.tune
    assert far.detector.model_dump() == simulation.data.detector.model_dump() and far.tune == simulation.data.tune
    twice = shifted(simulation, 2, n_events=7)
    assert twice.detector.tof_shift_ps == pytest.approx(50) and twice.detector.tpc_gain == pytest.approx(1.06)
    assert twice.n_events == 7


def test_files_of_the_user_are_found_and_nothing_is_simulated(tmp_path):
    for name in ("a", "b", "other"):
        (tmp_path / f"{name}.root").touch()
    made = plan(input={"mc": [f"{tmp_path}/[ab].root"], "data": [f"{tmp_path}/other.root"]})
    assert made.samples == {
        "mc": (f"{tmp_path}/a.root", f"{tmp_path}/b.root"),
        "data": (f"{tmp_path}/other.root",),
    }
    assert made.simulated == {} and made.scan == ()
    with pytest.raises(UserError, match=r"pid\.input\.data: no file matches .*none\.root"):
        plan(input={"mc": [f"{tmp_path}/a.root"], "data": [f"{tmp_path}/none.root"]})


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"models": {"forest": {"kind": "tree"}}}, "kind='tree'"),
        ({"models": {"forest": {"tres.n": 3}}}, r"tres\.n is not a key of a run; did you mean trees\.n"),
        ({"models": {"forest": {}, "nsigma": {"trees.n": 3}}}, "nsigma is the name of something else"),
        ({"scan": {"model": "dan"}}, "scan.model='dan': is none of models"),
        ({"scan": {"shifts": [0, 12]}, "simulation": {"data": {"detector": {"tpc_resolution": 0.05}}}}, r"pid\.scan\.shifts: no detector is 12 times as far .*tpc_resolution.*Lower this shift"),
        ({"figures_model": "forrest"}, "figures_model='forrest': is none of models"),
        ({"scan": {"model": "mlp"}}, r"pid\.scan\.model: mlp has no adversary"),
        ({"models": {"dann": {"kind": "mapper", "network.adversary": True, "network.domain": "mc"}}}, "is no second domain; there is data"),
        ({"models": {"dann": {"kind": "mlp", "network.adversary": True, "network.domain": "data"}}}, "mlp maps a track to nothing"),
        ({"network": {"adversary": True}}, "belong together"),
        ({"models": {"a": {"split.train": 0.5}, "dann": {}}}, "judged on the same tracks"),
        ({"input": {"mc": ["a.root"]}}, "belong together"),
        ({"models": {"a b": {}}}, r"pid\.models: 'a b' is not a usable name"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_key(sections, message):
    with pytest.raises((UserError, ConfigError), match=message):
        plan(**sections)


def test_a_sweep_is_expanded_over_the_base_run(tmp_path):
    path = tmp_path / "depth.yaml"
    path.write_text("grid:\n  kind: [forest, boosting]\n  trees.max_depth: [3, 5]\nseeds: [0, 1]\n")
    made = plan(sweeps=[str(path)])
    assert len(made.sweeps["depth"]) == 8
    assert {made.runs[run].trees.max_depth for run in made.sweeps["depth"]} == {3, 5}


def test_a_sweep_over_what_a_kind_has_no_use_for_is_refused(tmp_path):
    path = tmp_path / "depth.yaml"
    path.write_text("grid:\n  kind: [mlp]\n  trees.max_depth: [3, 5]\n")
    with pytest.raises(ConfigError, match=r"depth\.yaml: .*trees\.max_depth"):
        plan(sweeps=[str(path)])


def test_what_a_kind_has_no_use_for_makes_no_other_run():
    plain = plan().models
    trees = plan(trees={"n": 30, "learning_rate": 0.3}).models
    assert [name for name in plain if trees[name] != plain[name]] == ["forest", "adaboost", "boosting"]
    rate = plan(trees={"learning_rate": 0.3}).models
    assert [name for name in plain if rate[name] != plain[name]] == ["adaboost"]  # boosting states its own
    ridge = plan(trees={"l2": 3}).models
    assert [name for name in plain if ridge[name] != plain[name]] == ["boosting"]
    networks = plan(train={"lr": 0.01}).models
    assert [name for name in plain if networks[name] != plain[name]] == ["mlp", "ensemble", "attention", "dann"]
    reversal = plan(network={"reversal": 2.0}).models
    assert [name for name in plain if reversal[name] != plain[name]] == ["dann"]
    assert all(run != plain[name] for name, run in plan(train={"seed": 1}).models.items())


def test_the_settings_of_a_network_outlive_a_base_run_of_trees():
    made = plan(kind="forest", train={"lr": 0.01})
    assert made.runs[made.models["mlp"]].train.lr == 0.01


def test_a_shifted_sample_is_there_for_a_sweep_that_learns_from_it(tmp_path):
    (tmp_path / "far.yaml").write_text("rows: [{kind: mapper, network.adversary: true, network.domain: shift_3}]\n")
    made = plan(models={"forest": {}}, sweeps=[str(tmp_path / "far.yaml")])
    assert made.scan == () and set(made.simulated) == set(made.samples) == {"mc", "data", "shift_3"}


def test_without_an_adversary_or_shifts_nothing_is_scanned():
    alone = plan(models={"forest": {}})
    assert alone.adversary is None and alone.scan == () and set(alone.simulated) == set(alone.samples) == {"mc", "data"}
    off = plan(scan={"shifts": []})
    assert off.adversary == "dann" and off.scan == () and set(off.simulated) == {"mc", "data"}
    other = {"kind": "attention", "network.adversary": True, "network.domain": "data"}
    named = plan(
        models={"forest": {}, "first": other, "second": other | {"network.reversal": 2}}, scan={"model": "second"}
    )
    assert named.adversary == "second" and all(
        named.runs[point.run].network.reversal == 2 for point in named.scan if point.variant == "adversary"
    )


def test_the_table_of_runs_names_models_and_scan():
    lines = [line.split("\t") for line in runs_table(plan()).splitlines()]
    assert lines[0][:3] == ["run", "sweeps", "train.seed"]
    assert {line[1] for line in lines[1:]} >= {"models.forest", "models.dann", "scan.source", "scan.adversary"}


def test_a_sweep_of_the_name_of_a_model_hides_neither(tmp_path):
    paths = [tmp_path / f"{name}.yaml" for name in ("forest", "scan")]
    for path in paths:
        path.write_text("rows: [{kind: forest}, {kind: forest, trees.n: 7}]\n")
    made = plan(sweeps=[str(path) for path in paths])
    names = dict(line.split("\t")[:2] for line in runs_table(made).splitlines()[1:])
    assert [names[run] for run in made.sweeps["forest"]] == ["models.forest,forest,scan", "forest,scan"]
    assert names[made.scan[0].run] == "scan.source"
