import resource
from importlib.util import find_spec

import awkward as ak
import numpy as np
import pytest
import uproot
from tests.unit.lartpc.tiny import tiny_event, write_channel_mapped, write_flat

from rootline.core.errors import UserError
from rootline.lartpc.baskets import IntegerBranch
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw

SMALL = DetectorConfig(wires=20, ticks=40)


def small_events(n, seed=1, ticks=40):
    rng = np.random.default_rng(seed)
    return [tiny_event(rng, wires=20, ticks=ticks) for _ in range(n)]


def keys_of(n):
    return [(1, entry // 4, 10 + entry) for entry in range(n)]


def read_all(path, *, tree=None, detector=SMALL):
    with open_raw(str(path), tree=tree, detector=detector) as raw:
        return list(raw.iterate())


def assert_events(found, events, keys):
    assert [(event.entry, event.run, event.subrun, event.event) for event in found] == [
        (entry, *key) for entry, key in enumerate(keys)
    ]
    for event, expected in zip(found, events, strict=True):
        np.testing.assert_array_equal(event.planes["induction"], expected[:20])
        np.testing.assert_array_equal(event.planes["collection"], expected[20:])
        assert event.planes["collection"].dtype.newbyteorder("=") == np.int16


@pytest.mark.parametrize("per_basket", [1, 2, 5, 100])
def test_flat_files_give_back_their_waveforms(tmp_path, per_basket):
    events = small_events(7)
    write_flat(tmp_path / "f.root", events, keys_of(7), per_basket=per_basket)
    assert_events(read_all(tmp_path / "f.root"), events, keys_of(7))


def test_flat_files_of_fixed_length_give_back_their_waveforms(tmp_path):
    events = small_events(5)
    write_flat(tmp_path / "f.root", events, keys_of(5), fixed=True, tree="anatree/raw")
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=SMALL) as raw:
        assert (raw.tree, raw.cycle, raw.layout, raw.n_entries) == ("anatree/raw", 1, "flat", 5)
        assert_events(list(raw.iterate()), events, keys_of(5))


@pytest.mark.parametrize("per_basket", [1, 3, 100])
def test_channels_land_on_their_wires_in_any_order_and_silent_ones_are_zero(tmp_path, per_basket):
    rng = np.random.default_rng(2)
    events = small_events(6)
    channels = [rng.permutation(40)[: rng.integers(1, 41)] for _ in events]
    channels[2] = np.arange(40)
    channels[3] = np.arange(40)
    expected = []
    for event, kept in zip(events, channels, strict=True):
        full = np.zeros_like(event)
        for channel in kept:
            full[channel] = event[channel]
        expected.append(full)
    payloads = [event[kept] for event, kept in zip(events, channels, strict=True)]
    path = tmp_path / "c.root"
    write_channel_mapped(path, payloads, keys_of(6), channels=channels, per_basket=per_basket)
    assert_events(read_all(path), expected, keys_of(6))


def test_events_may_differ_in_length(tmp_path):
    events = small_events(2) + small_events(2, ticks=25)
    write_flat(tmp_path / "f.root", events, keys_of(4), per_basket=3)
    assert_events(read_all(tmp_path / "f.root"), events, keys_of(4))


def test_of_several_cycles_the_highest_is_read_unless_one_is_named(tmp_path):
    old, new = small_events(2, seed=3), small_events(5, seed=4)
    write_flat(tmp_path / "f.root", old, keys_of(2))
    write_flat(tmp_path / "f.root", new, keys_of(5), update=True)
    assert_events(read_all(tmp_path / "f.root"), new, keys_of(5))
    assert_events(read_all(tmp_path / "f.root", tree="ana/raw"), new, keys_of(5))
    assert_events(read_all(tmp_path / "f.root", tree="ana/raw;1"), old, keys_of(2))
    with pytest.raises(UserError, match=r"no tree ana/raw;3; it has .*ana/raw;2"):
        read_all(tmp_path / "f.root", tree="ana/raw;3")


def test_the_tree_is_found_among_others_by_its_branches(tmp_path):
    events = small_events(2)
    path = tmp_path / "f.root"
    with uproot.recreate(path) as file:
        file.mktree("meta/pots", {"run": "int32", "pot": "float64"}).extend({"run": [1], "pot": [2.0]})
    write_flat(path, events, keys_of(2), tree="deep/er/waveforms", update=True)
    with open_raw(str(path), tree=None, detector=SMALL) as raw:
        assert raw.tree == "deep/er/waveforms"
        assert_events(list(raw.iterate()), events, keys_of(2))


def test_two_trees_of_waveforms_must_be_told_apart_by_name(tmp_path):
    one, other = small_events(2, seed=5), small_events(3, seed=6)
    path = tmp_path / "f.root"
    write_flat(path, one, keys_of(2), tree="ana/raw")
    write_flat(path, other, keys_of(3), tree="anatree/raw", update=True)
    with pytest.raises(UserError, match=r"2 trees hold raw waveforms \(ana/raw;1, anatree/raw;1\); name one of them"):
        read_all(path)
    assert_events(read_all(path, tree="anatree/raw"), other, keys_of(3))


def test_a_colon_in_a_path_is_part_of_its_name(tmp_path):
    events = small_events(1)
    (tmp_path / "run:7").mkdir()
    write_flat(tmp_path / "f.root", events, keys_of(1))
    (tmp_path / "f.root").rename(tmp_path / "run:7" / "f:1.root")
    assert_events(read_all(tmp_path / "run:7" / "f:1.root"), events, keys_of(1))


@pytest.mark.parametrize(("kind", "per_basket"), [(">i2", 2), (">i4", 2), (">i2", 7)])
def test_lists_that_are_written_as_std_vector_are_read_without_their_headers(tmp_path, kind, per_basket):
    # uproot writes plain lists only; these bytes are what ROOT puts into a basket of std::vector
    rng = np.random.default_rng(7)
    lists = [rng.integers(-300, 300, n).astype(kind) for n in (5, 0, 1, 40, 3)]
    entries = [rng.integers(0, 256, 10, np.uint8).tobytes() + values.tobytes() for values in lists]
    with uproot.recreate(tmp_path / "v.root") as file:
        tree = file.mktree("raw", {"adc": "var * uint8"})
        for first in range(0, len(entries), per_basket):
            part = [np.frombuffer(entry, np.uint8) for entry in entries[first : first + per_basket]]
            tree.extend({"adc": ak.unflatten(np.concatenate(part), [len(entry) for entry in part])})
    with uproot.open(tmp_path / "v.root") as file:
        branch = file["raw"]["adc"]
        branch._interpretation = uproot.AsJagged(uproot.AsDtype(kind), header_bytes=10)
        found = IntegerBranch(branch, "v.root")
        for entry, values in enumerate(lists):
            np.testing.assert_array_equal(found.read(entry), values)


def test_every_basket_is_unpacked_once(tmp_path, monkeypatch):
    write_channel_mapped(tmp_path / "c.root", small_events(12), keys_of(12), per_basket=4)
    unpacked = []
    load = IntegerBranch._load
    monkeypatch.setattr(
        IntegerBranch, "_load", lambda self, number: (unpacked.append((self.name, number)), load(self, number))
    )
    read_all(tmp_path / "c.root")
    assert len(unpacked) == len(set(unpacked)) == 5 * 3


def test_a_tree_without_entries_has_no_events(tmp_path):
    with uproot.recreate(tmp_path / "f.root") as file:
        file.mktree("ana/raw", {"run": "int32", "subrun": "int32", "event": "int32", "rawadc1": "var * int16"})
    assert read_all(tmp_path / "f.root") == []


def test_an_event_whose_channels_were_all_silent_is_empty(tmp_path):
    payloads = [np.zeros((0, 40), np.int16), small_events(1)[0][:3]]
    write_channel_mapped(tmp_path / "c.root", payloads, keys_of(2), channels=[np.zeros(0, int), np.arange(3)])
    assert not read_all(tmp_path / "c.root")[0].planes["collection"].any()


@pytest.mark.parametrize(
    ("channels", "payload", "message"),
    [
        ([0, 1, 40], (3, 40), "raw_channel 40 does not exist, channels are 0 to 39 with lartpc.detector.wires = 20"),
        ([0, -1, 3], (3, 40), "raw_channel -1 does not exist"),
        ([-1, 0, 3], (3, 40), "raw_channel -1 does not exist"),
        ([0, 7, 7], (3, 40), "raw_channel 7 occurs 2 times"),
        ([0, 1, 2], (1, 40), "raw_rawadc holds 40 values, which does not divide by its 3 channels"),
        ([0, 1, 2], (0, 40), "raw_rawadc holds 0 values"),
        ([], (3, 40), "raw_rawadc holds 120 values, which does not divide by its 0 channels"),
    ],
)
def test_a_malformed_entry_is_named_with_its_file_and_event(tmp_path, channels, payload, message):
    good = small_events(1)[0]
    write_channel_mapped(
        tmp_path / "c.root",
        [good, np.ones(payload, np.int16)],
        keys_of(2),
        channels=[np.arange(40), np.array(channels, int)],
    )
    with open_raw(str(tmp_path / "c.root"), tree=None, detector=SMALL) as raw:
        events = raw.iterate()
        assert next(events).entry == 0
        with pytest.raises(UserError) as caught:
            next(events)
    assert f"{tmp_path / 'c.root'}: ana/raw;1 entry 1 (run 1 subrun 0 event 11): " in str(caught.value)
    assert message in str(caught.value)


def test_a_flat_payload_must_divide_by_the_channels_of_two_planes(tmp_path):
    write_flat(tmp_path / "f.root", [np.zeros(41, np.int16)], keys_of(1))
    with pytest.raises(UserError, match=r"entry 0 .*rawadc1 holds 41 values, .* by the 40 channels of two planes"):
        read_all(tmp_path / "f.root")


def test_waveforms_too_long_for_int16_ticks_are_refused(tmp_path):
    write_flat(tmp_path / "f.root", [np.zeros((2, 32768), np.int16)], keys_of(1))
    with pytest.raises(UserError, match="waveforms of 32768 ticks, at most 32767"):
        read_all(tmp_path / "f.root", detector=DetectorConfig(wires=1))


@pytest.mark.parametrize("value", [-32769, 32768])
def test_wide_integers_are_read_where_they_fit_and_refused_where_not(tmp_path, value):
    path = tmp_path / "f.root"
    types = {"run": "int64", "subrun": "uint16", "event": "uint64", "rawadc1": np.dtype((np.int32, (4,)))}
    write_tree(path, types, run=[3], subrun=[2], event=[2**40], rawadc1=np.array([[0, 5, 300, 7]], np.int32))
    (event,) = read_all(path, detector=DetectorConfig(wires=1))
    assert (event.run, event.subrun, event.event) == (3, 2, 2**40)
    assert event.planes["collection"].tolist() == [[300, 7]]
    write_tree(path, types, run=[3], subrun=[2], event=[1], rawadc1=np.array([[0, 5, value, 7]], np.int32))
    with pytest.raises(UserError, match=rf"entry 0 .*rawadc1 holds ADC values from .*{value}.*fit 16 bits"):
        read_all(path, detector=DetectorConfig(wires=1))


def write_tree(path, types, **columns):
    with uproot.recreate(path) as file:
        dtypes = {name: np.dtype(kind).base for name, kind in types.items()}
        file.mktree("ana/raw", types).extend({name: np.asarray(columns[name], dtypes[name]) for name in types})


def test_a_tree_that_lacks_branches_says_which(tmp_path):
    path = tmp_path / "f.root"
    write_tree(path, {"run": "int32", "event": "int32", "raw_channel": "int32"}, run=[1], event=[1], raw_channel=[1])
    message = r"ana/raw;1 lacks subrun, raw_channel with raw_rawadc or rawadc1"
    with pytest.raises(UserError, match=message):
        read_all(path)
    with pytest.raises(UserError, match=message):
        read_all(path, tree="ana/raw")
    with pytest.raises(UserError, match=r"no tree other; it has ana/raw;1: correct the column tree of samples.tsv"):
        read_all(path, tree="other")


def test_branches_must_hold_integers(tmp_path):
    path = tmp_path / "f.root"
    types = {"run": "int32", "subrun": "int32", "event": "float64", "rawadc1": "int16"}
    write_tree(path, types, run=[1], subrun=[1], event=[1.0], rawadc1=[1])
    with pytest.raises(UserError, match="branch event is of type double; it must hold integers"):
        read_all(path)


def test_an_event_number_must_be_one_number(tmp_path):
    path = tmp_path / "f.root"
    types = {"run": "int32", "subrun": "int32", "event": np.dtype((np.int32, (2,))), "rawadc1": "int16"}
    write_tree(path, types, run=[1], subrun=[1], event=np.array([[1, 2]], np.int32), rawadc1=[1])
    with pytest.raises(UserError, match="branch event .* must hold one integer per entry"):
        read_all(path)


def test_files_that_are_no_root_files_are_refused_with_a_remedy(tmp_path):
    with pytest.raises(
        UserError, match=r"gone.root: no such file, looked in .*; correct the path in the config or in its table"
    ):
        read_all(tmp_path / "gone.root")
    (tmp_path / "empty.root").touch()
    with pytest.raises(UserError, match=r"the file is empty \(0 bytes\); copy it again"):
        read_all(tmp_path / "empty.root")
    (tmp_path / "text.root").write_text("run,subrun,event\n" * 100)
    with pytest.raises(UserError, match=r"text.root: not a ROOT file, or damaged"):
        read_all(tmp_path / "text.root")
    with uproot.recreate(tmp_path / "bare.root") as file:
        file["histogram"] = np.histogram([1.0, 2.0])
    with pytest.raises(UserError, match=r"bare.root: no tree in this file"):
        read_all(tmp_path / "bare.root")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_file_cut_short_is_refused(tmp_path, share):
    path = tmp_path / "f.root"
    write_flat(path, small_events(8), keys_of(8))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UserError, match=r"f.root: (cut short|not a ROOT file, or damaged).*copy (it|the file) again"):
        read_all(path)


