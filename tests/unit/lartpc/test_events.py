"""Names of events, and where an event lies."""

import re

import pandas as pd
import pytest

from rootline.config import config_class, read_config
from rootline.core.errors import UserError
from rootline.lartpc.events import EventChoice, event_pattern, locate_event, name_event, parse_event_name

SAMPLES = ("protons", "kaons", "k-7")


def listed(*rows):
    columns = ["sample", "run", "subrun", "event", "entry", "path"]
    return pd.DataFrame([dict(zip(columns, row, strict=True)) for row in rows], columns=columns)


EVENTS = listed(
    ("protons", 6, 0, 1, 0, "p.root"),
    ("protons", 6, 0, 5, 1, "p.root"),
    ("protons", 6, 1, 9, 0, "q.root"),
    ("kaons", 7, 0, 1, 0, "k.root"),
    ("k-7", 7, 0, 1, 3, "r.root"),
)
NO_TRACKS = EVENTS.iloc[:0]


@pytest.mark.parametrize(
    ("name", "samples", "numbers"),
    [
        ("6-0-1", SAMPLES, (6, 0, 1)),
        ("kaons-7-0-1", ("kaons",), (7, 0, 1)),
        ("k-7-7-0-1", ("k-7",), (7, 0, 1)),
        ("k-7-first", ("k-7",), None),
    ],
)
def test_a_name_gives_back_sample_and_numbers(name, samples, numbers):
    assert re.fullmatch(event_pattern(SAMPLES), name)
    assert parse_event_name(name, SAMPLES) == (samples, numbers)


@pytest.mark.parametrize("name", ["6-0", "6-0-1-2", "muons-6-0-1", "first", "protons-last", "6-0-x", ""])
def test_what_names_no_event_is_refused_with_the_forms_that_do(name):
    assert not re.fullmatch(event_pattern(SAMPLES), name)
    with pytest.raises(UserError, match="write run-subrun-event, such as 6000-1-12.*the samples are protons, kaons"):
        parse_event_name(name, SAMPLES)


def test_a_name_that_is_too_long_for_a_file_is_refused():
    with pytest.raises(UserError, match="names no event"):
        parse_event_name(f"6000-1-{'9' * 5000}", SAMPLES)


def test_every_name_that_the_config_gives_is_one_that_can_be_read():
    for choice in (EventChoice(run=6, subrun=0, event=1), EventChoice(sample="k-7", run=7, subrun=0, event=1)):
        name = name_event(choice, SAMPLES)
        assert parse_event_name(name, SAMPLES).numbers == (choice.run, choice.subrun, choice.event)


def test_a_sample_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UserError, match="lartpc.event.sample: no sample muons; this config has protons, kaons, k-7"):
        name_event(EventChoice(sample="muons", run=1, subrun=0, event=1), SAMPLES)


def test_the_config_takes_one_event_or_a_list():
    one = {"run": "6", "subrun": 0, "event": 1}  # --config gives numbers as text
    for given in (one, [one]):
        config = read_config({"lartpc": {"event": given}}, source="test")
        assert config.lartpc.event == (EventChoice(run=6, subrun=0, event=1),)
    assert config_class()().lartpc.event == ()
    with pytest.raises(UserError, match="did you mean lartpc.event.0.run"):
        read_config({"lartpc": {"event": {"rum": 6, "subrun": 0, "event": 1}}}, source="test")


def test_an_event_is_found_with_its_file_and_entry():
    for order in (EVENTS, EVENTS.iloc[::-1]):
        found = locate_event(parse_event_name("6-1-9", SAMPLES), order, NO_TRACKS)
        assert found == ("protons", "q.root", 0, (6, 1, 9))


def test_the_first_event_is_the_first_that_has_a_track_and_without_any_track_the_first():
    name = parse_event_name("protons-first", SAMPLES)
    assert locate_event(name, EVENTS, EVENTS.iloc[[2, 1, 3]]).numbers == (6, 0, 5)
    assert locate_event(name, EVENTS, EVENTS.iloc[[3]]).numbers == (6, 0, 1)


def test_an_event_that_is_not_there_is_refused_with_the_nearest_and_what_was_searched():
    with pytest.raises(UserError) as caught:
        locate_event(parse_event_name("6-0-4", SAMPLES), EVENTS, NO_TRACKS)
    text = str(caught.value)
    assert text.startswith("no event run 6 subrun 0 event 4 in samples protons, kaons, k-7 (5 events in r.root, k.root")
    assert "nearest of run 6 are protons-6-0-5, protons-6-0-1, protons-6-1-9" in text
    with pytest.raises(UserError, match="no file has run 9, the runs go from 6 to 7; near it are"):
        locate_event(parse_event_name("9-0-4", SAMPLES), EVENTS, NO_TRACKS)
    with pytest.raises(UserError, match="no event in sample kaons .0 events in no file.: their files are empty"):
        locate_event(parse_event_name("kaons-7-0-1", SAMPLES), EVENTS.iloc[:2], NO_TRACKS)


def test_numbers_in_two_samples_are_refused_with_the_names_that_tell_them_apart():
    with pytest.raises(UserError, match="is in 2 samples; .*k-7-7-0-1 or kaons-7-0-1"):
        locate_event(parse_event_name("7-0-1", SAMPLES), EVENTS, NO_TRACKS)
    assert locate_event(parse_event_name("k-7-7-0-1", SAMPLES), EVENTS, NO_TRACKS).entry == 3
