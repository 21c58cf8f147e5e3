from pathlib import Path

import pytest

from rootline.core.failures import START_LINE, describe_clock, describe_failures, failed_logs

LOG = """[Sat Jan 1 00:00:00 2000]
Error in rule check_file:
    message: None
    jobid: 9
    log: {log} (check log file(s) for error details)
    shell:
        python check_file.py
        (command exited with non-zero exit code)
Exiting because a job execution failed.
"""


def describe(tmp_path, text):
    workflow_log = tmp_path / "snakemake.log"
    workflow_log.write_text(text)
    told = describe_failures(str(workflow_log))
    assert told == describe_failures([str(workflow_log)])
    return told


def test_a_failure_is_told_in_the_words_of_its_job(tmp_path):
    log = tmp_path / "a log.log"
    log.write_text("progress\nTraceback (most recent call last):\n...\nError: p.root, entry 3: broken\ncopy it again\n")
    told = describe(tmp_path, LOG.format(log=log))
    assert told.startswith("1 job failed")
    assert f"check_file: p.root, entry 3: broken\ncopy it again\n  log: {log}" in told
    assert "Traceback" not in told


def test_a_job_that_ran_twice_counts_with_its_last_reason_only(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("Error: first try\nError: second try\n")
    told = describe(tmp_path, LOG.format(log=log) * 2)
    assert told.startswith("1 job failed") and "second try" in told and "first try" not in told


def test_a_reason_that_names_an_error_of_python_is_told_whole(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("Error: x.root: cannot be opened (ImportError: no such module); check the address\n")
    assert "check_file: x.root: cannot be opened (ImportError: no such" in describe(tmp_path, LOG.format(log=log))


def test_the_reason_of_an_attempt_before_is_not_told_again(tmp_path):
    log = tmp_path / "x.log"
    log.write_text(f"{START_LINE}\nError: a typo\n{START_LINE}\nepoch 3\n")
    told = describe(tmp_path, LOG.format(log=log))
    assert "a typo" not in told and "ends with: epoch 3" in told


def test_a_job_that_was_killed_is_told_with_the_end_of_its_log(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("one\ntwo\n")
    assert "ended from outside" in describe(tmp_path, LOG.format(log=log))
    assert "ends with: two" in describe(tmp_path, LOG.format(log=log))
    assert "ended before it wrote anything" in describe(tmp_path, LOG.format(log=tmp_path / "none.log"))


def test_a_run_without_failures_says_nothing(tmp_path):
    assert describe(tmp_path, "Finished jobid: 1\n5 of 5 steps (100%) done\n") == ""


ON_SLURM = """[Sat Jan 1 00:00:00 2000]
Error in rule train_model:
    message: SLURM-job '12' failed, SLURM status is: '{status}'. Detailed failure reason unavailable.
    jobid: 29
    output: models/a1/model.safetensors
    log: {log}, {slurm_log} (check log file(s) for error details)
    shell:
        python train_model.py
        (command exited with non-zero exit code)
    external_jobid: 12
Trying to restart job 29.
"""


@pytest.mark.parametrize(
    ("status", "slurm_log", "told"),
    [
        ("OUT_OF_MEMORY", "", "it used more memory than it had asked for"),
        ("FAILED", "slurmstepd-n1: error: StepId=46.0 exceeded memory limit (38 > 26), being killed", "more memory"),
        ("FAILED", "slurmstepd: error: Detected 1 oom_kill event in StepId=46.0.", "train_model:mem_mb="),
        ("TIMEOUT", "", "it reached its time limit"),
        (
            "FAILED",
            "slurmstepd: error: *** JOB 3 ON n1 CANCELLED AT 2000 DUE TO TIME LIMIT ***",
            "train_model:runtime=",
        ),
        ("NODE_FAIL", "", "its node failed"),
        ("CANCELLED", "", "it was cancelled from outside"),
        (
            "FAILED",
            "srun: error: Unable to create step for job 5: Invalid gres\n",
            "SLURM refused it: Unable to create",
        ),
        ("FAILED", "srun: error: n1: task 0: Exited with exit code 1", "ends with: epoch 3"),
    ],
)
def test_the_end_that_slurm_gave_a_job_is_told_with_both_logs(tmp_path, status, slurm_log, told):
    log, of_slurm = tmp_path / "a.log", tmp_path / "12.log"
    log.write_text(f"{START_LINE}\nepoch 3\n")
    of_slurm.write_text(slurm_log)
    text = describe(tmp_path, ON_SLURM.format(status=status, log=log, slurm_log=of_slurm))
    assert told in text, text
    assert f"  log: {log}\n  log: {of_slurm}" in text


def test_a_job_that_slurm_did_not_take_is_told_in_its_words(tmp_path):
    block = """Error in rule train_model:
    message: SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: gpuu
sbatch: error: Batch job submission failed: Invalid partition name specified'.
    sbatch call:
        sbatch --parsable
    jobid: 29
    log: train.log (check log file(s) for error details)
"""
    text = describe(tmp_path, block)
    assert "train_model: SLURM refused it: invalid partition specified: gpuu\n  log: train.log" in text


def test_a_job_that_ended_well_in_a_later_attempt_is_no_failure(tmp_path):
    failed = ON_SLURM.format(status="TIMEOUT", log="a.log", slurm_log="12.log")
    assert describe(tmp_path, f"{failed}[Sat]\nFinished jobid: 29 (Rule: train_model)\n") == ""
    assert "1 job failed" in describe(tmp_path, f"{failed}[Sat]\nFinished jobid: 2 (Rule: train_model)\n{failed}")


def test_of_a_group_of_jobs_those_that_failed_are_told(tmp_path):
    good, bad, group_log = tmp_path / "good.log", tmp_path / "bad.log", tmp_path / "40.log"
    bad.write_text("Error: x.parquet is empty\n")
    group_log.write_text(LOG.format(log=bad).replace("check_file", "plot_probe"))
    group = f"""[Sat Jan 1 00:00:00 2000]
    message: SLURM-job '40' failed, SLURM status is: 'FAILED'.
    log: {group_log} (check log file(s) for error details)
    jobs:
        rule plot_probe:
            jobid: 7
            output: a.png
            log: {bad} (check log file(s) for error details)
        rule plot_traversal:
            jobid: 8
            log: {good} (check log file(s) for error details)
"""
    told = describe(tmp_path, group)
    assert told.startswith("1 job failed") and "plot_traversal" not in told, told
    assert f"plot_probe: x.parquet is empty\n  log: {bad}\n  log: {group_log}" in told


def test_the_logs_of_failed_jobs_are_listed_once(tmp_path):
    workflow_log = tmp_path / "snakemake.log"
    workflow_log.write_text(LOG.format(log="a b.log") * 2 + LOG.format(log="c.log"))
    assert failed_logs([str(workflow_log)]) == ["a b.log", "c.log"]


def test_files_from_the_future_are_told_with_the_command_that_dates_them(tmp_path):
    log = tmp_path / "snakemake.log"
    log.write_text("WorkflowError in rule a\nOutput a has older modification time (2000) than input b (2001).\n")
    told = describe_clock([str(log)], Path("my results"))
    assert told.splitlines()[-1] == "  find 'my results' -newermt now -exec touch {} +"
    log.write_text(LOG)
    assert describe_clock(str(log), Path("results")) == ""


def test_a_log_whose_name_no_file_can_have_is_told_as_one_that_is_not_there(tmp_path):
    assert "ended before it wrote anything" in describe(tmp_path, LOG.format(log="a\0b.log"))
