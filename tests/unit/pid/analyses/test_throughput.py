"""Rates by a clock that the test turns, the order of rates, and the spectrum of a small file."""

from itertools import cycle

import numpy as np
import pandas as pd
import pytest
import uproot

from rootline.core.errors import UserError
from rootline.core.tables import write_table
from rootline.pid.analyses.settings.throughput import ThroughputConfig, timed_models
from rootline.pid.analyses.throughput import (
    ORDER_KEY,
    THROUGHPUT_KEY,
    Engine,
    check_order,
    count_tracks,
    fill_spectrum,
    measure_rate,
    time_scoring,
)

OPTIONS = ThroughputConfig(seconds=1.0, repeats=4, event_tracks=30)


class Clock:
    """A clock that goes on by what a call takes."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def takes(self, seconds):
        self.now += seconds


@pytest.fixture
def file(tmp_path):
    with uproot.recreate(tmp_path / "mc.root") as root:
        root["DF_1/O2pidtracksmc"] = {"fPt": np.array([0.2, 0.31, 7.0], "f4")}
        root["DF_2/O2pidtracksdataml"] = {"fPt": np.array([0.31, 4.99], "f4")}
    return str(tmp_path / "mc.root")


@pytest.mark.parametrize(
    ("wanted", "trees", "networks", "timed"),
    [
        (None, ["adaboost", "forest"], ["dann", "mlp"], ("adaboost", "dann")),
        (None, [], ["dann"], ("dann",)),
        (None, ["boosting"], [], ("boosting",)),
        (["mlp", "forest", "mlp"], ["forest"], ["mlp", "dann"], ("mlp", "forest")),
        ([], ["forest"], ["mlp"], ()),
    ],
)
def test_the_first_trees_and_the_first_network_are_timed_unless_others_are_named(wanted, trees, networks, timed):
    assert timed_models(ThroughputConfig(models=wanted), trees=trees, networks=networks) == timed


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("florest", "'florest' is none of pid.models; did you mean forest[?] There are forest, mlp"),
        ("dann", "pid.analyses.throughput.models: 'dann' is none of pid.models; there are forest, mlp"),
    ],
)
def test_a_model_that_there_is_not_cannot_be_timed(wanted, message):
    with pytest.raises(UserError, match=message):
        timed_models(ThroughputConfig(models=["forest", wanted]), trees=["forest"], networks=["mlp"])


def test_a_rate_is_tracks_over_time_and_its_repeats_fill_the_time():
    clock = Clock()
    found = measure_rate(cycle([lambda: clock.takes(0.01)]), 30, OPTIONS, clock)
    assert found == (pytest.approx(3000), pytest.approx(3000), pytest.approx(3000), 4)
    assert clock.now == pytest.approx(1.0, abs=0.05)  # and two calls before


def test_a_slow_call_is_made_once_in_a_repeat_and_the_median_counts():
    clock, times = Clock(), iter([9.0, 2.0, 1.0, 2.0, 4.0, 8.0])  # the first goes before, the second sets the number
    found = measure_rate(cycle([lambda: clock.takes(next(times))]), 8, OPTIONS, clock)
    assert found == (pytest.approx(3.0), 1.0, 8.0, 4)


def test_every_track_takes_its_turn_in_calls_of_the_right_size():
    inputs = np.arange(70 * 16, dtype=np.float32).reshape(70, 16)
    clock, seen = Clock(), {}

    def prepare(threads):
        def score(part):
            seen.setdefault(len(part), set()).update(part[:, 0].tolist())
            clock.takes(0.002 * threads + 0.0001 * len(part))

        return lambda: score

    engines = {Engine("forest", "library", n): prepare(n) for n in (1, 2)}
    found = time_scoring(engines, inputs, lambda: clock.takes(0.1), OPTIONS, n_analysed=5, clock=clock)
    first = set(inputs[:, 0].tolist())
    assert set(seen) == {1, 30, 70} and seen[1] == seen[70] == first and seen[30] == set(inputs[:60, 0].tolist())
    rates = found.rates.set_index(list(THROUGHPUT_KEY))
    assert rates.loc[("forest", "library", "track", 1), "rate"] == pytest.approx(1 / 0.0021)
    assert rates.loc[("forest", "library", "event", 2), "rate"] == pytest.approx(30 / 0.007)
    assert rates.loc[("forest", "library", "batch", 1), "tracks_per_call"] == 70
    analysis = rates.loc[("analysis", "uproot", "batch", 1)]
    assert analysis["tracks_per_call"] == 5 and analysis["relative_cost"] == 1
    for _, row in rates.iterrows():
        assert row["relative_cost"] == pytest.approx(analysis["rate"] / row["rate"])
    assert found.order["holds"].all() and len(found.order) == 5


def test_only_so_many_tracks_are_scored_and_none_are_refused():
    sizes = set()
    engines = {Engine("mlp", "onnx", 1): lambda: lambda part: sizes.add(len(part))}
    quick = OPTIONS.model_copy(update={"seconds": 0.001, "tracks": 20})
    found = time_scoring(engines, np.zeros((100, 16), np.float32), list, quick, n_analysed=5)
    assert sizes == {1, 20} and set(found.rates["n_tracks"]) == {5, 20}
    assert "one thread > many" not in set(found.order["claim"])
    with pytest.raises(UserError, match="there is no track to score"):
        time_scoring(engines, np.zeros((0, 16), np.float32), list, quick, n_analysed=5)


def rates(**values):
    rows = [
        {"model": "forest", "engine": "onnx", "call": name.split("_")[0], "threads": int(name.split("_")[1])}
        | {"rate_min": low, "rate": rate, "rate_max": high, "n_repeats": 4}
        for name, (low, rate, high) in values.items()
    ]
    return pd.DataFrame(rows)


def test_the_order_is_told_as_it_was_measured():
    table = rates(
        track_1=(9, 10, 11), event_1=(90, 100, 110), batch_1=(45, 50, 95), track_2=(10.5, 12, 13), event_2=(1, 2, 3),
        batch_2=(5, 6, 7),
    )  # fmt: skip
    found = check_order(table).set_index(["claim", "threads"])
    assert found["holds"].to_dict() == {
        ("batch > event", 1): False,
        ("batch > event", 2): True,
        ("event > track", 1): True,
        ("event > track", 2): False,
        ("one thread > many", 2): False,
    }
    assert found["apart"].to_dict() == {
        ("batch > event", 1): False,
        ("batch > event", 2): True,
        ("event > track", 1): True,
        ("event > track", 2): True,
        ("one thread > many", 2): False,
    }
    assert found.loc[("one thread > many", 2), "ratio"] == pytest.approx(10 / 12)


def test_tables_are_written_by_their_keys(tmp_path):
    quick = OPTIONS.model_copy(update={"seconds": 0.001})
    engines = {Engine("mlp", "onnx", n): lambda: len for n in (1, 2)}
    found = time_scoring(engines, np.zeros((40, 16), np.float32), list, quick, n_analysed=5)
    write_table(tmp_path / "throughput.parquet", found.rates, key=THROUGHPUT_KEY)
    write_table(tmp_path / "order.parquet", found.order, key=ORDER_KEY)


def test_the_spectrum_counts_the_tracks_of_all_frames(file):
    spectrum = fill_spectrum(file)
    assert (spectrum[4], spectrum[6], spectrum[99], spectrum.sum()) == (1, 2, 1, 4)  # one is beyond the last bin
    assert count_tracks(file) == 5
