"""A script that may open no more files."""

import resource

from tests.checkout import run_script


def test_a_script_out_of_file_handles_names_the_limit_and_leaves_nothing(finished, tmp_path):
    files = [tmp_path / "clusters.parquet", tmp_path / "pixels.parquet"]
    arguments = [
        finished.results / "input" / "kaons.root", "--sample", "kaons", "--detector", "{}", "--options", "{}",
        "--cuts", "{}", "--clusters", files[0], "--pixels", files[1],
    ]  # fmt: skip
    hindered = []
    for limit in range(5, 12):  # with less, Python itself does not start
        done = run_script(
            "find_clusters",
            *arguments,
            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
        )
        if done.returncode == 0:
            break
        hindered.append(limit)
        said = done.stderr.splitlines()[-1]
        assert said.startswith(f"Error: {tmp_path}") or "site-packages" in said, done.stderr
        assert "too many files are open; raise the limit by `ulimit -n 4096`, and the same command goes on" in said
        assert "unexpected failure" not in said
        assert list(tmp_path.iterdir()) == []
    assert hindered, "even the smallest limit was enough"
    assert [file.is_file() for file in files] == [True, True]
