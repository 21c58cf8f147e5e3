"""Draw networks with and without an adversary against the distance of the second domain."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.analyses.domains import DOMAINS_KEY, SUMMARY_KEY
from rootline.pid.figures.domains import TITLE, draw_domains


def main(
    domains: Annotated[Path, typer.Option(help="Numbers of each training.")],
    summary: Annotated[Path, typer.Option(help="Means over the seeds.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    tables = read_frame(domains, key=DOMAINS_KEY), read_frame(summary, key=SUMMARY_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        save_figure(draw_domains(*tables, style), title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)
