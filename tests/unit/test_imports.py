"""No script and no start of Snakemake pays for a library that it does not use: torch alone costs more than most jobs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "workflow" / "scripts"
HEAVY = (
    *("torch", "sklearn", "umap", "numba", "matplotlib", "plotly", "uproot", "awkward", "snakemake"),
    *("scipy.stats", "scipy.optimize", "scipy.sparse", "scipy.spatial", "scipy.linalg"),
)
"""What is imported in the function that needs it."""

NEEDED = {
    "build_explorer": {"torch"},
    "embed_tracks": {"torch"},
    "encode_tracks": {"torch"},
    "export_network": {"torch"},
    "scan_domains": {"torch"},
    "simulate_collisions": {"uproot", "awkward"},
    "simulate_sample": {"uproot", "awkward"},
    "time_scoring": {"torch"},
    "train_classifier": {"torch"},
    "train_model": {"torch"},
    "train_network": {"torch"},
    "train_pack": {"torch"},
    "traverse_latents": {"torch"},
}
"""The exceptions, which use it whatever they are asked."""

LOAD = """
import json, runpy, sys
heavy, scripts = json.loads(sys.argv[1])
for script in scripts:
    runpy.run_path(script, run_name="imported")
    print(json.dumps([script, [name for name in heavy if name in sys.modules]]))
"""


def loaded_by(scripts):
    """Import scripts one after the other in one process; give what is there after each."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, json.dumps([HEAVY, [str(script) for script in scripts]])],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {Path(script).stem: set(found) for script, found in map(json.loads, done.stdout.splitlines())}


def test_a_script_loads_no_heavy_library_before_it_needs_it():
    light = [script for script in sorted(SCRIPTS.glob("*/*.py")) if script.stem not in NEEDED]
    loaded = loaded_by(light)
    assert len(loaded) == len(light) > 50
    assert {name: found for name, found in loaded.items() if found} == {}, "the first one is to blame"


def test_the_heavy_scripts_load_nothing_beside_what_they_need():
    for needed in ({"torch"}, {"uproot", "awkward"}):
        scripts = [next(SCRIPTS.glob(f"*/{name}.py")) for name in NEEDED if NEEDED[name] == needed]
        for name, found in loaded_by(scripts).items():
            assert found == needed, name


def test_each_start_of_snakemake_loads_no_heavy_library_of_ours(tmp_path):
    shared = [path for name in ("common.smk", "hooks.smk") for path in (REPOSITORY / "workflow" / "rules").rglob(name)]
    text = "\n".join(path.read_text() for path in shared)
    imports = re.findall(r"^from rootline\..*? import (?:\([^)]*\)|.*)$", text, flags=re.MULTILINE)
    assert len(imports) > 10
    script = tmp_path / "start.py"
    script.write_text("\n".join(imports))
    assert loaded_by([script]) == {"start": set()}
