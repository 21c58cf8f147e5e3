"""Judge networks with and without an adversary in both domains: models, tracks and parts in; numbers and their summary out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.analyses.domains import DOMAINS_KEY, SUMMARY_KEY, scan_domains
from rootline.pid.analyses.settings.domains import DomainsConfig
from rootline.pid.models import read_network
from rootline.pid.runs import PartsConfig
from rootline.pid.scan import ScanPoint
from rootline.pid.scores import read_parts


def main(
    scan: Annotated[Path, typer.Argument(help="JSON: points of the scan, each run, variant, shift, seed and sample.")],
    models: Annotated[Path, typer.Option(help="Folder with a folder of each model.")],
    tracks: Annotated[Path, typer.Option(help="Folder with the tracks of each sample.")],
    splits: Annotated[Path, typer.Option(help="Folder with the parts of each sample.")],
    fractions: Annotated[str, typer.Option(help="PartsConfig as JSON.")],
    first: Annotated[str, typer.Option(help="Sample that the models learnt from.")],
    options: Annotated[str, typer.Option(help="DomainsConfig as JSON.")],
    domains: Annotated[Path, typer.Option(help="Output: a row per training and species.")],
    summary: Annotated[Path, typer.Option(help="Output: means over the seeds and differences.")],
) -> None:
    points = [ScanPoint(**each) for each in read_json(scan)]
    shares = PartsConfig.model_validate_json(fractions)
    tables = {
        sample: read_parts(tracks / f"{sample}.parquet", splits / f"{sample}.parquet", shares)
        for sample in dict.fromkeys([first, *(point.sample for point in points)])
    }
    found = scan_domains(
        points,
        lambda run: read_network(models / run / "model.safetensors", models / run / "config.yaml"),
        tables[first],
        tables,
        DomainsConfig.model_validate_json(options),
    )
    write_table(domains, found.domains, key=DOMAINS_KEY)
    write_table(summary, found.summary, key=SUMMARY_KEY)


if __name__ == "__main__":
    run_script(main)
