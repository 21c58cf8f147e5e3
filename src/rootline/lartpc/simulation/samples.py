"""One simulated sample: its ROOT file and its parts of the side files and the truth table."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from rootline.core.files import replacing
from rootline.core.screen import Progress
from rootline.core.seeds import generator
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import SimulationConfig
from rootline.lartpc.simulation.events import make_readout, read_out, sample_section, simulate_blocks
from rootline.lartpc.simulation.files import RawEvent, RootWriter
from rootline.lartpc.simulation.sidefiles import Row, beamline_rows, reco_rows

_NUMBERS = [("run", pa.int64()), ("subrun", pa.int64()), ("event", pa.int64())]
_LISTS = [(name, pa.list_(pa.float64())) for name in ("trkrr", "trkdedx")]
BEAMLINE_SCHEMA = pa.schema(
    [("sample", pa.string()), *_NUMBERS, ("p", pa.int64()), ("m", pa.int64()), ("beamline_mass", pa.float64())]
)
RECO_SCHEMA = pa.schema([("sample", pa.string()), *_NUMBERS, *_LISTS])
TRUTH_SCHEMA = pa.schema(
    [
        ("sample", pa.string()),
        *_NUMBERS,
        ("species", pa.string()),
        *((name, pa.float64()) for name in ("mass", "momentum", "true_range")),
        ("ending", pa.string()),
        *((name, pa.float64()) for name in ("angle_xz", "angle_yz", "entry_x", "entry_y", "pitch")),
        ("n_halo", pa.int64()),
        ("n_cosmics", pa.int64()),
    ]
)


class SampleTables(NamedTuple):
    """What is known of a sample's events beside their waveforms, in the order of the events."""

    beamline: pa.Table
    reco: pa.Table
    truth: pa.Table


def write_sample(config: SimulationConfig, detector: DetectorConfig, sample: str, root: Path) -> SampleTables:
    """Simulate a sample into the ROOT file `root` and give its tables.

    Raises
    ------
    UserError
        If the simulation knows no such sample.
    """
    section = sample_section(config, sample)
    readout = make_readout(config, detector)
    counter = Progress(f"simulate_sample {sample}", total=section.n_events, unit="events")
    beamline: list[Row] = []
    reco: list[Row] = []
    truth: list[pa.Table] = []
    with (
        replacing(root) as unfinished,
        RootWriter(
            unfinished, tree=section.tree, layout=section.layout, silent_adc=config.readout.silent_adc
        ) as writer,
    ):
        pending: list[RawEvent] = []
        for block in simulate_blocks(config, detector, sample):
            rng = generator(config.seed, "side files", sample, int(block.event[0]))
            beamline += beamline_rows(block, config.side_files, rng)
            reco += reco_rows(block, config.side_files, detector, rng)
            names = [sample] * len(block)
            truth.append(pa.table({"sample": names} | block.truth(detector), schema=TRUTH_SCHEMA))
            for number, adc in enumerate(read_out(block, readout, config, sample)):
                pending.append(
                    RawEvent(int(block.run[number]), int(block.subrun[number]), int(block.event[number]), adc)
                )
                if len(pending) == config.events_per_basket:
                    writer.write(pending)
                    counter.advance(len(pending))
                    pending = []
        if pending:
            writer.write(pending)
            counter.advance(len(pending))
    named = {"sample": sample}
    return SampleTables(
        pa.Table.from_pylist([named | row for row in beamline], schema=BEAMLINE_SCHEMA),
        pa.Table.from_pylist([named | row for row in reco], schema=RECO_SCHEMA),
        pa.concat_tables(truth) if truth else TRUTH_SCHEMA.empty_table(),
    )
