import numpy as np
import pytest
from tests.unit.lartpc.tiny import tiny_event, write_channel_mapped, write_flat

from rootline.core.errors import UserError
from rootline.lartpc.check import MAX_PEDESTAL_ADC, check_file, describe_checks, join_checks
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw

SMALL = DetectorConfig(wires=20, ticks=40)


def small_events(n, seed=1):
    rng = np.random.default_rng(seed)
    return [tiny_event(rng, wires=20, ticks=40) for _ in range(n)]


def checked(path, detector=SMALL, **options):
    with open_raw(str(path), tree=None, detector=detector) as raw:
        return check_file(raw, **options)


def test_the_report_says_what_the_file_holds(tmp_path):
    events = small_events(5)
    keys = [(1, 0, 3), (1, 0, 4), (1, 0, 4), (1, 1, 4), (1, 0, 3)]
    write_flat(tmp_path / "f.root", events, keys, per_basket=2)
    report, table = checked(tmp_path / "f.root")
    every = np.stack(events)
    assert report == {
        "path": str(tmp_path / "f.root"),
        "tree": "ana/raw",
        "cycle": 1,
        "layout": "flat",
        "entries": 5,
        "ticks_min": 40,
        "ticks_max": 40,
        "adc_min": {"collection": every[:, 20:].min(), "induction": every[:, :20].min()},
        "adc_max": {"collection": every[:, 20:].max(), "induction": every[:, :20].max()},
        "pedestal": {"collection": np.median(every[:, 20:]), "induction": np.median(every[:, :20])},
        "baskets": 3,
        "codec": "ZSTD",
        "bad_events": [],
        "duplicate_events": 2,
        "first_duplicate": {"run": 1, "subrun": 0, "event": 3},
    }
    rows = [(row["run"], row["subrun"], row["event"], row["entry"]) for row in table.to_pylist()]
    assert rows == [(*key, entry) for entry, key in enumerate(keys)]


@pytest.mark.parametrize("shift", [-300, -MAX_PEDESTAL_ADC - 1, MAX_PEDESTAL_ADC + 1, 2000])
def test_waveforms_with_a_pedestal_are_refused(tmp_path, shift):
    event = np.random.default_rng(1).normal(shift, 1, (40, 40)).round().astype(np.int16)
    write_flat(tmp_path / "f.root", [event], [(1, 0, 0)])
    with pytest.raises(UserError, match=r"f.root: the median of the \w+ waveforms is -?\d+ ADC.*subtract the pedestal"):
        checked(tmp_path / "f.root")


@pytest.mark.parametrize("plane", ["induction", "collection"])
def test_silent_channels_do_not_hide_a_pedestal(tmp_path, plane):
    first = {"induction": 0, "collection": 20}[plane]
    few = np.arange(first, first + 6)  # of 20 wires; the others were silent and are absent
    waveforms = np.random.default_rng(1).normal(400, 1, (len(few), 40)).round().astype(np.int16)
    write_channel_mapped(tmp_path / "f.root", [waveforms], [(1, 0, 0)], channels=[few])
    with pytest.raises(UserError, match=rf"the median of the {plane} waveforms is 400 ADC.*subtract the pedestal"):
        checked(tmp_path / "f.root")


def test_range_and_pedestal_are_those_of_the_channels_that_were_read_out(tmp_path):
    waveforms = np.full((3, 40), 3, np.int16)
    waveforms[1, 7] = 90
    nothing = (np.zeros((0, 40), np.int16), np.arange(0))
    payloads, channels = zip(nothing, (waveforms, np.array([21, 22, 30])), nothing, strict=True)
    write_channel_mapped(tmp_path / "f.root", list(payloads), [(1, 0, n) for n in range(3)], channels=list(channels))
    report = checked(tmp_path / "f.root").report
    assert report["adc_min"] == report["pedestal"] == {"collection": 3, "induction": None}
    assert report["adc_max"] == {"collection": 90, "induction": None}
    assert report["ticks_min"] == report["ticks_max"] == 40


