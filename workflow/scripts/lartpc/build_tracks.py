"""Build the track table of one sample: clusters, pixels and side files in, tracks and cut flow out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_json
from rootline.core.script import run_script
from rootline.core.tables import CLUSTER_KEY, TRACK_KEY, read_table, write_table
from rootline.lartpc.curves import read_curve
from rootline.lartpc.cuts import RoleCuts
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.reference_files import read_event_list
from rootline.lartpc.sidefiles import read_beamline, read_reco
from rootline.lartpc.track_building import SampleLabel, build_tracks, read_pixels


def main(
    pixels: Annotated[list[Path], typer.Argument(help="Pixels of the kept clusters, a table per ROOT file.")],
    clusters: Annotated[Path, typer.Option(help="All clusters of the sample.")],
    sample: Annotated[str, typer.Option()],
    particle: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option(help="train, held_out, mip or reference.")],
    matching: Annotated[str, typer.Option(help="MatchingConfig as JSON.")],
    cuts: Annotated[str, typer.Option(help="RoleCuts of the role as JSON.")],
    kaon_curve: Annotated[Path, typer.Option(help="Expected dE/dx of a stopping kaon.")],
    proton_curve: Annotated[Path, typer.Option(help="Expected dE/dx of a stopping proton.")],
    tracks: Annotated[Path, typer.Option(help="Output: the track table.")],
    cutflow: Annotated[Path, typer.Option(help="Output: what each cut and join left.")],
    beamline: Annotated[Path | None, typer.Option(help="Beamline CSV.")] = None,
    reco: Annotated[Path | None, typer.Option(help="Reconstruction CSV.")] = None,
    events: Annotated[Path | None, typer.Option(help="Event list: no track of another event is built.")] = None,
) -> None:
    built = build_tracks(
        read_table(clusters, key=CLUSTER_KEY),
        read_pixels(pixels),
        label=SampleLabel(sample, particle, role),
        matching=MatchingConfig.model_validate_json(matching),
        cuts=RoleCuts.model_validate_json(cuts),
        beamline=read_beamline(beamline) if beamline else None,
        reco=read_reco(reco) if reco else None,
        listed=read_event_list(events) if events else None,
        curves={"kaon": read_curve(kaon_curve), "proton": read_curve(proton_curve)},
    )
    write_table(tracks, built.tracks, key=TRACK_KEY)
    write_json(cutflow, built.cutflow)


if __name__ == "__main__":
    run_script(main)
