from itertools import islice

import numpy as np
import pytest
from skimage.measure import label, regionprops
from tests.unit.lartpc.tiny import tiny_event, write_channel_mapped, write_flat

from rootline.core.config import ConfigError, parse_config
from rootline.core.device import DEVICE_VARIABLE
from rootline.core.screen import Progress
from rootline.lartpc import clusters as module
from rootline.lartpc.clusters import CLUSTER_SCHEMA, PIXEL_SCHEMA, ClusterConfig, find_clusters
from rootline.lartpc.cuts import CutsConfig, EntryWindow, RoleCuts
from rootline.lartpc.detector import PLANES, DetectorConfig
from rootline.lartpc.raw import open_raw
from rootline.lartpc.simulation.config import SimulationConfig
from rootline.lartpc.simulation.events import make_readout, read_out, simulate_blocks

TINY = DetectorConfig(ticks=256)
LOOSE = RoleCuts(
    height_min=10,
    collection=EntryWindow(wire_min=20, wire_max=200, tick_min=40),
    induction=EntryWindow(wire_max=150, tick_min=10, tick_max=200),
)


def reference_cut(cuts, plane, row):
    """Name the first failed cut, one comparison after the other."""
    window = cuts.collection if plane == "collection" else cuts.induction
    for name, value, low, high in (
        ("height", row["wire_max"] - row["wire_min"], cuts.height_min, cuts.height_max),
        ("profile", None, None, None),
        ("entry_wire", row["wire_min"], window.wire_min, window.wire_max),
        ("vertex_tick", row["vertex_tick"], window.tick_min, window.tick_max),
    ):
        if name == "profile":
            if cuts.profile_not_constant and len(set(row["profile"])) == 1:
                return name
        elif (low is not None and value <= low) or (high is not None and value >= high):
            return name
    return None


def reference_clusters(events, keys, cuts, thresholds, sample):
    """Clusters and pixels as PHYSICS defines them: scikit-image's regions, then plain loops."""
    clusters, pixels = [], []
    for event, key in zip(events, keys, strict=True):
        for plane in PLANES:
            image = event[len(event) // 2 :] if plane == "collection" else event[: len(event) // 2]
            regions = regionprops(label(image > thresholds[plane], connectivity=2), intensity_image=image)
            regions.sort(key=lambda region: min(map(tuple, region.coords)))
            for number, region in enumerate(regions):
                wire_min, tick_min, wire_max, tick_max = region.bbox
                inside = np.where(region.image, region.image_intensity, 0)
                name = dict(zip(("sample", "run", "subrun", "event"), (sample, *key), strict=True))
                name |= {"plane": plane, "cluster": number}
                row = {
                    "wire_min": wire_min,
                    "wire_max": wire_max,
                    "tick_min": tick_min,
                    "tick_max": tick_max,
                    "n_pixels": int(region.area),
                    "charge_sum": int(inside.sum()),
                    "charge_max": int(inside.max()),
                    "vertex_tick": tick_min + int(np.argmax(inside[0])),
                }
                profile = inside.max(axis=1).tolist()
                cut = reference_cut(cuts, plane, row | {"profile": profile})
                clusters.append(name | row | {"cut": cut})
                if cut is None:
                    places = sorted(map(tuple, region.coords.tolist()))
                    lists = {
                        "wire": [wire for wire, _ in places],
                        "tick": [tick for _, tick in places],
                        "adc": [int(image[place]) for place in places],
                        "profile": profile,
                    }
                    pixels.append(name | lists)
    return clusters, pixels


def write(path, layout, events, keys, **options):
    (write_flat if layout == "flat" else write_channel_mapped)(path, events, keys, **options)


@pytest.mark.parametrize("layout", ["flat", "channel-mapped"])
@pytest.mark.parametrize(("part", "together"), [(1, 10**6), (3, 5000), (256, 1), (256, 5000), (256, 10**6)])
def test_clusters_and_pixels_of_a_file_are_those_of_the_definition(tmp_path, layout, part, together, monkeypatch):
    monkeypatch.setattr(module, "EVENTS_PER_PART", part)
    monkeypatch.setattr(module, "_PIXELS_TOGETHER", together)
    rng = np.random.default_rng(11)
    events = [tiny_event(rng, n_tracks=5) for _ in range(5)]
    events.insert(2, np.zeros_like(events[0]))
    keys = [(1, 2, 10), (1, 2, 11), (1, 2, 12), (1, 3, 4), (2, 0, 1), (2, 0, 5)]
    write(tmp_path / "f.root", layout, events, keys)
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=TINY) as raw:
        found = find_clusters(raw, ClusterConfig(), LOOSE, sample="p")
    clusters, pixels = reference_clusters(events, keys, LOOSE, {"collection": 15, "induction": 7}, "p")
    assert found.clusters.to_pylist() == clusters
    assert found.pixels.to_pylist() == pixels
    assert len({row["cut"] for row in clusters}) >= 4
    assert 4 < len(pixels) < len(clusters)