def test_a_malformed_entry_stops_the_check(tmp_path):
    write_flat(tmp_path / "f.root", [*small_events(2), np.zeros(7, np.int16)], [(1, 0, n) for n in range(3)])
    with pytest.raises(UserError, match=r"f.root: ana/raw;1 entry 2 \(run 1 subrun 0 event 2\)"):
        checked(tmp_path / "f.root")


def write_with_bad(path, n, bad):
    events = small_events(n)
    for entry in bad:
        events[entry] = np.zeros(7, np.int16)
    write_flat(path, events, [(1, 0, 10 + entry) for entry in range(n)])
    return events


def test_malformed_events_are_listed_where_they_may_be_skipped(tmp_path):
    events = write_with_bad(tmp_path / "f.root", 10, [3, 9])
    report, table = checked(tmp_path / "f.root", max_bad_share=0.2)
    reason = "rawadc1 holds 7 values, which does not divide by the 40 channels of two planes (lartpc.detector.wires)"
    assert report["bad_events"] == [
        {"entry": entry, "run": 1, "subrun": 0, "event": 10 + entry, "reason": reason} for entry in (3, 9)
    ]
    assert report["entries"] == table.num_rows == 10
    good = np.stack([event for event in events if event.size > 7])
    assert report["adc_max"] == {"collection": good[:, 20:].max(), "induction": good[:, :20].max()}
    summary = join_checks("s", [report, report | {"path": "again"}], [table])
    assert summary["bad_events"] == 4
    assert "s: 10 events, flat in ana/raw;1, 4 of them malformed and skipped" in describe_checks(summary)


def test_more_malformed_events_than_the_share_stop_the_check_at_once(tmp_path):
    write_with_bad(tmp_path / "f.root", 10, [2, 3, 4, 8])
    message = (
        r"f.root: 3 of the first 5 of its 10 events are malformed, more than lartpc.input.max_bad_share = 0.2 of all; "
        r"entry 2: rawadc1 holds 7 values, .*allow a larger share"
    )
    with pytest.raises(UserError, match=message):
        checked(tmp_path / "f.root", max_bad_share=0.2)
    assert len(checked(tmp_path / "f.root", max_bad_share=0.4).report["bad_events"]) == 4


def test_a_file_whose_events_are_all_malformed_has_a_report_without_ranges(tmp_path):
    write_with_bad(tmp_path / "f.root", 2, [0, 1])
    report = checked(tmp_path / "f.root", max_bad_share=1.0).report
    assert len(report["bad_events"]) == 2
    assert report["adc_max"] == report["pedestal"] == {"collection": None, "induction": None}


def test_damage_is_no_malformed_event_and_always_stops(tmp_path):
    write_flat(tmp_path / "f.root", small_events(10), [(1, 0, n) for n in range(10)], per_basket=1)
    data = (tmp_path / "f.root").read_bytes()
    middle = len(data) // 2
    (tmp_path / "f.root").write_bytes(data[:middle] + bytes(64) + data[middle + 64 :])
    with pytest.raises(UserError, match=r"f.root: .*copy it again"):
        checked(tmp_path / "f.root", max_bad_share=0.9)


def test_another_length_than_the_configured_one_is_told(tmp_path, capsys):
    write_flat(tmp_path / "f.root", small_events(2), [(1, 0, 0), (1, 0, 1)])
    checked(tmp_path / "f.root", DetectorConfig(wires=20))
    assert "waveforms have 40 ticks, lartpc.detector.ticks is 3072" in capsys.readouterr().err
    checked(tmp_path / "f.root")
    assert capsys.readouterr().err == ""


def test_of_a_flat_file_another_length_is_told_with_the_number_of_wires_that_it_follows_from(tmp_path, capsys):
    events, keys = small_events(2), [(1, 0, 0), (1, 0, 1)]
    wrong = DetectorConfig(wires=10, ticks=40)
    write_flat(tmp_path / "f.root", events, keys)
    checked(tmp_path / "f.root", wrong)
    told = capsys.readouterr().err
    assert "waveforms have 80 ticks, lartpc.detector.ticks is 40" in told
    assert "lartpc.detector.wires = 10: an event holds 1600 values for 20 channels." in told
    write_channel_mapped(tmp_path / "c.root", events, keys)
    checked(tmp_path / "c.root", DetectorConfig(wires=20))  # its channels are named, however many wires there are
    assert "lartpc.detector.wires" not in capsys.readouterr().err


