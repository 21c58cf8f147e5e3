import pandas as pd
import pytest

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.reference_files import read_event_list, read_hand_choice

CANDIDATES = pd.DataFrame(
    [("refs", 9, 0, event, track) for event in (1, 2, 3) for track in (0, 2)]
    + [("more", 9, 1, 1, 0), ("more", 9, 0, 3, 5)],
    columns=list(TRACK_KEY),
)
LISTED = pd.DataFrame({"run": [9, 9, 9], "subrun": [0, 0, 1], "event": [1, 3, 1]})


def write(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    return path


def hand(path, *, listed=LISTED):
    return read_hand_choice(path, CANDIDATES, samples=["refs", "more"], listed=listed)


@pytest.mark.parametrize("separator", [",", "\t"])
def test_event_lists_are_read_with_commas_or_tabs_remarks_and_further_columns(tmp_path, separator):
    lines = ["# by hand", "event,run,subrun,why", "7,1,2,nice", "", " 5 , 1,2,", "7,1,2,again"]
    path = write(tmp_path, "\ufeff" + "\r\n".join(line.replace(",", separator) for line in lines))
    assert read_event_list(path).to_numpy().tolist() == [[1, 2, 5], [1, 2, 7]]


def test_a_list_of_no_events_is_a_list(tmp_path):
    empty = read_event_list(write(tmp_path, "run,subrun,event\n"))
    assert len(empty) == 0 and (empty.dtypes == "int64").all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"mine.csv: the file is empty; it must begin with a header line with the columns run, subrun, event"),
        ("run,event\n1,2\n", r"mine.csv, line 1: no column subrun"),
        ("run,subrun,event\n1,2\n", r"mine.csv, line 2: 2 values for 3 columns; correct the line"),
        ("run,subrun,event\n1,2,3\n1,2,x\n", r"mine.csv, line 3, column event: 'x' is not a whole number of 64 bits"),
        ("run,subrun,event\n1,2,3.0\n", r"line 2, column event: '3.0' is not a whole number"),
        (
            "run,subrun,event\n1,2,9223372036854775808\n",
            r"line 2, column event: '9[0-9]+8' is not a whole number of 64 bits",
        ),
        (f"run,subrun,event\n1,2,{'9' * 5000}\n", r"line 2, column event: '9{80}' is not a whole number of 64 bits"),
        (f"run,subrun,event\n1,2,{'9' * 200_000}\n", r"line 2: not CSV text \(field larger than"),
    ],
)
def test_a_fault_of_an_event_list_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        read_event_list(write(tmp_path, text))


def test_an_event_list_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"none.csv: cannot be read .* correct the path"):
        read_event_list(tmp_path / "none.csv")


def test_tracks_chosen_by_hand_get_their_sample(tmp_path):
    found = hand(write(tmp_path, "run,subrun,event,track\n9,1,1,0\n9,0,1,2\n"))
    assert found[list(TRACK_KEY)].to_numpy().tolist() == [["more", 9, 1, 1, 0], ["refs", 9, 0, 1, 2]]
    by_name = hand(write(tmp_path, "sample,run,subrun,event,track\nmore,9,0,3,5\nrefs,9,0,3,0\n"))
    assert by_name["sample"].tolist() == ["more", "refs"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "9,0,1,0,\n9,0,1,2,",
            r"line 3: run=9 subrun=0 event=1 is chosen from in line 2 already; one track of an event",
        ),
        ("9,0,1,7,", r"line 2: run=9 subrun=0 event=1 has no track 7, it has 0, 2; correct the number"),
        (
            "9,1,1,0,refs",
            r"line 2: run=9 subrun=1 event=1 has no candidate track; correct the numbers or remove the line",
        ),
        (
            "9,0,2,0,",
            r"line 2: run=9 subrun=0 event=2 is not in the list of reference events; add it to lartpc.reference",
        ),
        ("9,0,3,0,", r"line 2: run=9 subrun=0 event=3 is in refs and more; name one in a column sample"),
        (
            "9,0,1,0,kaons",
            r"is of sample kaons, which is no reference sample \(there are: more, refs\); remove the line",
        ),
    ],
)
def test_a_choice_that_cannot_be_meant_is_refused_with_its_line(tmp_path, rows, message):
    with pytest.raises(UserError, match=r"mine.csv, .*" + message):
        hand(write(tmp_path, f"run,subrun,event,track,sample\n{rows}\n"))


def test_without_a_list_an_event_is_unknown_if_it_has_no_candidate(tmp_path):
    with pytest.raises(UserError, match=r"event=99 has no candidate track"):
        hand(write(tmp_path, "run,subrun,event,track\n9,0,99,0\n"), listed=None)
    assert len(hand(write(tmp_path, "run,subrun,event,track\n9,0,2,0\n"), listed=None)) == 1
