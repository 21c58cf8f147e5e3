"""Draw how well the latents tell species apart."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.lartpc.analyses.probe import PROBE_KEY
from rootline.lartpc.figures.probe import TITLE, draw_probe


def main(
    probes: Annotated[Path, typer.Option(help="Probes of one run.")],
    scores: Annotated[Path, typer.Option(help="Scores of the tracks.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    found = read_frame(probes, key=PROBE_KEY)
    of_tracks = read_frame(scores, key=(*TRACK_KEY, "selection"))
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_probe(found, of_tracks, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)