def test_events_labelled_together_may_have_other_lengths_and_others_left_out_between(tmp_path):
    rng = np.random.default_rng(12)
    events = [tiny_event(rng, n_tracks=3, ticks=ticks) for ticks in (256, 120, 200, 256, 120)]
    keys = [(1, 1, number) for number in range(len(events))]
    write_channel_mapped(tmp_path / "f.root", events, keys)
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=TINY, skipped={1}) as raw:
        found = find_clusters(raw, ClusterConfig(), LOOSE, sample="p")
    used = [0, 2, 3, 4]
    clusters, pixels = reference_clusters(
        [events[entry] for entry in used],
        [keys[entry] for entry in used],
        LOOSE,
        {"collection": 15, "induction": 7},
        "p",
    )
    assert found.clusters.to_pylist() == clusters
    assert found.pixels.to_pylist() == pixels


@pytest.mark.gpu
@pytest.mark.parametrize("finder", ["connected", "longest", "contrast", "seeded"])
def test_clusters_of_a_file_are_the_same_on_the_gpu(tmp_path, monkeypatch, finder):
    rng = np.random.default_rng(13)
    events = [tiny_event(rng, n_tracks=5) for _ in range(3)]
    events.insert(1, np.zeros_like(events[0]))
    write_channel_mapped(tmp_path / "f.root", events, [(1, 1, number) for number in range(len(events))])
    tables = []
    for device in ("cpu", "cuda"):
        monkeypatch.setenv(DEVICE_VARIABLE, device)
        with open_raw(str(tmp_path / "f.root"), tree=None, detector=TINY) as raw:
            tables.append(find_clusters(raw, ClusterConfig(finder=finder), LOOSE, sample="p"))
    for on_cpu, on_gpu in zip(*tables, strict=True):
        assert on_cpu.equals(on_gpu)


def test_the_clusters_of_random_noise_are_those_of_the_definition(tmp_path):
    rng = np.random.default_rng(12)
    detector = DetectorConfig(wires=12, ticks=30)
    events = [rng.integers(-20, 30, (24, 30)).astype(np.int16) for _ in range(12)]
    keys = [(1, 0, n) for n in range(12)]
    write_flat(tmp_path / "f.root", events, keys)
    cuts = RoleCuts(height_min=1, height_max=None, collection=EntryWindow(), induction=EntryWindow(tick_min=3))
    options = ClusterConfig.model_validate({"threshold": {"collection": 20, "induction": 17}})
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=detector) as raw:
        found = find_clusters(raw, options, cuts, sample="noise")
    clusters, pixels = reference_clusters(events, keys, cuts, {"collection": 20, "induction": 17}, "noise")
    assert found.clusters.to_pylist() == clusters
    assert found.pixels.to_pylist() == pixels