def test_damage_anywhere_in_a_file_is_an_error_that_names_it_or_goes_unseen(tmp_path):
    path = tmp_path / "f.root"
    write_flat(path, small_events(8), keys_of(8))
    data = path.read_bytes()
    texts = []
    for begin in np.linspace(100, len(data) - 60, 40).astype(int):
        path.write_bytes(data[:begin] + b"\xa5" * 50 + data[begin + 50 :])
        try:
            read_all(path)
        except UserError as error:
            texts.append(str(error))
    assert len(texts) > 10
    for text in texts:
        assert str(path) in text
        assert any(remedy in text for remedy in ("again", "samples.tsv", "lacks", "must hold"))


def test_a_remote_file_that_cannot_be_reached_says_so():
    # a protocol that fsspec reads with Python's own modules
    with pytest.raises(UserError, match=r"ftp://nowhere.invalid/f.root: cannot be opened .*check the address"):
        read_all("ftp://nowhere.invalid/f.root")


@pytest.mark.skipif(find_spec("fsspec_xrootd") is not None, reason="fsspec-xrootd is installed: nothing is missing")
def test_a_remote_file_whose_protocol_needs_a_package_says_how_to_get_it():
    with pytest.raises(
        UserError, match=r"root://host//f.root: remote files need .*xrootd.*pip install -e '\.\[remote\]'"
    ):
        read_all("root://host//f.root")


def test_a_file_that_cannot_be_opened_for_want_of_handles_is_not_called_damaged(tmp_path):
    write_flat(tmp_path / "a.root", small_events(2), keys_of(2))
    read_all(tmp_path / "a.root")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with (tmp_path / "a.root").open("rb") as last:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), hard))
        try:
            with pytest.raises(UserError, match="a.root: too many files are open; raise the limit by `ulimit -n"):
                open_raw(str(tmp_path / "a.root"), tree=None, detector=SMALL)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