def test_an_empty_file_has_an_empty_report(tmp_path):
    write_flat(tmp_path / "f.root", [], [])
    report, table = checked(tmp_path / "f.root")
    assert report["entries"] == table.num_rows == 0
    assert report["ticks_min"] is report["adc_max"]["collection"] is report["pedestal"]["induction"] is None
    assert join_checks("s", [report], [table])["entries"] == 0


@pytest.fixture
def two_files(tmp_path):
    write_flat(tmp_path / "a.root", small_events(3), [(1, 0, n) for n in range(3)])
    write_channel_mapped(tmp_path / "b.root", small_events(2), [(2, 0, 0), (2, 0, 7)], tree="x/raw")
    return [checked(tmp_path / name) for name in ("b.root", "a.root")]


def test_a_sample_report_counts_partners_in_the_side_files(tmp_path, two_files):
    beamline, reco = tmp_path / "beamline.csv", tmp_path / "reco.csv"
    beamline.write_text(
        "run,subrun,event,p,m,beamline_mass\n1,0,0,1,1,493.7\n1,0,0,1,1,493.7\n2,0,7,1,0,938\n9,0,0,1,1,1\n"
    )
    reco.write_text("run,subrun,event,trkrr,trkdedx\n1,0,0,0.5;1.5,7;5\n1,0,1,0.5,7\n1,0,2,0.5,7;8\n2,0,0,0.5,7\n")
    summary = join_checks(
        "both", [file.report for file in two_files], [file.events for file in two_files], beamline=beamline, reco=reco
    )
    assert summary["entries"] == 5
    assert [file["path"][-6:] for file in summary["files"]] == ["a.root", "b.root"]
    assert summary["beamline"]["events_with_partner"] == 2
    assert summary["beamline"]["share"] == pytest.approx(0.4)
    assert summary["reco"]["events_with_partner"] == 3  # the lists of (1, 0, 2) differ in length
    line = describe_checks(summary)
    assert (
        "both: 5 events, channel-mapped in x/raw;1, flat in ana/raw;1, 40.0 % with beamline, 60.0 % with reco" in line
    )


def test_side_files_are_optional(two_files):
    summary = join_checks("s", [file.report for file in two_files], [file.events for file in two_files])
    assert summary["beamline"] is summary["reco"] is None


def test_no_partner_at_all_is_told(tmp_path, two_files, capsys):
    (tmp_path / "b.csv").write_text("run,subrun,event,p,m,beamline_mass\n77,0,0,1,1,493.7\n")
    reports, events = [file.report for file in two_files], [file.events for file in two_files]
    summary = join_checks("s", reports, events, beamline=tmp_path / "b.csv")
    assert summary["beamline"]["share"] == 0
    assert "s: no event has a partner in the beamline file; compare run, subrun and event" in capsys.readouterr().err


def test_an_event_in_two_files_is_refused_with_both_named(tmp_path, two_files):
    write_flat(tmp_path / "c.root", small_events(2), [(4, 0, 1), (1, 0, 2)])
    files = [*two_files, checked(tmp_path / "c.root")]
    with pytest.raises(UserError) as caught:
        join_checks("s", [file.report for file in files], [file.events for file in files])
    assert "sample s: 1 events occur more than once; run 1 subrun 0 event 2 is entry 2 of " in str(caught.value)
    assert f"{tmp_path / 'a.root'} and entry 1 of {tmp_path / 'c.root'}: remove one of them" in str(caught.value)


def test_an_event_twice_in_one_file_is_refused(tmp_path):
    write_flat(tmp_path / "f.root", small_events(3), [(1, 0, 5), (1, 0, 6), (1, 0, 5)])
    file = checked(tmp_path / "f.root")
    with pytest.raises(UserError, match=r"run 1 subrun 0 event 5 is entry 0 of .*f.root and entry 2 of .*f.root"):
        join_checks("s", [file.report], [file.events])
