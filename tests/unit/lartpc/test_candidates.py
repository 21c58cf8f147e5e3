import pandas as pd
import pyarrow as pa
import pytest

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, write_table
from rootline.lartpc.candidates import CHOICE_COLUMNS, read_choices, settle_particles, settle_tracks


def tracks():
    rows = [("kaons", 1, 0, 1, 0, "kaon"), ("kaons", 1, 0, 1, 1, "kaon")]
    rows += [("refs", 9, 0, event, track, "kaon candidate") for event in (1, 2) for track in (0, 1, 2)]
    return pd.DataFrame(rows, columns=[*TRACK_KEY, "particle"])


def choices(*keys):
    return pd.DataFrame([("refs", 9, 0, *key) for key in keys], columns=list(TRACK_KEY))


def test_a_chosen_candidate_takes_the_particles_name_and_the_others_have_none():
    table = tracks()
    settled = settle_particles(table, choices((1, 2)))
    assert settled.isna().sum() == 5
    assert settled[table["sample"] == "kaons"].tolist() == ["kaon", "kaon"]
    assert table.loc[settled.notna() & (table["sample"] == "refs"), ["event", "track"]].to_numpy().tolist() == [[1, 2]]
    assert settled[settled.notna()].eq("kaon").all()


def test_without_a_choice_no_candidate_stays_and_without_candidates_nothing_changes():
    nobody = choices()
    assert settle_particles(tracks(), nobody).notna().tolist() == [True, True] + 6 * [False]
    others = tracks()[:2]
    assert settle_particles(others, nobody).tolist() == ["kaon", "kaon"]
    assert settle_particles(others[:0], nobody).empty


def test_no_track_is_lost_when_a_table_is_parted():
    table = tracks()
    study, rest = settle_tracks(pa.Table.from_pandas(table, preserve_index=False), choices((2, 0)))
    assert study["particle"].to_pylist() == ["kaon"] * 3
    assert set(rest["particle"].to_pylist()) == {"kaon candidate"}
    both = pd.concat([study.to_pandas(), rest.to_pandas()])[list(TRACK_KEY)].sort_values(list(TRACK_KEY))
    assert both.to_numpy().tolist() == table[list(TRACK_KEY)].to_numpy().tolist()


@pytest.mark.parametrize("key", [(1, 7), (3, 0)])
def test_a_choice_of_a_track_that_is_not_there_is_an_error_with_its_key(key):
    with pytest.raises(UserError, match=rf"1 chosen .*sample=refs run=9 subrun=0 event={key[0]} track={key[1]}"):
        settle_particles(tracks(), choices((1, 0), key))


def test_a_track_of_another_sample_cannot_be_chosen():
    with pytest.raises(UserError, match="no candidates; the first is sample=kaons run=1"):
        settle_particles(tracks(), pd.DataFrame([("kaons", 1, 0, 1, 0)], columns=list(TRACK_KEY)))


def test_choices_of_several_samples_are_read_as_one(tmp_path):
    for sample in ("a", "b"):
        table = pd.DataFrame([(sample, 1, 0, 1, 0, 0.5, 3, "forest")], columns=list(CHOICE_COLUMNS))
        write_table(tmp_path / f"{sample}.parquet", table, key=TRACK_KEY)
    assert read_choices([tmp_path / "a.parquet", tmp_path / "b.parquet"])["sample"].tolist() == ["a", "b"]
    assert read_choices([]).columns.tolist() == list(CHOICE_COLUMNS)
