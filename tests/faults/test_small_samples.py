"""Samples of which no track is left, or hardly one: the study ends with every figure and page all the same."""

import pytest

NOWHERE = {"wire_min": 300, "wire_max": 310}  # the last wire is 239
NO_KAON = {"lartpc.cuts.held_out.collection": NOWHERE}
NO_MUON = {"lartpc.cuts.mip.collection": NOWHERE}
NO_REFERENCE = {"lartpc.cuts.reference.collection": NOWHERE}
FEW = {
    f"lartpc.simulation.{sample}.n_events": number
    for sample, number in {"protons": 6, "kaons": 4, "mips": 1, "references": 1}.items()
}


def assert_ends_well(study, finished, changes):
    for key, value in changes.items():
        study.change(key, value)
    outcome = study.snakemake()
    assert outcome.returncode == 0, outcome.text
    assert files_to_look_at(study) == files_to_look_at(finished)
    assert study.warnings() == []


def files_to_look_at(study):
    return {
        path.relative_to(study.results).as_posix()
        for path in study.results.rglob("*")
        if path.suffix in (".png", ".pdf", ".html")
    }


def test_a_study_whose_every_sample_but_that_for_training_lost_its_tracks_to_the_cuts(study, finished):
    assert_ends_well(study, finished, NO_KAON | NO_MUON | NO_REFERENCE)


@pytest.mark.only_long("runs the whole study each time, and the test above has all samples empty at once")
@pytest.mark.parametrize("changes", [NO_KAON, NO_MUON, NO_REFERENCE, FEW], ids=["kaons", "muons", "references", "few"])
def test_a_study_with_one_sample_empty_or_few_tracks_in_all(study, finished, changes):
    assert_ends_well(study, finished, changes)


def test_without_a_track_to_train_on_the_run_stops_and_names_the_cut_flow(study):
    study.change("lartpc.cuts.train.collection", NOWHERE)
    outcome = study.snakemake("lartpc_models")
    assert outcome.returncode == 1, outcome.text
    assert "Traceback" not in outcome.text
    assert "no track is labelled proton in the samples of role train (protons); there are no tracks" in outcome.text
    assert "loosen the cuts (figures/cutflow.png shows at which the tracks are lost)" in outcome.text
    drawn = study.snakemake("results/lartpc/figures/cutflow.png")
    assert drawn.returncode == 0, drawn.text
