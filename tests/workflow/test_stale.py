"""Only what is stale runs again: content decides, not dates and not layout."""

import os
import shutil

MODEL_ON = {
    "train_model",
    "plot_training",
    "encode_tracks",
    "cluster_latents",
    "plot_clustering",
    "compare_parts",
    "plot_parts",
    "correlate_latents",
    "plot_correlation",
    "plot_correlation_species",
    "plot_feature_correlation",
    "embed_latents",
    "plot_embedding",
    "fit_contamination",
    "plot_contamination",
    "measure_reconstruction",
    "plot_reconstructions",
    "probe_latents",
    "plot_probe",
    "plot_hard_cases",
    "regress_features",
    "plot_regression",
    "plot_information",
    "separate_features",
    "plot_separation",
    "traverse_latents",
    "plot_traversal",
    "close_latents",
    "plot_closure",
    "train_classifier",
    "compare_pid",
    "plot_pid",
    "build_explorer",
    "copy_explorer",
    "summarise_study",
    "tabulate_analyses",
}
IMAGES_ON = MODEL_ON | {"render_images", "plot_tracks", "compare_resampling", "plot_resampling"}


def nothing_ran(outcome):
    assert outcome.returncode == 0, outcome.text
    assert "Nothing to be done" in outcome.text, outcome.text
    return True


def test_a_second_run_does_nothing_in_another_folder_too(study):
    # `study` is a copy with the times of the original: the checkout and its results moved.
    assert nothing_ran(study.snakemake())


def test_a_comment_and_a_reformat_in_the_library_run_nothing(study):
    for path in ("src/rootline/lartpc/images.py", "src/rootline/core/tables.py"):
        file = study.folder / path
        file.write_text("# a remark\n\n\n" + file.read_text() + "\n# another\n")
    assert nothing_ran(study.snakemake())


def test_touching_every_tracked_file_runs_nothing(study):
    for folder in ("src", "workflow", "config", "profiles"):
        for path in (study.folder / folder).rglob("*"):
            os.utime(path)
    os.utime(study.folder / "Snakefile")
    assert nothing_ran(study.snakemake())


def test_an_input_touched_with_the_same_content_runs_nothing(study):
    for path in [*(study.results / "input").glob("*.root"), study.results / "input" / "reco.csv"]:
        os.utime(path)
    assert nothing_ran(study.snakemake())


def test_logic_in_images_runs_images_and_what_follows(study):
    file = study.folder / "src/rootline/lartpc/images.py"
    file.write_text(file.read_text() + "\n_ONE_MORE_LINE_OF_LOGIC = 1\n")
    planned = study.snakemake("--dry-run")
    assert planned.returncode == 0, planned.text
    assert planned.ran == IMAGES_ON
    outcome = study.snakemake("lartpc_latents")
    assert outcome.returncode == 0, outcome.text
    assert outcome.ran == {"render_images", "train_model", "encode_tracks"}
    assert nothing_ran(study.snakemake("lartpc_latents"))


def test_another_beta_trains_that_model_and_runs_what_follows(study):
    study.change("lartpc.train.beta", 2.0)
    planned = study.snakemake("--dry-run")
    assert planned.returncode == 0, planned.text
    assert planned.ran == MODEL_ON | {"write_runs"}
    assert planned.jobs["train_model"] == 1


def test_a_new_value_in_a_sweep_trains_only_the_new_runs(study):
    sweep = study.folder / "config" / "sweeps" / "beta.yaml"
    sweep.write_text("grid:\n  train.beta: [0.5, 1]\n")
    study.change("lartpc.sweeps", ["config/sweeps/beta.yaml"])
    first = study.snakemake("lartpc_sweep_beta")
    assert first.returncode == 0, first.text
    # beta 0.5 is the run of the config itself, which is there.
    assert first.jobs.get("train_model") == 1
    sweep.write_text("grid:\n  train.beta: [0.5, 1, 4]\n")
    second = study.snakemake("lartpc_sweep_beta")
    assert second.returncode == 0, second.text
    of_one_run = {"train_model", "encode_tracks", "measure_reconstruction", "probe_latents", "regress_features"}
    of_one_run |= {"cluster_latents"}
    of_the_sweep = {"summarise_sweep", "plot_sweep", "rank_sweep", "choose_best", "plot_pareto"}
    assert second.ran == {"write_runs"} | of_the_sweep | of_one_run
    assert second.jobs.get("train_model") == 1
    assert len((study.results / "runs.tsv").read_text().splitlines()) == 4


