"""From the tables, images and model of a run to its page."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.figures import GREY, ORANGE, FigureConfig, particle_colours
from rootline.core.runs import run_id
from rootline.core.splits import PARTS
from rootline.core.tables import TRACK_KEY, join_strict
from rootline.lartpc.analyses.statistics import Floats
from rootline.lartpc.analyses.tables import latent_names, learned_from
from rootline.lartpc.detector import PLANES
from rootline.lartpc.explorer.decoder import ExportedDecoder, export_decoder
from rootline.lartpc.explorer.packing import CHUNK, Profile, charge_levels, pack, pack_chunk
from rootline.lartpc.explorer.page import build_page
from rootline.lartpc.explorer.points import column_values, describe_columns, gather_points, profiles_of
from rootline.lartpc.models import LoadedModel
from rootline.lartpc.transforms import apply_transform

TRAINING: Final = ("not trained on", "trained on")
"""What the page says of a track that the model did not learn from, and of one that it did."""

LARGEST_WHOLE: Final = 2**53
"""A page's script holds numbers of runs and events as floats, which are exact up to this."""


def build_explorer(
    images: NDArray[np.float32],
    keys: pd.DataFrame,
    tracks: pa.Table,
    *,
    latents: pd.DataFrame,
    embedding: pd.DataFrame,
    features: pd.DataFrame,
    scores: pd.DataFrame,
    kaon_scores: pd.DataFrame | None = None,
    model: LoadedModel,
    train_samples: Collection[str] | None = None,
    references: Collection[str] = (),
    style: FigureConfig,
) -> str:
    """Build the explorer's page of one run; the same page for the same input.

    Parameters
    ----------
    images : (n, plane, wires, ticks) array
        Raw ADC.
    keys : data frame
        TRACK_KEY and row, the place of each track's image.
    tracks : table
        TRACK_KEY, `points.TRACK_COLUMNS` and `points.PROFILE_COLUMNS`.
    latents, embedding, features, scores, kaon_scores : data frames
        As for `points.gather_points`.
    model : LoadedModel
        The run's model, whose decoder goes into the page.
    train_samples : collection of str, optional
        Samples that the model may have learned from; all by default.
    references : collection of str
        Reference samples, whose marked tracks are a table of their own.
    style : FigureConfig
        Colours of the particles.

    Raises
    ------
    UserError
        If the tables are not of the same tracks, or a number of a run or event is too large.
    """
    flat = tracks.drop_columns([name for name in tracks.column_names if name.endswith("_profile")]).to_pandas()
    points = gather_points(latents, embedding, features, flat, scores, kaon_scores)
    rows = _rows_of(points, keys, "the keys of the images")
    profiles = list(profiles_of(tracks.take(_rows_of(points, flat.assign(row=np.arange(len(flat))), "tracks"))))
    columns = describe_columns(points, features)
    levels, profile_levels = charge_levels(float(images.max(initial=0))), charge_levels(_largest_of(profiles))
    decoder = export_decoder(model.network, model.run.model, image_shape=(images.shape[2], images.shape[3]))
    lists = {
        "particle": sorted(set(points["particle"])),
        "training": list(TRAINING),
        "part": list(PARTS),
        "sample": sorted(set(points["sample"])),
    }
    points["training"] = np.array(TRAINING)[learned_from(points, model.run.train.species, train_samples).astype(int)]
    description = {
        "run": run_id(model.run),
        "facts": _facts(model),
        "n": len(points),
        "columns": columns,
        "latents": latent_names(points),
        "references": sorted(references),
        "categories": [[name, values] for name, values in lists.items()],
        "colours": {
            "particle": particle_colours(lists["particle"], style),
            "training": {TRAINING[0]: ORANGE, TRAINING[1]: GREY},
        },
        "planes": list(PLANES),
        "image_shape": list(images.shape[2:]),
        "chunk": CHUNK,
        "charge": {
            "raw": _short(levels),
            "transformed": [_short(plane) for plane in _transformed(levels, model)],
            "profile": _short(profile_levels),
            "colours": _charge_colours(),
        },
        "decoder": _describe_decoder(decoder),
    }
    blocks = {
        "columns": pack(column_values(points, [column["name"] for column in columns])),
        "codes": pack(_codes(points, lists)),
        "keys": pack(_whole_numbers(points)),
        "weights": pack(decoder.weights),
        "biases": pack(decoder.biases),
    }
    description["digest"] = hashlib.sha256(f"{lists} {blocks['keys']} {blocks['codes']}".encode()).hexdigest()[:16]
    for number, start in enumerate(range(0, len(points), CHUNK)):
        chosen = slice(start, start + CHUNK)
        blocks[f"tracks-{number}"] = pack_chunk(images[rows[chosen]], profiles[chosen], levels, profile_levels)
    return build_page(description, blocks, title=f"Explorer of run {description['run']}")


