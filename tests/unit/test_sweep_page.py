"""The page about sweeps shows what the code says, word for word."""

import re
from pathlib import Path

import pytest
import yaml

from rootline.core.config import ConfigError, parse_config
from rootline.core.sweeps import SweepConfig, expand_sweep
from rootline.lartpc.analyses.settings.best import BestConfig
from rootline.lartpc.runs import RunConfig

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sweeps.md").read_text()
ERRORS = re.findall(r"```yaml\n((?:(?!```).)*?)```\n\n```text\n(mine.yaml.*?)\n```", PAGE, flags=re.DOTALL)


def expand(text):
    return expand_sweep(
        parse_config(yaml.safe_load(text), SweepConfig, source="mine.yaml"), RunConfig(), source="mine.yaml"
    )


@pytest.mark.parametrize(("sweep", "text"), ERRORS, ids=range(len(ERRORS)))
def test_each_error_of_the_page_is_what_its_sweep_gives(sweep, text):
    with pytest.raises(ConfigError) as caught:
        expand(sweep)
    assert str(caught.value) == text
    if "\nexclude:\n" in text:
        expand(sweep + text[text.index("exclude:") :])


def test_the_page_has_the_three_usual_errors():
    assert len(ERRORS) >= 3


def test_the_sweep_of_the_page_is_as_many_runs_as_it_says():
    sweep = re.search(r"```yaml\n(# config/sweeps/mine.yaml.*?)```", PAGE, flags=re.DOTALL)
    assert sweep is not None
    assert len(expand(sweep[1])) == 45 and "= 45 runs" in PAGE


def test_the_criterion_that_the_page_calls_the_default_is_it():
    config = re.search(r"best: (\{.*?\}) +# the default", PAGE)
    assert config is not None
    assert BestConfig.model_validate(yaml.safe_load(config[1])) == BestConfig()
