"""Find the clusters of one ROOT file: waveforms in, cluster table and pixels of the kept clusters out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json
from rootline.core.screen import Progress
from rootline.core.script import run_script
from rootline.lartpc.cluster_tables import write_clusters
from rootline.lartpc.clusters import ClusterConfig
from rootline.lartpc.cuts import RoleCuts
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw


def main(
    root: Annotated[str, typer.Argument(help="ROOT file, a path or a URL.")],
    sample: Annotated[str, typer.Option()],
    detector: Annotated[str, typer.Option(help="DetectorConfig as JSON.")],
    options: Annotated[str, typer.Option(help="ClusterConfig as JSON.")],
    cuts: Annotated[str, typer.Option(help="RoleCuts of the sample's role as JSON.")],
    clusters: Annotated[Path, typer.Option(help="Output: every cluster.")],
    pixels: Annotated[Path, typer.Option(help="Output: pixels of the clusters that pass every cut.")],
    check: Annotated[Path | None, typer.Option(help="Report of `check_file`, which names the events to skip.")] = None,
    tree: Annotated[str, typer.Option(help="Tree with its folder; empty finds it by its branches.")] = "",
    processes: Annotated[int, typer.Option(help="How many share the work.")] = 1,
) -> None:
    geometry = DetectorConfig.model_validate_json(detector)
    skipped = [bad["entry"] for bad in read_json(check)["bad_events"]] if check else []
    with open_raw(root, tree=tree or None, detector=geometry, skipped=skipped) as raw:
        write_clusters(
            raw,
            ClusterConfig.model_validate_json(options),
            RoleCuts.model_validate_json(cuts),
            sample=sample,
            clusters=clusters,
            pixels=pixels,
            processes=processes,
            progress=Progress(f"find_clusters {sample}", total=raw.n_entries, unit="events"),
        )


if __name__ == "__main__":
    run_script(main)