def _facts(model: LoadedModel) -> list[str]:
    run = model.run
    return [
        f"trained on {', '.join(run.train.species)}",
        f"{run.model.latent_dim} latents",
        f"\N{GREEK SMALL LETTER BETA} = {run.train.beta:g}",
        f"transform {run.train.transform}",
        f"seed {run.train.seed}",
    ]


def _rows_of(points: pd.DataFrame, places: pd.DataFrame, name: str) -> NDArray[np.int64]:
    """Give the `row` of each point in a table of the same tracks."""
    both = ("latents", name)
    joined = join_strict(points[list(TRACK_KEY)], places[[*TRACK_KEY, "row"]], key=TRACK_KEY, names=both)
    return joined["row"].to_numpy(dtype=np.int64)


def _largest_of(profiles: Sequence[tuple[Profile, ...]]) -> float:
    return max((float(profile.charge.max(initial=0)) for of_track in profiles for profile in of_track), default=0.0)


def _transformed(levels: Floats, model: LoadedModel) -> Floats:
    """Give what the transform makes of each level in each plane, (plane, 256)."""
    as_images = np.broadcast_to(levels.astype(np.float32)[:, None, None, None], (len(levels), len(PLANES), 1, 1))
    transformed = apply_transform(model.run.train.transform, as_images, model.scale)
    return np.asarray(transformed, dtype=np.float64)[:, :, 0, 0].T


def _short(values: Floats) -> list[float]:
    """Round to the six digits that are shown or drawn at most."""
    return [float(f"{value:.6g}") for value in values]


def _charge_colours() -> str:
    """Give the colours of charge as one text of 256 x RRGGBB, those of all figures."""
    from rootline.lartpc.figures.images import charge_map

    colours = (charge_map()(np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
    return bytes(colours.ravel()).hex()


def _describe_decoder(decoder: ExportedDecoder) -> dict[str, Any]:
    return {"layers": decoder.layers, "code_shape": list(decoder.code_shape), "activation": decoder.activation}


def _codes(points: pd.DataFrame, lists: Mapping[str, Sequence[str]]) -> NDArray[np.uint16]:
    """Give the place of each point's value in each list, (n_lists, n)."""
    codes = [pd.Categorical(points[name], categories=list(values)).codes for name, values in lists.items()]
    return np.stack(codes).astype(np.uint16)


def _whole_numbers(points: pd.DataFrame) -> NDArray[np.float64]:
    """Give run, subrun, event and track of each point as floats, (4, n).

    Raises
    ------
    UserError
        If one is too large to be exact as a float.
    """
    numbers = points[list(TRACK_KEY[1:])].to_numpy(dtype=np.int64)
    if (np.abs(numbers) > LARGEST_WHOLE).any():
        raise UserError(
            f"a run, subrun, event or track number is above {LARGEST_WHOLE}, which the explorer's page cannot hold exactly"
        )
    return numbers.T.astype(np.float64)
