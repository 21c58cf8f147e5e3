"""The profile for another scheduler as docs/slurm.md gives it, with SLURM in the place of that one."""

import re

import pytest
from tests.checkout import REPOSITORY
from tests.engines.slurm_run import SlurmRun, model_of, target_of

pytestmark = pytest.mark.timeout(1800)


def test_the_profile_of_the_documentation_works_with_a_submit_command_that_waits(calm, study, local, runs):
    (profile,) = re.findall(
        r"```yaml\n(executor: .*?)```", (REPOSITORY / "docs" / "slurm.md").read_text(), flags=re.DOTALL
    )
    file = study.folder / "profiles" / "other" / "config.yaml"
    file.parent.mkdir()
    file.write_text(profile)
    features = study.results / "features" / "default.parquet"
    features.unlink()
    targets = [target_of(runs[0]), "results/lartpc/features/default.parquet"]
    with SlurmRun(study, *targets, profile="profiles/other", impatient=()) as run:
        outcome = run.wait()
    assert outcome.returncode == 0, outcome.text
    jobs = calm.ask("squeue", "--noheader", "--states", "all", "--format", "%b %T %Z").splitlines()
    of_study = sorted(line.split()[:2] for line in jobs if line.endswith(str(study.folder)))
    assert of_study == [["N/A", "COMPLETED"], ["gres:gpu:1", "COMPLETED"]], jobs
    assert features.read_bytes() == (local.results / "features" / "default.parquet").read_bytes()
    assert model_of(study, runs[0]).read_bytes() == model_of(local, runs[0]).read_bytes()