def test_a_figure_colour_draws_the_figures_that_show_it(study):
    study.change("lartpc.figures.colours", {"proton": "#123456"})
    outcome = study.snakemake()
    assert outcome.returncode == 0, outcome.text
    drawn_by_particle = {
        "plot_beam_mass", "plot_closure", "plot_clustering", "plot_contamination", "plot_correlation_species",
        "plot_embedding", "plot_probe", "plot_reconstructions", "plot_reference",
    }  # fmt: skip
    # the summary shows the config, colours included
    assert outcome.ran == drawn_by_particle | {"build_explorer", "copy_explorer", "summarise_study"}


def test_a_change_of_the_explorers_page_builds_it_anew(study):
    style = study.folder / "src/rootline/lartpc/explorer/style.css"
    style.write_text(style.read_text() + "/* a remark */\n")
    outcome = study.snakemake()
    assert outcome.returncode == 0, outcome.text
    assert outcome.ran == {"build_explorer", "copy_explorer"}
    assert "a remark" in (study.results / "explorer.html").read_text()
    assert nothing_ran(study.snakemake())


def test_one_more_file_runs_its_own_extraction_and_what_joins_it(study):
    study.use_own_samples(["protons", "kaons"])
    first = study.snakemake("lartpc_tracks")
    assert first.returncode == 0, first.text
    study.use_own_samples(["protons", "kaons", "mips"])
    second = study.snakemake("lartpc_tracks")
    assert second.returncode == 0, second.text
    for rule in ("check_file", "find_clusters", "join_checks", "join_clusters", "build_tracks"):
        assert second.jobs.get(rule) == 1, second.text


def test_a_sample_that_no_model_learns_from_trains_none_anew(study):
    study.use_own_samples(["protons", "kaons"])
    assert study.snakemake("lartpc_models").returncode == 0
    study.use_own_samples(["protons", "kaons", "mips"])
    further = study.snakemake("lartpc_models")
    assert further.returncode == 0, further.text
    assert further.jobs.get("render_images") == 1, further.text
    assert not further.ran & {"train_model", "plot_training"}, further.text
    study.change("lartpc.cuts.held_out.height_min", 12)
    other_cut = study.snakemake("--dry-run", "lartpc_models")
    assert other_cut.jobs.get("build_tracks") == other_cut.jobs.get("render_images") == 1, other_cut.text
    assert "train_model" not in other_cut.ran, other_cut.text
    study.change("lartpc.cuts.train.height_min", 12)
    own_cut = study.snakemake("--dry-run", "lartpc_models")
    assert own_cut.jobs.get("train_model") == 1, own_cut.text


def test_changed_content_is_found_even_with_an_old_date(study):
    study.use_own_samples(["protons", "kaons"])
    assert study.snakemake("lartpc_tracks").returncode == 0
    changed = study.folder / "data" / "kaons.root"
    shutil.copy2(study.results / "input" / "mips.root", changed)
    os.utime(changed, (1_000_000_000, 1_000_000_000))
    outcome = study.snakemake("lartpc_clusters")
    assert outcome.jobs.get("find_clusters") == 1, outcome.text


def test_files_of_the_user_are_never_simulated_over_wherever_they_lie(study):
    (study.folder / "mine.tsv").write_text(
        "sample\tparticle\trole\tpath\nprotons\tproton\ttrain\tresults/lartpc/input/protons.root\n"
    )
    study.change("lartpc.input.samples", "mine.tsv")
    for side_file in ("beamline", "reco"):
        study.change(f"lartpc.input.{side_file}", f"results/lartpc/input/{side_file}.csv")
    outcome = study.snakemake("--dry-run", "lartpc_tracks")
    assert outcome.returncode == 0, outcome.text
    assert outcome.ran and not outcome.ran & {"simulate_sample", "join_simulated"}, outcome.text
