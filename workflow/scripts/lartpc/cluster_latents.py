"""Group the latents without labels and compare with the species: latents in; agreement, scan and groups out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.clustering import CLUSTERED_KEY, CLUSTERING_KEY, SCAN_KEY, cluster_latents
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    options: Annotated[str, typer.Option(help="ClusteringConfig as JSON.")],
    clustering: Annotated[Path, typer.Option(help="Output: agreement of the groups with the species.")],
    scan: Annotated[Path, typer.Option(help="Output: one row per number of components.")],
    tracks: Annotated[Path, typer.Option(help="Output: one row per track and selection.")],
    leave_out: Annotated[list[str] | None, typer.Option(help="Sample to leave out; may be given again.")] = None,
) -> None:
    encoded = read_frame(latents, key=TRACK_KEY)
    encoded = encoded[~encoded["sample"].isin(leave_out or [])]
    found = cluster_latents(encoded, ClusteringConfig.model_validate_json(options))
    write_table(clustering, found.numbers, key=CLUSTERING_KEY)
    write_table(scan, found.scan, key=SCAN_KEY)
    write_table(tracks, found.tracks, key=CLUSTERED_KEY)


if __name__ == "__main__":
    run_script(main)
