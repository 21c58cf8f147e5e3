"""All plain steps one after the other: ROOT file and reconstruction CSV in, figures out, everything else in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.baseline.chi2 import compare_tracks, read_curve
from benchmarks.baseline.clusters import find_clusters
from benchmarks.baseline.features import compute_features
from benchmarks.baseline.images import render_area
from benchmarks.baseline.matching import EVENT, match_clusters
from benchmarks.baseline.training import encode_images

PLANES = ("collection", "induction")
N_SHOWN = 6

Train = Callable[[NDArray[np.float32], NDArray[np.float32]], tuple[Any, list[dict[str, float]]]]


def build_tracks(clusters: pd.DataFrame, hits: Path, curves: dict[str, Path]) -> pd.DataFrame:
    """Give the pairs that pass the pair cuts and have a reconstruction, with chi2 and the images of both boxes."""
    kept = clusters[clusters["cut"].isna()]
    pairs = match_clusters(kept)
    for plane in PLANES:
        mine = kept[kept["plane"] == plane][[*EVENT, "cluster", "image"]]
        mine = mine.rename(columns={"cluster": f"cluster_{plane}", "image": plane})
        pairs = pairs.merge(mine, on=[*EVENT, f"cluster_{plane}"])
        shapes = np.array([image.shape for image in pairs[plane]]).reshape(-1, 2)
        pairs = pairs[(shapes[:, 0] > 10) & (shapes[:, 0] < 179) & (shapes[:, 1] < 1500)]
    chi2 = compare_tracks(hits, read_curve(curves["kaon"]), read_curve(curves["proton"]))
    return pairs.merge(chi2, on=EVENT).sort_values([*EVENT, "track"], ignore_index=True)


def run_chain(
    root: Path,
    tree: str,
    hits: Path,
    curves: dict[str, Path],
    folder: Path,
    *,
    part_of: Callable[[pd.DataFrame], NDArray[np.object_]],
    train: Train,
) -> dict[str, Any]:
    """Go the whole way.

    Parameters
    ----------
    root, tree, hits, curves : paths and str
        Input.
    folder : path
        Where the figures go.
    part_of : function
        Gives each track its part.
    train : function
        From raw images of the train and the val part to a model and its losses.
    """
    tracks = build_tracks(find_clusters(str(root), tree), hits, curves)
    images = render_area(list(zip(tracks["collection"], tracks["induction"], strict=True)))
    features = compute_features(list(tracks["collection"]))
    part = part_of(tracks)
    model, history = train(images[part == "train"], images[part == "val"])
    latents = encode_images(model, images)
    draw_losses(pd.DataFrame(history), folder / "training.png")
    draw_images(images, folder / "tracks.png")
    chi2 = tracks[["chi2_kaon", "chi2_proton"]]
    return {"images": images, "features": features, "chi2": chi2, "history": history, "latents": len(latents)}


def draw_losses(history: pd.DataFrame, path: Path) -> None:
    """Draw both losses against the epoch."""
    figure, axes = plt.subplots()
    for name in ("train_loss", "val_loss"):
        axes.plot(history["epoch"], history[name], label=name)
    axes.legend()
    figure.savefig(path)
    plt.close(figure)


def draw_images(images: NDArray[np.float32], path: Path) -> None:
    """Draw a few tracks in both planes."""
    figure, panels = plt.subplots(2, N_SHOWN)
    for column, planes in zip(panels.T, images, strict=False):
        for axes, image in zip(column, planes, strict=True):
            axes.imshow(image)
    figure.savefig(path)
    plt.close(figure)
