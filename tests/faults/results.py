"""What the tests of killed and hindered runs ask of a results folder, and a few jobs of the tiny study that are quickly repeated."""

import json
import shlex
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as pq
import uproot
import yaml
from PIL import Image
from tests.checkout import Checkout

from rootline.core.digests import DIGESTS_FILE, Manifest, compare_results, read_manifest
from rootline.core.tensors import read_tensors
from rootline.pid.onnx_models import OnnxModel

CLUSTERS = "results/lartpc/clusters/kaons.parquet"
"""What `forget_clusters` leaves to be made again: three jobs in a row."""


def remedy(text: str) -> list[str]:
    """Give the command that the last line of a text tells the user to run."""
    program, *arguments = shlex.split(text.strip().splitlines()[-1])
    assert program == "snakemake", text
    return [sys.executable, "-m", program, *arguments]


def forget(study: Checkout, *names: str) -> None:
    """Remove files and folders of the results, and the digests."""
    for name in (*names, DIGESTS_FILE):
        path = study.results / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def forget_clusters(study: Checkout) -> None:
    """Remove what the kaons' clusters and their check came to."""
    forget(study, "check/kaons", "check/kaons.json", "clusters/kaons", "clusters/kaons.parquet")


def assert_files_are_whole(results: Path) -> None:
    """Read every file that has its final name from end to end."""
    for file in results.rglob("*"):
        is_work = file.relative_to(results).parts[0] in ("logs", "benchmarks")
        if file.is_file() and not file.name.startswith(".") and not is_work:
            _read(file)


def assert_same_results(study: Checkout, finished: Checkout, *, at_least: int = 0) -> None:
    """Compare what a run made with the digests of the undisturbed one, and look for files that should be gone."""
    made = read_manifest(study.results / DIGESTS_FILE).files
    undisturbed = read_manifest(finished.results / DIGESTS_FILE)
    expected = {name: digest for name, digest in undisturbed.files.items() if name in made}
    assert made == expected
    assert len(made) >= at_least
    compared = compare_results(study.results, Manifest(origin=undisturbed.origin, files=expected))
    assert (compared.different, compared.missing) == ([], [])
    assert [file for file in study.results.rglob(".*") if file.is_file()] == []


def _read(file: Path) -> None:
    match file.suffix:
        case ".parquet":
            pq.read_table(file)
        case ".safetensors":
            read_tensors(file)
        case ".json":
            json.loads(file.read_text())
        case ".yaml":
            yaml.safe_load(file.read_text())
            assert file.read_text().endswith("\n"), file
        case ".root":
            _read_trees(file)
        case ".onnx":
            OnnxModel(file)
        case ".png":
            with Image.open(file) as image:
                image.load()
        case ".pdf":
            assert file.read_bytes().rstrip().endswith(b"%%EOF"), file
        case ".html":
            assert file.read_text().rstrip().endswith("</html>"), file
        case _:
            assert file.read_text().endswith("\n"), file  # text in lines


def _read_trees(file: Path) -> None:
    with uproot.open(file) as root:
        for tree in root.itervalues(filter_classname="TTree"):
            tree.branches[0].array()
