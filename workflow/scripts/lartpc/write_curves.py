"""Write the expected dE/dx curves of stopping kaons and protons."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.lartpc.simulation.particles import KAON, PROTON
from rootline.lartpc.simulation.sidefiles import write_curve


def main(
    kaon: Annotated[Path, typer.Option(help="Curve of the kaon hypothesis to write.")],
    proton: Annotated[Path, typer.Option(help="Curve of the proton hypothesis to write.")],
) -> None:
    write_curve(kaon, KAON)
    write_curve(proton, PROTON)


if __name__ == "__main__":
    run_script(main)
