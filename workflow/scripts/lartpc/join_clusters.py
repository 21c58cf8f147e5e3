"""Join the clusters of a sample's files: cluster tables in, one table out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.lartpc.cluster_tables import join_clusters


def main(
    tables: Annotated[list[Path], typer.Argument(help="Cluster tables, one per ROOT file.")],
    clusters: Annotated[Path, typer.Option(help="Output: all clusters of the sample.")],
) -> None:
    join_clusters(tables, clusters)


if __name__ == "__main__":
    run_script(main)
