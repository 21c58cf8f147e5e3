from rootline.core.failures import START_LINE, describe_failures, failed_logs

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


def test_the_logs_of_failed_jobs_are_listed_once(tmp_path):
    workflow_log = tmp_path / "snakemake.log"
    workflow_log.write_text(LOG.format(log="a b.log") * 2 + LOG.format(log="c.log"))
    assert failed_logs([str(workflow_log)]) == ["a b.log", "c.log"]
