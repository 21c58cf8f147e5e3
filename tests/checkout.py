"""The project in a folder of its own with a tiny study: what tests of the workflow and of the engines run."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from rootline.studies import study_names

REPOSITORY = Path(__file__).resolve().parents[1]
CHECKOUT = ("Snakefile", "pyproject.toml", "src", "workflow", "config", "profiles", "envs")

TINY = {
    "studies": ["lartpc"],
    "results": "results",
    "lartpc": {
        "simulation": {
            "protons": {"n_events": 40},
            "kaons": {"n_events": 30},
            "mips": {"n_events": 6},
            "references": {"n_events": 8},
        },
        "images": {"size": 16},
        "split": {"train": 0.6, "val": 0.2},
        "model": {"latent_dim": 2, "channels": [4, 8]},
        "train": {"epochs": 2, "batch_size": 8},
        "analyses": {"embedding": {"neighbours": 5}},
    },
}

TINY_PID = {
    "studies": ["pid"],
    "results": "results",
    "pid": {
        "simulation": {"frames": 2, "mc": {"n_events": 300}, "data": {"n_events": 150}},
        "models": {
            "forest": {"kind": "forest", "trees.n": 10},
            "mlp": {"kind": "mlp"},
            "dann": {"kind": "mapper", "network.adversary": True, "network.domain": "data"},
        },
        "train": {"epochs": 2},
        "scan": {"shifts": [0, 2], "seeds": 2, "n_events": 60, "epochs": 1},
    },
}


@dataclass
class Outcome:
    """What one call of Snakemake did."""

    returncode: int
    text: str

    @property
    def jobs(self) -> dict[str, int]:
        """How many jobs of each rule ran or, in a dry run, would run; without targets."""
        table = self.text.partition("Job stats:")[2].partition("\ntotal")[0]
        counts = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE)}
        return {name: n for name, n in counts.items() if name != "all" and not name.startswith(study_names())}

    @property
    def ran(self) -> set[str]:
        """Names of those rules."""
        return set(self.jobs)


@dataclass
class Checkout:
    """A copy of the project with its own config, and the results of one study."""

    folder: Path
    study: str = "lartpc"

    @property
    def config_file(self) -> Path:
        return self.folder / "config" / "config.yaml"

    @property
    def results(self) -> Path:
        return self.folder / "results" / self.study

    def read_config(self) -> dict:
        return yaml.safe_load(self.config_file.read_text())

    def write_config(self, config: dict) -> None:
        self.config_file.write_text(yaml.safe_dump(config, sort_keys=False))

    def change(self, dotted: str, value: object) -> None:
        """Set one key of the config."""
        config = self.read_config()
        place = config
        *sections, name = dotted.split(".")
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
        self.write_config(config)

    def snakemake(self, *arguments: str, cwd: Path | None = None, profile: str = "default") -> Outcome:
        """Run Snakemake in the checkout (or in `cwd`) and wait for its end; `profile` may be empty for none."""
        command = [sys.executable, "-m", "snakemake"]
        if profile:
            command += ["--profile", str(self.folder / "profiles" / profile)]
        finished = subprocess.run(
            [*command, "--cores", "2", *arguments],
            cwd=cwd or self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=1700,
            check=False,
        )
        return Outcome(finished.returncode, finished.stdout)

    def warnings(self) -> list[str]:
        """Give every line of the logs that warns, with its file."""
        return [
            f"{log.relative_to(self.results)}: {line}"
            for log in sorted((self.results / "logs").rglob("*.log"))
            for line in log.read_text().splitlines()
            if re.search(r"\b\w*Warning: ", line)
        ]

    def use_own_samples(self, names: Sequence[str]) -> None:
        """Give the simulated files of these samples to the study as if they were the user's."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        rows = ["sample\tparticle\trole\tpath\ttree"]
        particles = {"protons": "proton\ttrain", "kaons": "kaon\theld_out", "mips": "muon\tmip"}
        for name in names:
            if not (data / f"{name}.root").exists():
                shutil.copy2(self.results / "input" / f"{name}.root", data / f"{name}.root")
            rows.append(f"{name}\t{particles[name]}\tdata/{name}.root\t")
        (self.folder / "config" / "samples.tsv").write_text("\n".join(rows) + "\n")
        self.change("lartpc.input.samples", "config/samples.tsv")
        for side_file in ("beamline", "reco"):
            shutil.copy2(self.results / "input" / f"{side_file}.csv", data / f"{side_file}.csv")
            self.change(f"lartpc.input.{side_file}", f"data/{side_file}.csv")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text in a file of the checkout; the old text must be there once."""
        file = self.folder / path
        text = file.read_text()
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new))


def run_script(
    rule: str, *arguments: object, under: Sequence[str] = (), **options: object
) -> subprocess.CompletedProcess[str]:
    """Run the script of a rule by hand, as the rule does it, and wait for its end; `under` is a program that starts it."""
    (script,) = (REPOSITORY / "workflow" / "scripts").glob(f"*/{rule}.py")
    return subprocess.run(
        [*under, sys.executable, str(script), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        **options,  # type: ignore[call-overload]
    )


def command(*arguments: str) -> list[str]:
    """Give the command of a user who stands in the checkout."""
    return [sys.executable, "-m", "snakemake", "--profile", "profiles/default", "--cores", "2", *arguments]


def copy_checkout(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for name in CHECKOUT:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy2(source / name, target / name)


def run_once(name: str, config: dict, folder: Path, *targets: str) -> Checkout:
    """Run a tiny study to its end, or to its targets, in the first of pytest's workers that needs it; the others wait."""
    base = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    checkout, done = Checkout(base / name / "rootline", *config["studies"]), base / name / "done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(done.parent, ignore_errors=True)
            copy_checkout(REPOSITORY, checkout.folder)
            checkout.write_config(config)
            outcome = checkout.snakemake(*targets)
            assert outcome.returncode == 0, outcome.text
            done.touch()
    return checkout
