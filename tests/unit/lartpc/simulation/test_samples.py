import numpy as np
import pytest
import uproot
from scipy.ndimage import find_objects, label

from rootline.core.errors import UserError
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.beam import beam_particles
from rootline.lartpc.simulation.config import SimulationConfig
from rootline.lartpc.simulation.events import make_readout, read_out, simulate_blocks
from rootline.lartpc.simulation.particles import KAON, PION, PROTON, SPECIES
from rootline.lartpc.simulation.samples import write_sample

DETECTOR = DetectorConfig()


def small(sample, n, **options):
    return SimulationConfig.model_validate({sample: {"n_events": n}, **options})


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    return {
        sample: (folder / f"{sample}.root", write_sample(small(sample, 6), DETECTOR, sample, folder / f"{sample}.root"))
        for sample in ("protons", "kaons", "mips", "references")
    }


@pytest.fixture(scope="module")
def waveforms():
    """Give (block, list of ADC arrays) of 96 events of protons and of kaons."""
    found = {}
    for sample in ("protons", "kaons"):
        config = small(sample, 96)
        readout = make_readout(config, DETECTOR)
        found[sample] = [
            (block, list(read_out(block, readout, config, sample)))
            for block in simulate_blocks(config, DETECTOR, sample)
        ]
    return found


def test_the_same_seed_gives_the_same_bytes_under_any_name(written, tmp_path):
    path, tables = written["kaons"]
    again = write_sample(small("kaons", 6), DETECTOR, "kaons", tmp_path / "another-name.root")
    assert (tmp_path / "another-name.root").read_bytes() == path.read_bytes()
    assert all(one.equals(other) for one, other in zip(tables, again, strict=True))


def test_another_seed_gives_other_events(written, tmp_path):
    path, _ = written["kaons"]
    write_sample(small("kaons", 6, seed=7), DETECTOR, "kaons", tmp_path / "kaons.root")
    assert (tmp_path / "kaons.root").read_bytes() != path.read_bytes()


def test_an_event_does_not_depend_on_how_many_are_simulated(written, tmp_path):
    path, tables = written["kaons"]
    fewer = write_sample(small("kaons", 3), DETECTOR, "kaons", tmp_path / "kaons.root")
    with uproot.open(path) as all_, uproot.open(tmp_path / "kaons.root") as some:
        np.testing.assert_array_equal(
            all_["ana/raw"]["rawadc1"].array(entry_stop=3).to_numpy(), some["ana/raw"]["rawadc1"].array().to_numpy()
        )
    assert fewer.truth.equals(tables.truth.slice(0, 3))


def test_flat_files_hold_480_channels_of_every_tick(written):
    for sample, tree in (("kaons", "ana/raw"), ("mips", "anatree/raw")):
        with uproot.open(written[sample][0]) as file:
            assert set(file[tree].keys()) >= {"run", "subrun", "event", "rawadc1"}
            adc = file[tree]["rawadc1"].array().to_numpy()
            assert adc.shape == (6, 480 * 3072)
            assert adc.dtype == np.int16


def test_channel_mapped_files_leave_silent_channels_out(written):
    with uproot.open(written["protons"][0]) as file:
        arrays = file["ana/raw"].arrays()
    for ids, payload in zip(arrays["raw_channel"], arrays["raw_rawadc"], strict=True):
        channels, adc = ids.to_numpy(), payload.to_numpy().reshape(len(ids), 3072)
        assert 20 < len(channels) < 480
        assert len(np.unique(channels)) == len(channels)
        assert channels.min() >= 0
        assert channels.max() < 480
        assert (np.abs(adc).max(axis=1) >= 6).all()


def test_a_basket_holds_at_most_four_events(written):
    with uproot.open(written["kaons"][0]) as file:
        branch = file["ana/raw"]["rawadc1"]
        assert [branch.basket(i).num_entries for i in range(branch.num_baskets)] == [4, 2]


def test_events_of_all_samples_have_numbers_of_their_own(written):
    keys = [
        tuple(row[name] for name in ("run", "subrun", "event"))
        for _, tables in written.values()
        for row in tables.truth.to_pylist()
    ]
    assert len(set(keys)) == len(keys) == 24


def test_the_truth_says_what_each_beam_particle_did(written):
    for sample, species in (("protons", "proton"), ("mips", "muon")):
        truth = written[sample][1].truth.to_pandas()
        assert (truth["species"] == species).all()
        assert set(truth["ending"]) <= {"stop", "decay_at_rest", "decay_in_flight", "interaction", "exit"}
        assert truth["momentum"].between(500, 1600).all()
        assert (truth["true_range"] > 0).all()
        assert truth["pitch"].between(0.4, 0.55).all()  # 4 mm over sin 60 degrees along the beam
    assert (written["mips"][1].truth["ending"].to_pandas() == "exit").all()


def test_no_events_make_a_file_with_an_empty_tree(tmp_path):
    tables = write_sample(small("protons", 0), DETECTOR, "protons", tmp_path / "protons.root")
    with uproot.open(tmp_path / "protons.root") as file:
        assert file["ana/raw"].num_entries == 0
    assert [table.num_rows for table in tables] == [0, 0, 0]


def test_an_unknown_sample_is_named_with_those_that_exist(tmp_path):
    with pytest.raises(UserError, match=r"sample 'pions' has no path.* makes protons, kaons, mips, references only"):
        write_sample(SimulationConfig(), DETECTOR, "pions", tmp_path / "pions.root")


def test_the_kaon_sample_is_contaminated_as_configured():
    config = SimulationConfig()
    beam = beam_particles(config.kaons, config.beam, 10_000, np.random.default_rng(1))
    shares = np.bincount(beam.species, minlength=len(SPECIES)) / 10_000
    assert shares[KAON] == pytest.approx(0.97, abs=0.01)
    assert shares[PROTON] == pytest.approx(0.02, abs=0.005)
    assert shares[PION] == pytest.approx(0.01, abs=0.004)


def largest_regions(adc, threshold, wires, ticks):
    """Give the highest ADC of each region that starts in the entry window and is neither short nor through-going."""
    regions, _ = label(adc > threshold, np.ones((3, 3)))
    for number, box in enumerate(find_objects(regions), start=1):
        image = np.where(regions[box] == number, adc[box], 0)
        vertex = box[1].start + image[0].argmax()
        if 10 < len(image) < 179 and wires[0] < box[0].start < wires[1] and ticks[0] < vertex < ticks[1]:
            yield int(image.max())


def test_most_beam_tracks_pass_the_default_cuts_and_peak_where_the_experiment_sees_them(waveforms):
    for sample, least in (("protons", 0.6), ("kaons", 0.5)):
        both, n_events = 0, 0
        highest = {"collection": [], "induction": []}
        for block, events in waveforms[sample]:
            for number, adc in enumerate(events):
                found = {
                    "collection": list(largest_regions(adc[240:], 15, (12, 37), (789, 1927))),
                    "induction": list(largest_regions(adc[:240], 7, (11, 35), (786, 1794))),
                }
                n_events += 1
                both += bool(found["collection"] and found["induction"])
                if block.ends.ending[number] in (0, 1):  # stopped
                    for plane, values in found.items():
                        highest[plane] += values
        assert both / n_events > least
        assert np.median(highest["collection"]) == pytest.approx(483, rel=0.15)
        assert np.median(highest["induction"]) == pytest.approx(247, rel=0.15)
