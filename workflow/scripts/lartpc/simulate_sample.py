"""Simulate one sample: a ROOT file in its layout and its parts of the side files and the truth table."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import EVENT_KEY, write_table
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import SimulationConfig
from rootline.lartpc.simulation.samples import write_sample


def main(
    sample: Annotated[str, typer.Option(help="Sample to simulate.")],
    options: Annotated[str, typer.Option(help="SimulationConfig as JSON.")],
    detector: Annotated[str, typer.Option(help="DetectorConfig as JSON.")],
    root: Annotated[Path, typer.Option(help="ROOT file to write.")],
    beamline: Annotated[Path, typer.Option(help="Its beamline rows, Parquet.")],
    reco: Annotated[Path, typer.Option(help="Its reconstruction rows, Parquet.")],
    truth: Annotated[Path, typer.Option(help="Its true numbers, Parquet.")],
) -> None:
    config = SimulationConfig.model_validate_json(options)
    tables = write_sample(config, DetectorConfig.model_validate_json(detector), sample, root)
    write_table(beamline, tables.beamline, key=EVENT_KEY)
    write_table(reco, tables.reco, key=EVENT_KEY)
    write_table(truth, tables.truth, key=EVENT_KEY)


if __name__ == "__main__":
    run_script(main)
