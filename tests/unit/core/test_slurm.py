import getpass
import os

import pytest

from rootline.core.errors import UserError
from rootline.core.slurm import find_queued, refuse_double_work


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """Put a squeue on PATH that lists what a file says: `id state comment`, all submitted from one folder."""
    listed = tmp_path / "listed"
    listed.write_text("")
    program = tmp_path / "bin" / "squeue"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n[ \"$3\" = {getpass.getuser()} ] && cat '{listed}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    def put(*jobs, folder=tmp_path):
        listed.write_text("".join("\t".join([*job, str(folder)]) + "\n" for job in jobs))

    return put


def test_work_that_is_still_queued_is_refused_with_ids_and_remedy(queue, tmp_path):
    queue(("12", "RUNNING", "rule_train_model_wildcards_a1"), ("13", "PENDING", "rule_train_model_wildcards_b2"))
    with pytest.raises(UserError) as caught:
        refuse_double_work(tmp_path, ["rule_train_model_wildcards_a1"])
    text = str(caught.value)
    assert "still in SLURM's queue" in text and "12  RUNNING  train_model a1" in text
    assert "  scancel 12\n" in text, "a job of other work may go on"


@pytest.mark.parametrize(
    ("job", "work", "overlaps"),
    [
        (("7_[2-4]", "PENDING", "rule_train_model_wildcards_a1"), "rule_train_model_wildcards_c3", True),
        (("7_3", "RUNNING", "rule_train_model_wildcards_a1"), "rule_train_classifier_wildcards_a1", False),
        (("7", "RUNNING", "rule_tables_cluster_latents_probe_latents"), "rule_tables_*", True),
        (("7", "RUNNING", "rule_tables_cluster_latents_probe_latents"), "rule_figures_*", False),
        (("7", "RUNNING", "rule_plot_windows"), "rule_plot_windows", True),
    ],
)
def test_arrays_and_groups_are_known_by_their_rule_and_name(queue, tmp_path, job, work, overlaps):
    queue(job)
    if overlaps:
        with pytest.raises(UserError, match="scancel 7"):
            refuse_double_work(tmp_path, [work])
    else:
        refuse_double_work(tmp_path, [work])


def test_folders_whose_names_are_in_no_encoding_are_told_apart(queue, tmp_path):
    ours, other = tmp_path / os.fsdecode(b"mess\xff"), tmp_path / os.fsdecode(b"mess\xfe")
    listed = tmp_path / "listed"
    listed.write_bytes(b"".join(b"%d\tRUNNING\twork\t%s\n" % (n, os.fsencode(f)) for n, f in enumerate((ours, other))))
    assert [job.id for job in find_queued(ours)] == ["0"]


def test_jobs_of_another_folder_are_none_of_ours(queue, tmp_path):
    queue(("12", "RUNNING", "rule_plot_windows"), folder=tmp_path / "other")
    assert find_queued(tmp_path) == []
    refuse_double_work(tmp_path, ["rule_plot_windows"])


def test_cancelled_jobs_are_waited_for(queue, tmp_path):
    queue(("12", "COMPLETING", "rule_plot_windows"))
    lines = []

    def tell(line):
        lines.append(line)
        queue()

    refuse_double_work(tmp_path, ["rule_plot_windows"], tell=tell)
    assert lines == ["Waiting for 1 cancelled jobs of an earlier run to end"]


def test_without_slurm_nothing_is_queued(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_queued(tmp_path) == []