@pytest.mark.slow
@pytest.mark.parametrize(("sample", "role"), [("protons", "train"), ("kaons", "held_out"), ("mips", "mip")])
def test_clusters_of_simulated_events_are_those_of_the_definition(tmp_path, sample, role):
    config, detector = SimulationConfig(), DetectorConfig()
    block = next(simulate_blocks(config, detector, sample))
    events = list(islice(read_out(block, make_readout(config, detector), config, sample), 8))
    keys = list(zip(*(numbers[:8].tolist() for numbers in (block.run, block.subrun, block.event)), strict=True))
    write_flat(tmp_path / "f.root", events, keys)
    cuts = getattr(CutsConfig(), role)
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=detector) as raw:
        found = find_clusters(raw, ClusterConfig(), cuts, sample=sample)
    clusters, pixels = reference_clusters(events, keys, cuts, {"collection": 15, "induction": 7}, sample)
    assert found.clusters.to_pylist() == clusters
    assert found.pixels.to_pylist() == pixels
    assert len(pixels) > 3


@pytest.mark.parametrize("finder", ["longest", "contrast", "seeded"])
def test_the_other_finders_give_at_most_one_cluster_per_plane(tmp_path, finder):
    rng = np.random.default_rng(13)
    events = [tiny_event(rng, n_tracks=4), np.zeros((480, 256), np.int16)]
    write_flat(tmp_path / "f.root", events, [(1, 0, 0), (1, 0, 1)])
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=TINY) as raw:
        found = find_clusters(raw, ClusterConfig(finder=finder), CutsConfig().reference, sample="p").clusters
    rows = [(row["event"], row["plane"], row["cluster"]) for row in found.to_pylist()]
    assert rows == [(0, "collection", 0), (0, "induction", 0)]


def test_a_constant_profile_fails_its_cut_where_the_role_has_it(tmp_path):
    event = np.zeros((480, 256), np.int16)
    event[250:300, 100] = 99
    write_flat(tmp_path / "f.root", [event], [(1, 0, 0)])
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=TINY) as raw:
        cuts = [getattr(CutsConfig(), role) for role in ("train", "mip", "reference")]
        names = [find_clusters(raw, ClusterConfig(), cut, sample="p").clusters["cut"].to_pylist() for cut in cuts]
    assert names == [["profile"], ["height"], [None]]


def test_rows_are_in_the_order_of_the_key_whatever_the_order_of_the_tree(tmp_path):
    rng = np.random.default_rng(14)
    events = [tiny_event(rng, n_tracks=2) for _ in range(4)]
    keys = [(2, 0, 1), (1, 5, 9), (1, 5, 2), (1, 4, 30)]
    write_flat(tmp_path / "f.root", events, keys)
    with open_raw(str(tmp_path / "f.root"), tree=None, detector=TINY) as raw:
        found = find_clusters(raw, ClusterConfig(), CutsConfig().reference, sample="p")
    order = [3, 2, 1, 0]
    clusters, pixels = reference_clusters(
        [events[n] for n in order],
        [keys[n] for n in order],
        CutsConfig().reference,
        {"collection": 15, "induction": 7},
        "p",
    )
    assert found.clusters.to_pylist() == clusters
    assert found.pixels.to_pylist() == pixels


def test_a_file_without_events_or_clusters_gives_empty_tables(tmp_path):
    for events in ([], [np.zeros((480, 256), np.int16)]):
        write_flat(tmp_path / "f.root", events, [(1, 0, 0)][: len(events)])
        with open_raw(str(tmp_path / "f.root"), tree=None, detector=TINY) as raw:
            found = find_clusters(
                raw, ClusterConfig(), LOOSE, sample="p", progress=Progress("x", total=1, unit="events")
            )
        assert found.clusters.num_rows == found.pixels.num_rows == 0
        assert found.clusters.schema.equals(CLUSTER_SCHEMA)
        assert found.pixels.schema.equals(PIXEL_SCHEMA)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"finder": "biggest"}, "finder='biggest'"),
        ({"threshold": {"collection": -1}}, "threshold.collection=-1: input should be greater than or equal to 0"),
        ({"threshold": {"colection": 5}}, "did you mean threshold.collection"),
        ({"seed_neighbours": 6}, "seed_neighbours=6"),
    ],
)
def test_wrong_options_name_the_key(raw, message):
    with pytest.raises(ConfigError) as caught:
        parse_config(raw, ClusterConfig, source="c.yaml")
    assert message in str(caught.value)
