"""Choose the best point of a sweep: its runs and means over seeds in; the point, in numbers and as part of a config, out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json, write_json, write_text
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.best import choose_best, write_config
from rootline.lartpc.analyses.settings.best import BestConfig
from rootline.lartpc.analyses.sweep_runs import RUNS_KEY
from rootline.lartpc.analyses.sweep_summary import SUMMARY_KEY
from rootline.lartpc.sweep_files import read_settings


def main(
    runs: Annotated[Path, typer.Option(help="One row per run.")],
    summary: Annotated[Path, typer.Option(help="Means over the seeds of each point.")],
    provenance: Annotated[Path, typer.Option(help="Origin of both; names the swept keys.")],
    models: Annotated[Path, typer.Option(help="Folder with a folder of each model.")],
    species: Annotated[list[str], typer.Option(help="Particle that the models were trained on; may be given again.")],
    options: Annotated[str, typer.Option(help="BestConfig as JSON.")],
    best: Annotated[Path, typer.Option(help="Output: the choice as JSON.")],
    fragment: Annotated[Path, typer.Option(help="Output: the chosen point as part of a config, YAML.")],
) -> None:
    origin = read_json(provenance)["config"]
    tables = read_frame(summary, key=SUMMARY_KEY), read_frame(runs, key=RUNS_KEY)
    found = choose_best(*tables, origin["keys"], BestConfig.model_validate_json(options), species=species)
    write_json(best, {**found, "missing": origin["missing"]})
    write_text(fragment, write_config(found, read_settings(models, found, origin["keys"])))


if __name__ == "__main__":
    run_script(main)
