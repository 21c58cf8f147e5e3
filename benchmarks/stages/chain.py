"""The whole way from ROOT file to figures with one model; its stages are those of the workflow, in one process."""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.baseline import training as plain_training
from benchmarks.baseline.chain import run_chain
from benchmarks.inputs import SAMPLE, TREE, Case, read_curves
from benchmarks.stages import Stage
from benchmarks.stages.model import Precision, check_history, plain_randomness, run_config, tolerance_of
from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.splits import SplitConfig, assign_parts
from rootline.core.tables import CLUSTER_KEY, TRACK_KEY, read_frame, read_table, write_table
from rootline.lartpc.cluster_tables import write_clusters
from rootline.lartpc.clusters import ClusterConfig
from rootline.lartpc.cuts import StoppingCuts
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.features import FEATURES, feature_table
from rootline.lartpc.figures.tracks import draw_tracks
from rootline.lartpc.figures.training import draw_training
from rootline.lartpc.image_files import write_images
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.latents import encode_tracks
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.models import read_model, read_model_input, write_model
from rootline.lartpc.raw import open_raw
from rootline.lartpc.sidefiles import read_reco
from rootline.lartpc.track_building import SampleLabel, build_tracks, read_pixels
from rootline.lartpc.tracks import read_tracks
from rootline.lartpc.training import train_vae


class Input(NamedTuple):
    """What the chain starts from."""

    root: Path
    hits: Path
    curves: dict[str, Path]


def name_of(case: Case, precision: Precision = "float32") -> str:
    """Name the stage; whatever is not as in the middle point is in it, so that the history of each is one of the same work."""
    parts = ["ROOT to figures"]
    if case.per_basket > 1:
        parts.append(f"{case.per_basket} per basket")
    if precision != "float32":
        parts.append(precision)
    return ", ".join(parts)


def chain(given: Input, folder: Path, case: Case, *, epochs: int, precision: Precision = "float32") -> Stage:
    """ROOT file to figures; the baseline always trains in float32.

    Equal: images within 2e-6 of the brightest pixel, features within 1e-9,
    chi2 within 1e-12, losses as for the training.
    """
    plain, fast = folder / "plain", folder / "fast"
    for path in (plain, fast):
        path.mkdir(exist_ok=True)
    return Stage(
        name_of(case, precision), f"{case.n_events} events, {epochs} epochs", case.n_events, "event",
        baseline=partial(_run_plain, given, plain, epochs),
        ours=partial(_run_fast, given, fast, epochs, precision),
        check=partial(_check, first=tolerance_of(precision)),
    )  # fmt: skip


def _run_plain(given: Input, folder: Path, epochs: int) -> dict[str, Any]:
    def train(images: NDArray[np.float32], val: NDArray[np.float32]) -> Any:
        return plain_training.train_vae(images, val, epochs=epochs, **plain_randomness(len(images)))

    def part_of(tracks: pd.DataFrame) -> NDArray[np.object_]:
        return assign_parts(tracks.assign(sample=SAMPLE), SplitConfig()).to_numpy(object)

    return run_chain(given.root, TREE, given.hits, given.curves, folder, part_of=part_of, train=train)


def _run_fast(given: Input, folder: Path, epochs: int, precision: Precision) -> dict[str, Any]:
    """Do what the scripts of the workflow do, with the same files between the stages."""
    cuts, style, run = StoppingCuts(), FigureConfig(), run_config(epochs, precision=precision)
    with open_raw(str(given.root), tree=None, detector=DetectorConfig()) as raw:
        write_clusters(
            raw, ClusterConfig(), cuts, sample=SAMPLE, clusters=folder / "clusters", pixels=folder / "pixels"
        )
    built = build_tracks(
        read_table(folder / "clusters", key=CLUSTER_KEY),
        read_pixels([folder / "pixels"]),
        label=SampleLabel(SAMPLE, "proton", "train"),
        matching=MatchingConfig(),
        cuts=cuts,
        beamline=None,
        reco=read_reco(given.hits),
        curves=read_curves(given.curves),
    )
    write_table(folder / "tracks", built.tracks, key=TRACK_KEY)
    write_table(folder / "keys", write_images(folder / "images", [folder / "tracks"], ImageConfig()), key=TRACK_KEY)
    write_table(folder / "features", feature_table(read_tracks([folder / "tracks"])), key=TRACK_KEY)
    keys = read_frame(folder / "keys", key=TRACK_KEY)
    split = keys[list(TRACK_KEY)].assign(part=assign_parts(keys, SplitConfig()))
    write_table(folder / "split", pa.Table.from_pandas(split, preserve_index=False), key=TRACK_KEY)
    images, tracks = read_model_input(folder / "images", folder / "keys", folder / "split", [run])
    trained = train_vae(images, tracks, run, samples=[SAMPLE])
    write_model(folder / "model", folder / "config.yaml", run, trained)
    latents = encode_tracks(images, tracks, read_model(folder / "model", folder / "config.yaml"))
    write_table(folder / "latents", pa.Table.from_pandas(latents, preserve_index=False), key=TRACK_KEY)
    with figure_style(style):
        save_figure(draw_training(trained.history, style), title="Training", png=folder / "training.png")
        save_figure(draw_tracks(images, keys, style), title="Tracks", png=folder / "tracks.png")
    features = read_frame(folder / "features", key=TRACK_KEY)
    chi2 = features[["chi2_kaon", "chi2_proton"]]
    return {"images": images, "features": features, "chi2": chi2, "history": trained.history, "latents": len(latents)}


def _check(plain: dict[str, Any], fast: dict[str, Any], *, first: float) -> None:
    assert plain["latents"] == fast["latents"], "another number of tracks"
    brightest = float(plain["images"].max())
    np.testing.assert_allclose(fast["images"], plain["images"], rtol=1e-5, atol=2e-6 * brightest)
    for names, table, rtol in ((FEATURES, "features", 1e-9), (("chi2_kaon", "chi2_proton"), "chi2", 1e-12)):
        for name in names:
            np.testing.assert_allclose(fast[table][name], plain[table][name], rtol=rtol, atol=rtol, err_msg=name)
    check_history(pd.DataFrame(plain["history"]), fast["history"], first=first)
