import pytest

from rootline.core.config import ConfigError, parse_config
from rootline.lartpc.simulation.config import SimulationConfig


def test_a_sample_keeps_its_own_defaults_when_one_key_is_set():
    config = parse_config({"kaons": {"n_events": 5}}, SimulationConfig, source="config.yaml")
    assert config.kaons.species == "kaon"
    assert (config.kaons.momentum_min, config.kaons.momentum_max) == (350, 650)
    assert (config.protons.momentum_min, config.protons.momentum_max) == (600, 1600)
    assert config.protons.layout == "channel-mapped"
    assert config.mips.tree == "anatree/raw"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"kaons": {"n_event": 5}}, "did you mean kaons.n_events"),
        ({"kaons": {"momentum_min": 700}}, "momentum_min=700 is above momentum_max=650"),
        ({"kaons": {"proton_contamination": 0.7, "pion_contamination": 0.7}}, "sum to more than 1"),
    ],
)
def test_a_wrong_key_is_named(raw, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(raw, SimulationConfig, source="config.yaml")
