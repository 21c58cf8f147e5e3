"""Fit the beamline mass of the kaon-tagged tracks: track tables in; fitted numbers and the spectrum out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.lartpc.analyses.beam_mass import BINS_KEY, MASS_KEY, fit_beam_mass
from rootline.lartpc.analyses.settings.beam_mass import BeamMassConfig
from rootline.lartpc.tracks import read_tracks


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables; tracks of other particles are left out.")],
    options: Annotated[str, typer.Option(help="BeamMassConfig as JSON.")],
    fit: Annotated[Path, typer.Option(help="Output: one row per selection and quantity.")],
    spectrum: Annotated[Path, typer.Option(help="Output: one row per selection and bin.")],
) -> None:
    table = read_tracks(tracks, columns=["particle", "p", "beamline_mass"]).to_pandas()
    fitted, bins = fit_beam_mass(table, BeamMassConfig.model_validate_json(options))
    write_table(fit, fitted, key=MASS_KEY)
    write_table(spectrum, bins, key=BINS_KEY)


if __name__ == "__main__":
    run_script(main)
