"""Measure how many events per second the simulation makes on one core, from the beam to the compressed ROOT file.

Usage: python benchmarks/simulation.py [EVENTS]
"""

import sys
import tempfile
import time
from pathlib import Path

from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import SimulationConfig
from rootline.lartpc.simulation.events import SAMPLES
from rootline.lartpc.simulation.samples import write_sample

DEFAULT_EVENTS = 240


def main() -> None:
    """Print one line per sample; wall-clock time counts, CPU time shows what a busy machine took away."""
    n_events = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_EVENTS
    print(f"{'sample':<10}{'events':>8}{'wall [1/s]':>12}{'CPU [1/s]':>12}{'MB/event':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for sample in SAMPLES:
            config = SimulationConfig.model_validate({sample: {"n_events": n_events}})
            path = Path(folder) / f"{sample}.root"
            wall, cpu = time.perf_counter(), time.process_time()
            write_sample(config, DetectorConfig(), sample, path)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            size = path.stat().st_size / n_events / 1e6
            print(f"{sample:<10}{n_events:>8}{n_events / wall:>12.1f}{n_events / cpu:>12.1f}{size:>10.3f}")


if __name__ == "__main__":
    main()
