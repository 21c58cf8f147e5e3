"""Draw what a model accepts, rejects and takes wrongly in the planes of TPC and TOF."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import join_strict, read_frame
from rootline.pid.accepted import accepted_by_cut, cut_of
from rootline.pid.figures.model_marks import mark_models
from rootline.pid.figures.planes import TITLE, draw_planes
from rootline.pid.scores import SCORED, read_of_sample
from rootline.pid.tracks import FRAME_TRACK_KEY

COLUMNS = ("species", "fP", "fTPCSignal", "fBeta")


def main(
    tracks: Annotated[Path, typer.Option(help="Tracks.")],
    split: Annotated[Path, typer.Option(help="Their parts; the test part is drawn.")],
    scores: Annotated[Path, typer.Option(help="Scores of the model.")],
    models: Annotated[Path, typer.Option(help="Cuts of all models.")],
    model: Annotated[str, typer.Option(help="Name of the model.")],
    species: Annotated[str, typer.Option(help="Species that is selected.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    tables = read_of_sample(tracks, columns=COLUMNS), read_of_sample(split, columns=["part"])
    table = join_strict(*tables, key=FRAME_TRACK_KEY, names=(str(tracks), str(split)))
    cut = cut_of(read_frame(models, key=["model", "species"]), model, species)
    accepted = accepted_by_cut(table, read_of_sample(scores, columns=SCORED), species, cut)
    judged = (table["part"] == "test").to_numpy(dtype=bool)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_planes(table[judged], accepted[judged], species, mark_models([model])[model].label, style)
        save_figure(figure, title=f"{TITLE}: {species}", png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)
