"""The choice of reference tracks, with planted candidates."""

import numpy as np
import pandas as pd

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.candidates import CHOICE_COLUMNS
from rootline.lartpc.features import FEATURES
from rootline.lartpc.reference import choose_reference, score_candidates, summarise_choice
from rootline.lartpc.reference_config import ReferenceConfig

OPTIONS = ReferenceConfig(trees=40, bootstrap=200)
N_EVENTS = 30


def features(keys, kaon, *, separation=3.0, seed=0):
    """Normal features; the first three of kaons lie higher, and a tenth of one is undefined."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(keys, columns=list(TRACK_KEY))
    values = rng.normal(size=(len(table), len(FEATURES)))
    values[:, :3] += separation * np.asarray(kaon)[:, None]
    values[::10, 5] = np.nan
    return table.assign(**dict(zip(FEATURES, values.T, strict=True)))


def labelled(n=120, **options):
    kaon = np.arange(n) % 3 == 0
    keys = [("kaons" if is_kaon else "protons", 1, 0, event, 0) for event, is_kaon in enumerate(kaon)]
    return features(keys, kaon, **options).assign(particle=np.where(kaon, "kaon", "proton"))


def candidates(seed=1):
    """Five candidates in each event, of which the track with the event's number modulo 5 is the kaon."""
    keys = [("refs", 9, 0, event, track) for event in range(N_EVENTS) for track in range(5)]
    kaon = [track == event % 5 for _, _, _, event, track in keys]
    return features(keys, kaon, seed=seed).assign(particle="kaon candidate")


def test_the_planted_kaon_of_nearly_every_event_is_found():
    scored = score_candidates(labelled(), candidates(), OPTIONS)
    chosen = choose_reference(scored, None, OPTIONS)
    assert chosen.columns.tolist() == list(CHOICE_COLUMNS)
    assert chosen["event"].tolist() == list(range(N_EVENTS))
    assert (chosen["n_candidates"] == 5).all() and (chosen["chosen_by"] == "forest").all()
    assert (chosen["track"] == chosen["event"] % 5).mean() > 0.9
    assert scored.forest["low"] > 0.9 and scored.forest["n_positive"] == 40 and scored.forest["n_negative"] == 80


def test_the_auc_of_a_forest_that_knows_nothing_has_one_half_in_its_interval():
    forest = score_candidates(labelled(300, separation=0.0), candidates(), OPTIONS).forest
    assert forest["low"] < 0.5 < forest["high"]


def test_nothing_of_a_reference_event_goes_into_the_forest():
    same = candidates().assign(sample="kaons", track=0, particle="proton")
    without, among = (
        score_candidates(table, candidates(), OPTIONS) for table in (labelled(), pd.concat([labelled(), same]))
    )
    pd.testing.assert_frame_equal(without.scores, among.scores)
    assert without.forest == among.forest


def test_other_particles_and_the_order_of_rows_change_nothing():
    more = pd.concat([labelled(), labelled().assign(sample="mips", particle="muon")])
    plain = score_candidates(labelled(), candidates(), OPTIONS)
    shuffled = score_candidates(more.sample(frac=1, random_state=1), candidates(), OPTIONS)
    pd.testing.assert_frame_equal(plain.scores, shuffled.scores)
    assert plain.forest == shuffled.forest


def test_what_was_chosen_by_hand_counts_and_the_forest_only_comments():
    scored = score_candidates(labelled(), candidates(), OPTIONS)
    hand = pd.DataFrame([("refs", 9, 0, 0, 3), ("refs", 9, 0, 1, 1)], columns=list(TRACK_KEY))
    chosen = choose_reference(scored, hand, OPTIONS)
    assert chosen[["event", "track", "chosen_by"]].to_numpy().tolist() == [[0, 3, "hand"], [1, 1, "hand"]]
    entries = pd.DataFrame({"run": 9, "subrun": 0, "event": range(50)})
    listed = pd.DataFrame({"run": 9, "subrun": 0, "event": [*range(N_EVENTS), 40, 77]})
    numbers = summarise_choice(scored, chosen, entries, listed).set_index("quantity")
    counts = {"events_listed": 32, "events_found": 31, "events_without_candidate": 1, "events_chosen": 2}
    assert numbers["value"][list(counts)].to_dict() == counts
    assert numbers["value"]["forest_first"] == 0.5
    assert numbers["low"]["forest_first"] < 0.5 < numbers["high"]["forest_first"]


def test_without_a_list_every_event_counts_as_listed():
    scored = score_candidates(labelled(), candidates(), OPTIONS)
    chosen = choose_reference(scored, None, OPTIONS)
    numbers = summarise_choice(scored, chosen, candidates()[["run", "subrun", "event"]], None).set_index("quantity")
    assert numbers["value"]["events_listed"] == numbers["value"]["events_found"] == N_EVENTS
    assert numbers["value"]["forest_first"] == 1


def test_too_few_labelled_tracks_leave_the_choice_to_the_user(capsys):
    scored = score_candidates(labelled(20), candidates(), OPTIONS)
    assert scored.scores["kaon_score"].isna().all()
    nothing = choose_reference(scored, None, OPTIONS)
    assert nothing.empty and nothing.columns.tolist() == list(CHOICE_COLUMNS)
    told = capsys.readouterr().err
    assert "nothing is chosen. The forest has 13 tracks of proton and 7 of kaon" in told and "reference.choice" in told
    hand = pd.DataFrame([("refs", 9, 0, 0, 3)], columns=list(TRACK_KEY))
    assert len(choose_reference(scored, hand, OPTIONS)) == 1
    numbers = summarise_choice(scored, choose_reference(scored, hand, OPTIONS), candidates(), None)
    assert numbers.set_index("quantity")["value"].isna().to_dict()["forest_first"]


def test_a_sample_without_candidates_has_no_choice_and_no_error():
    nothing = candidates()[:0]
    scored = score_candidates(labelled(), nothing, OPTIONS)
    chosen = choose_reference(scored, None, OPTIONS)
    assert chosen.empty and chosen.columns.tolist() == list(CHOICE_COLUMNS)
    entries = pd.DataFrame({"run": [9], "subrun": [0], "event": [1]})
    numbers = summarise_choice(scored, chosen, entries, None).set_index("quantity")
    assert numbers["value"]["events_without_candidate"] == 1
