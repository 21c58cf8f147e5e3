"""Simulate the collisions of one sample and the tracks that the detector makes of them, as a ROOT file."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.pid.simulation.config import DomainConfig
from rootline.pid.simulation.samples import write_sample


def main(
    sample: Annotated[str, typer.Option(help="Sample to simulate; decides the random numbers.")],
    domain: Annotated[str, typer.Option(help="DomainConfig as JSON.")],
    energy_gev: Annotated[int, typer.Option(help="Energy of the collisions [GeV].")],
    frames: Annotated[int, typer.Option(help="Data frames of the file.")],
    seed: Annotated[int, typer.Option(help="Seed.")],
    root: Annotated[Path, typer.Option(help="ROOT file to write.")],
) -> None:
    write_sample(
        root,
        DomainConfig.model_validate_json(domain),
        sample=sample,
        energy_gev=energy_gev,
        frames=frames,
        seed=seed,
    )


if __name__ == "__main__":
    run_script(main)
