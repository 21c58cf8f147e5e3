"""Side files: every way a CSV of the user can be right or wrong."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootline.core.errors import UserError
from rootline.lartpc import sidefiles
from rootline.lartpc.sidefiles import read_beamline, read_loglikelihood, read_reco

BEAMLINE = "run,subrun,event,p,m,beamline_mass\n"
RECO = "run,subrun,event,trkrr,trkdedx\n"
LIKELIHOOD = "run,subrun,event,log_likelihood_kaon,log_likelihood_proton\n"


@pytest.fixture
def file(tmp_path):
    def write(text: str | bytes, name: str = "side.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_beamline_file_is_read_in_the_order_of_the_key(file):
    read = read_beamline(file(BEAMLINE + "2,0,1,0,1,938.3\n1,3,9,1,1,493.7\n1,3,8,1,0,-12.5\n"))
    assert read.table.to_pydict() == {
        "run": [1, 1, 2],
        "subrun": [3, 3, 0],
        "event": [8, 9, 1],
        "p": [1, 1, 0],
        "m": [0, 1, 1],
        "beamline_mass": [-12.5, 493.7, 938.3],
    }
    assert read.counts == {"beamline_rows": 3, "beamline_duplicates_collapsed": 0}


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + BEAMLINE + "1,2,3,1,0,500.5\n",
        (BEAMLINE + "1,2,3,1,0,500.5\n").replace("\n", "\r\n"),
        (BEAMLINE + "1,2,3,1,0,500.5\n").replace("\n", "\r"),
        "\n\n" + BEAMLINE + "\n   \n1,2,3,1,0,500.5\n\n",
        BEAMLINE + "1,2,3,1,0,500.5",
        "run, subrun, event, p, m, beamline_mass\n 1, 2, 3, 1, 0, 500.5\n",
        '"run","subrun","event","p","m","beamline_mass"\n1,2,3,"1",0,500.5\n',
        "extra,beamline_mass,m,p,event,subrun,run\nabc,500.5,0,1,3,2,1\n",
        BEAMLINE + "1,2,3,1.0,0.0,500.5\n",
    ],
    ids=["BOM", "CRLF", "CR", "blank lines", "no last newline", "spaces", "quotes", "other columns", "flags as floats"],
)
def test_harmless_ways_to_write_a_csv_change_nothing(file, text):
    row = {"run": [1], "subrun": [2], "event": [3], "p": [1], "m": [0], "beamline_mass": [500.5]}
    assert read_beamline(file(text)).table.to_pydict() == row


def test_missing_values_of_the_beamline_are_null(file):
    table = read_beamline(file(BEAMLINE + "1,2,3,,NaN,nan\n1,2,4,1,,inf\n")).table.to_pydict()
    assert (table["p"], table["m"], table["beamline_mass"]) == ([None, 1], [None, None], [None, None])


def test_a_header_without_rows_is_an_empty_table(file):
    assert read_beamline(file(BEAMLINE)).table.num_rows == 0
    assert read_reco(file(RECO + "\n")).table.num_rows == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"side\.csv: the file is empty; it must begin with a header line with the columns run, subrun"),
        ("\r\n \n", r"the file is empty"),
        ("run,subrun,event,p,m,mass\n1,2,3,1,1,5\n", r"line 1: no column beamline_mass; it has run, subrun"),
        (
            "\nrun,subrun,event,p,m,beamlinemass\n",
            r"line 2: no column beamline_mass.*is beamlinemass meant\? rename it",
        ),
        (BEAMLINE.replace(",", ";") + "1;2;3;1;1;5\n", r"look separated by semicolons, they must be by commas"),
        (BEAMLINE.replace(",", "\t"), r"look separated by tabs"),
        ("run,run,subrun,event,p,m,beamline_mass\n", r"line 1: two columns are named run"),
        (
            BEAMLINE + "\n1,2,3,1,0,500\n\n1,2,4,1,0,heavy\n",
            r"line 5: column beamline_mass holds 'heavy', which is not a",
        ),
        (BEAMLINE + "1,2,x,1,0,500\n", r"line 2: column event holds 'x', which is not a whole number"),
        (BEAMLINE + "1,2,3.5,1,0,500\n", r"line 2: column event holds '3\.5', which is not a whole number"),
        (BEAMLINE + "1,,3,1,0,500\n", r"line 2: column subrun holds '', which is nothing"),
        (
            BEAMLINE + "99999999999999999999,2,3,1,0,500\n",
            r"line 2: column run holds '9+', which is not a whole number",
        ),
        (BEAMLINE + "1,2,3,0.5,0,500\n", r"line 2: column p holds '0\.5', which is not a whole number"),
        (
            BEAMLINE + "1,2,3,1,0,500\n1,2,4,1\n",
            r"line 3: 4 values, but the header names 6 columns; the line is '1,2,4,1'",
        ),
        (BEAMLINE + "1,2,3,1,0,5,6\n", r"line 2: 7 values, but the header names 6"),
        (b"\xff\xfer\x00u\x00n\x00", r"line 1: not CSV text .*UTF-8"),
        (BEAMLINE.encode() + b"1,2,3,1,0,\xff\xfe\n", r"line 2: not CSV text"),
    ],
)
def test_a_wrong_beamline_file_names_line_and_column(file, text, message):
    with pytest.raises(UserError, match=message) as caught:
        read_beamline(file(text))
    assert "side.csv" in str(caught.value)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_row_that_is_neither_text_nor_whole_is_told_by_the_error_alone(file):
    with pytest.raises(UserError, match="line 3: not CSV text"):
        read_beamline(file(BEAMLINE.encode() + b"1,2,3,1,0,500\n1,2,\xff\xfe\n"))


def test_a_file_that_is_not_there_names_the_path(tmp_path):
    with pytest.raises(
        UserError, match=r"nowhere\.csv: cannot be read \(No such file or directory\); correct the path"
    ):
        read_beamline(tmp_path / "nowhere.csv")
    with pytest.raises(UserError, match="cannot be read"):
        read_beamline(tmp_path)


def test_identical_rows_collapse_and_are_counted(file):
    read = read_beamline(
        file(BEAMLINE + "1,2,3,1,0,500.5\n1,2,4,,1,\n1,2,3,1.0,0,500.50\n1,2,4,,1,nan\n1,2,3,1,0,500.5\n")
    )
    assert read.table.num_rows == 2
    assert read.counts == {"beamline_rows": 5, "beamline_duplicates_collapsed": 3}


def test_conflicting_rows_name_both_lines_and_the_column(file):
    with pytest.raises(UserError) as caught:
        read_beamline(file(BEAMLINE + "1,2,3,1,0,500.5\n\n7,8,9,1,1,1\n1,2,3,1,0,500.6\n"))
    assert "line 2 and" in str(caught.value)
    assert "line 5: both are run=1 subrun=2 event=3, but beamline_mass differs (500.5 and 500.6)" in str(caught.value)


def test_lists_are_rounded_to_float32(file):
    table = read_reco(file(RECO + "1,2,3,0.1;0.7,2.3;1e1\n")).table.to_pydict()
    assert table["residual_range"] == [[float(np.float32("0.1")), float(np.float32("0.7"))]]
    assert table["dedx"] == [[float(np.float32("2.3")), 10.0]]


def test_hits_above_100_and_rows_without_hits_are_dropped_and_counted(file):
    text = RECO + (
        "1,0,1,0.1;0.2;0.3,5;100.5;6\n"  # one hit leaves
        "1,0,2,0.1;0.2,5\n"  # unequal
        "1,0,3,,\n"  # empty
        "1,0,4,0.1,101\n"  # emptied
        "1,0,5,,5\n"  # unequal
        "1,0,6,0.5,100\n"  # 100 itself stays
        "1,0,6,0.50,100.0\n"  # the same numbers
    )
    read = read_reco(file(text))
    assert read.table["event"].to_pylist() == [1, 6]
    assert read.table["dedx"].to_pylist() == [[5, 6], [100]]
    assert read.counts == {
        "reco_rows": 7,
        "reco_duplicates_collapsed": 1,
        "reco_lists_unequal": 2,
        "reco_lists_empty": 1,
        "reco_lists_emptied": 1,
        "reco_hits_above_dedx_max": 2,
        "reco_events": 2,
    }


def test_spaces_and_a_last_separator_in_a_list_are_harmless(file):
    read = read_reco(file(RECO + "1,0,1,0.5; 1.5 ;,5;6;\n1,0,2,0.5,7\n"))
    assert read.table["residual_range"].to_pylist() == [[0.5, 1.5], [0.5]]
    assert read.table["dedx"].to_pylist() == [[5, 6], [7]]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,0,2,0.5;abc;1.5,5;6;7", r"line 4: column trkrr holds 'abc', which is not a number"),
        ("1,0,2,0.5;1.5,5;six", r"line 4: column trkdedx holds 'six', which is not a number"),
        ("1,0,2,0.5;;1.5,5;6;7", r"line 4: column trkrr holds '', which is not a number.*joined by semicolons"),
        ("1,0,2,0.5|1.5,5;6", r"line 4: column trkrr holds '0\.5\|1\.5'"),
        ("1,0,1,0.5,8", r"line 2 and .*line 4: both are run=1 subrun=0 event=1, but trkdedx differs \('7' and '8'\)"),
    ],
)
def test_a_wrong_list_names_line_and_column(file, row, message):
    with pytest.raises(UserError, match=message):
        read_reco(file(RECO + f"1,0,1,0.5,7\n\n{row}\n"))


NUMBERS = st.one_of(
    st.floats(0, 200).map(repr), st.decimals(0, 150, places=3).map(str), st.integers(0, 120).map(str), st.just("nan")
)
ROWS = st.lists(st.tuples(st.lists(NUMBERS, max_size=6), st.lists(NUMBERS, max_size=6), st.booleans()), max_size=12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(ROWS)
def test_reading_lists_equals_a_plain_loop(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("reco") / "reco.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["run", "subrun", "event", "trkrr", "trkdedx"])
        for event, (ranges, dedx, equal) in enumerate(rows):
            shorter = min(len(ranges), len(dedx)) if equal else None
            writer.writerow([1, 0, event, ";".join(ranges[:shorter]), ";".join(dedx[:shorter])])
    expected = {}
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            ranges, dedx = (
                [np.float64(np.float32(piece)) for piece in row[name].split(";") if piece]
                for name in ("trkrr", "trkdedx")
            )
            if len(ranges) != len(dedx):
                continue
            hits = [(r, d) for r, d in zip(ranges, dedx, strict=True) if not d > 100]
            if hits:
                expected[int(row["event"])] = hits
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sidefiles, "_ROWS_AT_ONCE", 3)
        found = read_reco(path).table.to_pydict()
    assert found["event"] == list(expected)
    for hits, ranges, dedx in zip(expected.values(), found["residual_range"], found["dedx"], strict=True):
        np.testing.assert_array_equal(np.array(hits).T, [ranges, dedx])


def test_log_likelihoods_of_several_files_are_one_table(file):
    one = file(LIKELIHOOD + "1,0,2,-5.5,-6\n1,0,1,,-3\n", "one.csv")
    other = file(LIKELIHOOD + "\n1,0,2,-5.5,-6\n0,0,9,-1,-2\n", "other.csv")
    read = read_loglikelihood([one, other])
    assert read.table["event"].to_pylist() == [9, 1, 2]
    assert read.table["log_likelihood_kaon"].to_pylist() == [-1, None, -5.5]
    assert read.counts == {"loglikelihood_rows": 4, "loglikelihood_duplicates_collapsed": 1}


def test_log_likelihoods_that_conflict_name_both_files(file):
    one = file(LIKELIHOOD + "1,0,2,-5.5,-6\n", "one.csv")
    other = file(LIKELIHOOD + "\n1,0,3,-5,-6\n1,0,2,-5.5,-7\n", "other.csv")
    with pytest.raises(
        UserError, match=r"one\.csv, line 2 and .*other\.csv, line 4: both are .* log_likelihood_proton"
    ):
        read_loglikelihood([one, other])
