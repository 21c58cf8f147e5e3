import numpy as np
import pytest

from rootline.core.config import ConfigError, parse_config
from rootline.lartpc.cuts import (
    CLUSTER_CUTS,
    PAIR_CUTS,
    CutsConfig,
    RoleCuts,
    first_failed_cut,
    first_failed_pair_cut,
)

RNG = np.random.default_rng(7)

# PHYSICS.md, "Cuts": (low, high) of the first wire and of its vertex tick, both exclusive
WINDOWS = {"collection": ((12, 37), (789, 1927)), "induction": ((11, 35), (786, 1794))}


def reference_cut(role, plane, height, constant, wire, tick):
    """Name the first failed cut of one cluster, written out from the definition."""
    (wire_low, wire_high), (tick_low, tick_high) = WINDOWS[plane]
    right_height = height > 175 if role == "mip" else 10 < height < 179
    name = None
    if role == "reference":
        name = None
    elif not right_height:
        name = "height"
    elif constant and role != "mip":
        name = "profile"
    elif not wire_low < wire < wire_high:
        name = "entry_wire"
    elif not tick_low < tick < tick_high:
        name = "vertex_tick"
    return name


@pytest.mark.parametrize("role", ["train", "held_out", "mip", "reference"])
@pytest.mark.parametrize("plane", ["collection", "induction"])
def test_default_cuts_of_each_role_are_those_of_the_definition(role, plane):
    n = 4000
    height = RNG.choice([1, 10, 11, 100, 175, 176, 178, 179, 240], n)
    constant = RNG.random(n) < 0.3
    wire = RNG.choice([0, 11, 12, 13, 34, 35, 36, 37, 200], n)
    tick = RNG.choice([0, 786, 787, 789, 790, 1793, 1794, 1926, 1927, 3000], n)
    found = first_failed_cut(
        getattr(CutsConfig(), role), plane, height=height, profile_constant=constant, entry_wire=wire, vertex_tick=tick
    )
    expected = [reference_cut(role, plane, *row) for row in zip(height, constant, wire, tick, strict=True)]
    assert found.tolist() == expected
    if role in ("train", "held_out"):
        assert set(found) == {*CLUSTER_CUTS, None}


@pytest.mark.parametrize(
    ("role", "height_bounds", "width_max"),
    [
        ("train", (10, 179), 1500),
        ("held_out", (10, 179), 1500),
        ("mip", (-1, 10**6), 473),
        ("reference", (-1, 10**6), 1500),
    ],
)
def test_pair_cuts_must_hold_in_both_planes(role, height_bounds, width_max):
    heights = RNG.choice([0, 10, 11, 178, 179, 240], (3000, 2))
    widths = RNG.choice([1, 472, 473, 1499, 1500, 3000], (3000, 2))
    found = first_failed_pair_cut(getattr(CutsConfig(), role), heights=heights, widths=widths)
    for name, height, width in zip(found, heights, widths, strict=True):
        if not all(height_bounds[0] < value < height_bounds[1] for value in height):
            assert name == PAIR_CUTS[0]
        elif not all(value < width_max for value in width):
            assert name == PAIR_CUTS[1]
        else:
            assert name is None


def test_no_clusters_have_no_cuts():
    none = np.zeros(0, np.int64)
    found = first_failed_cut(
        RoleCuts(), "collection", height=none, profile_constant=none.astype(bool), entry_wire=none, vertex_tick=none
    )
    assert found.shape == (0,)
    assert first_failed_pair_cut(RoleCuts(), heights=none.reshape(0, 2), widths=none.reshape(0, 2)).shape == (0,)


@pytest.mark.parametrize("role", ["train", "held_out", "mip", "reference"])
def test_cuts_survive_the_way_to_a_script(role):
    cuts = getattr(CutsConfig(), role)
    assert RoleCuts.model_validate_json(cuts.model_dump_json()).model_dump() == cuts.model_dump()


def test_a_partly_given_section_keeps_the_defaults_of_its_role():
    cuts = parse_config(
        {"mip": {"pair_width_max": 400}, "train": {"induction": {"wire_max": 50}}}, CutsConfig, source="x"
    )
    assert cuts.mip.height_min == 175
    assert cuts.mip.pair_width_max == 400
    assert cuts.train.induction.wire_min == 11
    assert cuts.train.induction.wire_max == 50
    assert cuts.held_out.induction.wire_max == 35


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"train": {"height_min": 200}}, "c.yaml: train: height_min=200 and height_max=179 keep nothing"),
        ({"train": {"height_min": 178}}, "height_max must exceed height_min by 2 or more"),
        ({"mip": {"collection": {"wire_min": 40}}}, "c.yaml: mip.collection: wire_min=40 and wire_max=37 keep nothing"),
        ({"mip": {"induction": {"tick_max": 700}}}, "tick_min=786 and tick_max=700 keep nothing"),
        ({"train": {"pair_height_max": 5}}, "pair_height_min=10 and pair_height_max=5 keep nothing"),
        ({"train": {"pair_width_max": 0}}, "train.pair_width_max=0: input should be greater than 0"),
        ({"train": {"hight_min": 5}}, "train.hight_min is not a known key; did you mean train.height_min"),
        ({"muon": {}}, "muon is not a known key"),
    ],
)
def test_wrong_cuts_name_the_key(raw, message):
    with pytest.raises(ConfigError) as caught:
        parse_config(raw, CutsConfig, source="c.yaml")
    assert message in str(caught.value)
