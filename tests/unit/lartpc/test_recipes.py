"""The shipped recipes: the sweep that compares them trains the very ones, alike in all but the recipe."""

from pathlib import Path

from rootline.config import read_config
from rootline.core.config import parse_config, read_yaml
from rootline.core.sweeps import SweepConfig, expand_sweep
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.simulation.config import SimulationConfig

CONFIG = Path(__file__).resolve().parents[3] / "config"
SEEDS = (0, 1, 2)
SCHEDULE = {"epochs", "patience", "seed"}


def shipped(name):
    return read_config(read_yaml(CONFIG / name), source=name).lartpc


def run_of(config):
    return RunConfig(images=config.images, split=config.split, model=config.model, train=config.train)


def swept():
    sweep = parse_config(read_yaml(CONFIG / "sweeps" / "recipes.yaml"), SweepConfig, source="recipes.yaml")
    return expand_sweep(sweep, run_of(shipped("lartpc_recipes.yaml")), source="recipes.yaml")


def recipe(run):
    """What a recipe is: images, model, and the training without its schedule; the split is the study's."""
    return run.images, run.model, run.train.model_dump(exclude=SCHEDULE)


def test_the_sweep_holds_the_recipe_of_the_paper_and_the_best_one_with_every_seed():
    for name in ("lartpc_paper.yaml", "lartpc_best.yaml"):
        wanted = recipe(run_of(shipped(name)))
        assert [run.train.seed for run in swept() if recipe(run) == wanted] == list(SEEDS), name


def test_no_recipe_of_the_sweep_has_a_longer_schedule_or_another_split():
    runs = swept()
    assert len({(run.train.epochs, run.train.patience, run.train.batch_size) for run in runs}) == 1
    assert len({run.split for run in runs}) == 1


def test_the_tracks_that_judge_the_recipes_are_of_a_simulation_of_their_own():
    seeds = [shipped(path.name).simulation.seed for path in sorted(CONFIG.glob("*.yaml"))]
    assert seeds.count(shipped("lartpc_recipes.yaml").simulation.seed) == 1
    assert shipped("lartpc_recipes.yaml").simulation.seed != SimulationConfig().seed


def test_no_recipe_learns_from_kaons():
    assert {run.train.species for run in swept()} == {("proton",)}
