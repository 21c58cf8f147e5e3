"""Draw the comparison of the train part with the others."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.parts import PARTS_KEY, POWER_KEY
from rootline.lartpc.figures.parts import TITLE, draw_parts


def main(
    tests: Annotated[Path, typer.Option(help="Tests and controls.")],
    power: Annotated[Path, typer.Option(help="Power per shift of the mixture.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    found, curve = read_frame(tests, key=PARTS_KEY), read_frame(power, key=POWER_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_parts(found, curve, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)
