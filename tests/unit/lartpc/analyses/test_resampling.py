"""Area against bilinear resampling, on tracks whose charge is known pixel by pixel."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.resampling import (
    RESAMPLING_KEY,
    canvas_of,
    choose_tracks,
    compare_resampling,
    draw_examples,
    read_shares,
    wires_unread,
)
from rootline.lartpc.analyses.settings.resampling import ResamplingConfig
from rootline.lartpc.chosen_tracks import read_chosen_tracks
from rootline.lartpc.images import ImageConfig, render_images

IMAGES = ImageConfig()
OPTIONS = ResamplingConfig(bootstrap=100, shifts=(1, 16))
PLANES = ("collection", "induction")
KIND = pa.list_(pa.int16())


def straight_tracks(*, starts=(900, 1000, 1100, 1200), n_wires=40, width=6, slope=3, shift=0):
    """One track per start tick: `n_wires` wires with `width` ticks of 100 ADC each, `slope` ticks from wire to wire."""
    columns = {
        "sample": ["protons"] * len(starts), "run": [1] * len(starts), "subrun": [1] * len(starts),
        "event": list(range(len(starts))), "track": pa.array([0] * len(starts), pa.int32()),
        "particle": ["proton" if number % 2 else "kaon" for number in range(len(starts))],
    }  # fmt: skip
    for plane in PLANES:
        lists, boxes = [], []
        for start in starts:
            wire = np.repeat(np.arange(20, 20 + n_wires), width)
            tick = start + shift + slope * (wire - 20) + np.tile(np.arange(width), n_wires)
            lists.append({"wire": wire, "tick": tick, "adc": np.full(len(wire), 100)})
            boxes.append((20, 20 + n_wires, tick.min(), tick.max() + 1))
        for column, side in enumerate(("wire_min", "wire_max", "tick_min", "tick_max")):
            columns[f"{plane}_{side}"] = pa.array([box[column] for box in boxes], pa.int32())
        columns[f"{plane}_pixels"] = pa.array(lists, pa.struct([("wire", KIND), ("tick", KIND), ("adc", KIND)]))
    return pa.table(columns)


@pytest.fixture(scope="module")
def compared():
    return compare_resampling(straight_tracks(), IMAGES, OPTIONS).set_index(list(RESAMPLING_KEY))


@pytest.mark.parametrize("plane", PLANES)
def test_area_keeps_the_charge_of_every_track_and_bilinear_does_not(compared, plane):
    area, bilinear = (compared.loc["charge_closure", name, plane, "all", 0] for name in ("area", "bilinear"))
    assert area["value"] == pytest.approx(1, abs=1e-6) and area["n"] == 4
    assert abs(bilinear["value"] - 1) > 0.02
    assert compared.loc["charge_spread", "area", plane, "all", 0]["value"] < 1e-6


def test_a_shift_leaves_the_charge_of_each_wire_with_area_alone(compared):
    for shift in (1, 16):
        values = compared.loc["wire_charge_change"].xs(shift, level="shift")["value"]
        assert values["area", "collection", "all"] == pytest.approx(0, abs=1e-9)
        assert values["bilinear", "collection", "all"] > 0.1


def test_a_shift_by_one_tick_moves_the_charge_of_one_tick_of_a_pixel_between_neighbours(compared):
    # a pixel is 1502 / 48 ticks wide; what leaves one pixel enters the next, so it counts twice, unless both lie in one
    change = compared.loc["image_change", "area", "collection", "all", 1]["value"]
    assert 0 < change <= 2 * 48 / 1502 + 1e-9


def test_wires_between_the_ticks_that_bilinear_reads_are_counted():
    canvas = canvas_of(straight_tracks(width=2, slope=1), "collection", IMAGES)
    unread, narrow, track = wires_unread(canvas, IMAGES, "bilinear", narrow=2)
    centres = (np.arange(48) + 0.5) * 1502 / 48 - 0.5
    read = set(np.floor(centres).astype(int)) | set(np.floor(centres).astype(int) + 1)
    # the vertex tick, the first of each track, lies on column 751; wire w has the columns 751 + w and 752 + w
    expected = [not ({751 + wire, 752 + wire} & read) for wire in range(40)]
    assert unread.tolist() == expected * 4 and narrow.all() and np.bincount(track).tolist() == [40] * 4
    assert not wires_unread(canvas, IMAGES, "area", narrow=2)[0].any()


def test_a_pulse_is_narrow_by_its_span():
    canvas = canvas_of(straight_tracks(width=6), "collection", IMAGES)
    assert not wires_unread(canvas, IMAGES, "area", narrow=5)[1].any()
    assert wires_unread(canvas, IMAGES, "area", narrow=6)[1].all()


@pytest.mark.parametrize("resampling", ["area", "bilinear"])
def test_the_weights_are_those_of_the_images(resampling):
    tracks, options = straight_tracks(), ImageConfig(resampling=resampling)
    placed = canvas_of(tracks, "collection", options)
    canvas = np.zeros((4, 51, 1502))
    np.add.at(canvas, (placed.track, placed.row, placed.column), placed.charge)
    wires, ticks = (read_shares(options, resampling, along=side) for side in ("wires", "ticks"))
    expected = np.einsum("iw,nwt,jt->nij", wires, canvas, ticks)
    cells = 1 if resampling == "area" else 51 * 1502 / 48**2
    np.testing.assert_allclose(render_images(tracks, options)[:, 0] * cells, expected, rtol=1e-5, atol=1e-3)


def test_a_whole_track_that_is_moved_in_time_gives_the_same_images():
    for resampling in ("area", "bilinear"):
        options = ImageConfig(resampling=resampling)
        moved = render_images(straight_tracks(shift=137), options)
        np.testing.assert_array_equal(moved, render_images(straight_tracks(), options))


def test_without_tracks_there_are_rows_without_values():
    table = compare_resampling(straight_tracks().slice(0, 0), IMAGES, OPTIONS)
    assert set(table["n"]) == {0} and table["value"].isna().all()
    assert draw_examples(straight_tracks().slice(0, 0), IMAGES) == {}


def test_an_example_of_each_particle_is_drawn_both_ways():
    examples = draw_examples(straight_tracks(), IMAGES)
    assert sorted(examples) == ["kaon.area", "kaon.bilinear", "proton.area", "proton.bilinear"]
    assert examples["kaon.area"].sum() == pytest.approx(2 * 40 * 6 * 100, rel=1e-5)


def test_the_choice_is_even_over_samples_and_does_not_depend_on_the_order():
    keys = pd.DataFrame({"sample": ["a"] * 100 + ["b"] * 4, "run": 1, "subrun": 1, "event": range(104), "track": 0})
    options = ResamplingConfig(tracks=20)
    chosen = choose_tracks(keys, options)
    assert chosen["sample"].value_counts().to_dict() == {"a": 10, "b": 4}
    pd.testing.assert_frame_equal(choose_tracks(keys.sample(frac=1, random_state=1), options), chosen)
    assert len(choose_tracks(keys.iloc[:0], options)) == 0


def test_the_chosen_tracks_are_read_with_their_pixels_and_a_lost_one_is_an_error(tmp_path):
    tracks = straight_tracks()
    pq.write_table(tracks, tmp_path / "protons.parquet")
    keys = tracks.select(list(TRACK_KEY)).to_pandas().iloc[[2, 1]]
    found = read_chosen_tracks([tmp_path / "protons.parquet"], keys)
    assert found["event"].to_pylist() == [1, 2]
    assert found["collection_pixels"].equals(tracks["collection_pixels"].take(pa.array([1, 2])))
    with pytest.raises(UserError, match="3 tracks were chosen, 2 of them are in the tables"):
        read_chosen_tracks([tmp_path / "protons.parquet"], pd.concat([keys, keys.iloc[:1].assign(event=99)]))
