"""A malformed event in a real workflow: it stops the run, or is left out, counted and told."""

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tests.unit.lartpc.tiny import tiny_event, write_flat

from rootline.core.files import read_json


def test_a_malformed_event_stops_the_run_unless_it_is_to_be_skipped_and_few_are_like_it(study):
    before = pq.read_table(study.results / "clusters" / "kaons.parquet")
    study.use_own_samples(["protons", "kaons"])
    rng = np.random.default_rng(8)
    events = [tiny_event(rng, ticks=3072), np.zeros(7, np.int16), tiny_event(rng, ticks=3072)]
    write_flat(study.folder / "data" / "extra.root", events, [(77, 0, n) for n in range(3)])
    with (study.folder / "config" / "samples.tsv").open("a") as table:
        table.write("kaons\tkaon\theld_out\tdata/extra.root\t\n")
    targets = ("lartpc_check", "lartpc_tracks")

    stopped = study.snakemake(*targets)
    assert stopped.returncode == 1
    where = "data/extra.root: ana/raw;1 entry 1 (run 77 subrun 0 event 1): rawadc1 holds 7 values"
    assert where in stopped.text and "or set lartpc.input.on_bad_event: skip" in stopped.text, stopped.text

    study.change("lartpc.input.on_bad_event", "skip")
    stopped = study.snakemake(*targets)
    assert stopped.returncode == 1
    assert "1 of the first 2 of its 3 events are malformed, more than lartpc.input.max_bad_share = 0.01" in stopped.text

    study.change("lartpc.input.max_bad_share", 0.5)
    went_on = study.snakemake(*targets)
    assert went_on.returncode == 0, went_on.text
    assert "kaons: 33 events" in went_on.text and "1 of them malformed and skipped" in went_on.text, went_on.text
    report = read_json(study.results / "check" / "kaons.json")
    (bad,) = [bad for file in report["files"] for bad in file["bad_events"]]
    assert (report["bad_events"], bad["run"], bad["entry"]) == (1, 77, 1)
    after = pq.read_table(study.results / "clusters" / "kaons.parquet")
    of_extra = pc.equal(after["run"], 77)
    assert set(after.filter(of_extra)["event"].to_pylist()) == {0, 2}
    assert after.filter(pc.invert(of_extra)).equals(before)
