"""Display one event: its waveforms and tables in, a figure of both planes with the fate of each cluster out."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.event_display import view_event
from rootline.lartpc.figures.event import TITLE, draw_event
from rootline.lartpc.matching import MatchingConfig


def main(
    tables: Annotated[list[Path], typer.Argument(help="Lists of events, cluster tables and track tables.")],
    name: Annotated[str, typer.Option(help="run-subrun-event, sample-run-subrun-event, or sample-first.")],
    samples: Annotated[str, typer.Option(help="Role and files (path to tree) of each sample as JSON.")],
    detector: Annotated[str, typer.Option(help="DetectorConfig as JSON.")],
    matching: Annotated[str, typer.Option(help="MatchingConfig as JSON.")],
    cuts: Annotated[str, typer.Option(help="CutsConfig as JSON.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    view = view_event(
        name,
        tables,
        json.loads(samples),
        detector=DetectorConfig.model_validate_json(detector),
        matching=MatchingConfig.model_validate_json(matching),
        cuts=CutsConfig.model_validate_json(cuts),
    )
    origin = describe_run(
        {"event": view.located._asdict()}, {f"{path.parent.name}/{path.name}": path for path in tables}, None, "cpu"
    )
    with figure_style(style):
        save_figure(draw_event(view, style), title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)
