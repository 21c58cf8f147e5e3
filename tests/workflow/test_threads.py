"""The `threads:` of a rule are what each library of its job uses, whatever the user's shell says."""

import json
import re

import pytest
from tests.checkout import REPOSITORY

PROBE = """
import json, os
import numba, numpy, pyarrow, sklearn.cluster, torch
from threadpoolctl import threadpool_info

numpy.linalg.inv(numpy.eye(3))
print("FOUND", json.dumps({
    "environment": {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")},
    "pools": [[pool["user_api"], pool["num_threads"]] for pool in threadpool_info()],
    "torch": torch.get_num_threads(),
    "numba": numba.get_num_threads(),
    "arrow": pyarrow.cpu_count(),
}), flush=True)
raise SystemExit(1)
"""
RULES = {
    name: body
    for file in sorted((REPOSITORY / "workflow" / "rules").rglob("*.smk"))
    for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    if "shell:" in body
}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_that_computes_says_how_many_threads_it_uses(rule):
    assert (
        re.search(r"^    threads: (\d+|processes_of_file)$", RULES[rule], flags=re.MULTILINE)
        or "localrule: True" in RULES[rule]
    )


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_the_threads_of_a_rule_reach_every_library(fresh, monkeypatch, threads):
    for name in ("OMP", "MKL", "OPENBLAS", "NUMBA"):
        monkeypatch.setenv(f"{name}_NUM_THREADS", "7")
    (fresh.folder / "workflow" / "scripts" / "lartpc" / "write_curves.py").write_text(PROBE)
    outcome = fresh.snakemake("--set-threads", f"write_curves={threads}", "--", "results/lartpc/input/curves/kaon.csv")
    assert outcome.returncode == 1
    log = (fresh.results / "logs" / "write_curves.log").read_text()
    assert "FOUND" in log, log
    found = json.loads(log.partition("FOUND")[2])
    for name in ("OMP", "MKL", "OPENBLAS", "NUMBA"):
        assert found["environment"][f"{name}_NUM_THREADS"] == str(threads)
    assert {api for api, _ in found["pools"]} == {"blas", "openmp"}
    assert {n for _, n in found["pools"]} == {threads}, found
    assert found["torch"] == found["numba"] == found["arrow"] == threads, found
