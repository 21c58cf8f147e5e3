"""Build the explorer: tables, images and model of one run in, one HTML page out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig
from rootline.core.files import write_text
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, read_frames
from rootline.lartpc.explorer.build import build_explorer
from rootline.lartpc.explorer.points import PROFILE_COLUMNS, SCORE_COLUMNS, TRACK_COLUMNS
from rootline.lartpc.image_files import read_images
from rootline.lartpc.models import read_model
from rootline.lartpc.tracks import read_tracks


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables of all samples.")],
    images: Annotated[Path, typer.Option(help="Images.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    latents: Annotated[list[Path], typer.Option(help="Latents of one run; given again for its candidates.")],
    embedding: Annotated[Path, typer.Option(help="Their places in the plane.")],
    features: Annotated[list[Path], typer.Option(help="Features of the same tracks; given again for candidates.")],
    scores: Annotated[Path, typer.Option(help="Scores of the probes.")],
    model: Annotated[Path, typer.Option(help="Weights.")],
    config: Annotated[Path, typer.Option(help="The run's config beside the weights.")],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    page: Annotated[Path, typer.Option(help="Output: the page.")],
    reference: Annotated[list[str] | None, typer.Option(help="Reference sample; may be given again.")] = None,
    reference_scores: Annotated[
        list[Path] | None, typer.Option(help="Scores of a reference sample's candidates.")
    ] = None,
) -> None:
    tables = {"latents": latents, "embedding": [embedding], "features": features, "kaon_scores": reference_scores}
    frames = {name: read_frames(paths, key=TRACK_KEY) for name, paths in tables.items() if paths}
    frames["scores"] = read_frame(scores, key=(*TRACK_KEY, "selection"), columns=SCORE_COLUMNS)
    table = read_tracks(tracks, columns=[*TRACK_COLUMNS, *PROFILE_COLUMNS])
    trained, style = read_model(model, config), FigureConfig.model_validate_json(options)
    rendered, places = read_images(images), read_frame(keys, key=TRACK_KEY)
    origin = {"model": trained, "train_samples": sample, "references": reference or [], "style": style}
    write_text(page, build_explorer(rendered, places, table, **frames, **origin))


if __name__ == "__main__":
    run_script(main)
