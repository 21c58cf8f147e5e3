"""Join the simulated samples' side tables into the files that real data would come with."""

from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from rootline.core.script import run_script
from rootline.core.tables import EVENT_KEY, read_table, sort_by_key, write_table
from rootline.lartpc.simulation.sidefiles import picked_events, write_beamline, write_event_list, write_reco


def main(
    parts: Annotated[list[Path], typer.Argument(help="Tables <sample>.beamline|reco|truth.parquet of each sample.")],
    beamline_csv: Annotated[Path, typer.Option(help="Beamline CSV to write.")],
    reco_csv: Annotated[Path, typer.Option(help="Reconstruction CSV to write.")],
    truth_table: Annotated[Path, typer.Option(help="Truth table to write, Parquet.")],
    event_list: Annotated[Path, typer.Option(help="Event list to write: what a person would pick.")],
    reference: Annotated[
        list[str] | None, typer.Option(help="Sample to pick from, as sample=particle; may be given again.")
    ] = None,
) -> None:
    write_beamline(beamline_csv, join(parts, "beamline").to_pylist())
    write_reco(reco_csv, join(parts, "reco").to_pylist())
    truth = join(parts, "truth")
    write_table(truth_table, truth, key=EVENT_KEY)
    write_event_list(event_list, picked_events(truth.to_pylist(), dict(pair.split("=") for pair in reference or [])))


def join(parts: list[Path], kind: str) -> pa.Table:
    """Concatenate the tables of one kind, in the order of run, subrun and event, each once."""
    tables = [read_table(path, key=EVENT_KEY) for path in parts if path.name.endswith(f".{kind}.parquet")]
    return sort_by_key(pa.concat_tables(tables), key=EVENT_KEY[1:], name="the simulated samples together")


if __name__ == "__main__":
    run_script(main)
