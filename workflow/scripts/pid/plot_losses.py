"""Draw the losses of the networks that are compared, epoch by epoch."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.figures.training import TITLE, draw_training
from rootline.pid.runs import read_run
from rootline.pid.scores import read_of_sample


def main(
    splits: Annotated[
        list[Path], typer.Argument(help="Parts of the tracks of each sample, the first domain before others.")
    ],
    model: Annotated[list[str], typer.Option(help="Name and run of a network, name=run; once for each.")],
    models: Annotated[Path, typer.Option(help="Folder with a folder of each network.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    counts = {path.stem: read_of_sample(path, columns=["part"])["part"].value_counts().to_dict() for path in splits}
    folders = {name: models / run for name, _, run in (each.partition("=") for each in model)}
    histories = {name: read_frame(folder / "history.parquet", key=["epoch"]) for name, folder in folders.items()}
    domains = {name: read_run(folder / "config.yaml").network.domain for name, folder in folders.items()}
    first, others = counts[splits[0].stem], {name: counts[domain] for name, domain in domains.items() if domain}
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_training(histories, style, counts=first, second=others)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)
