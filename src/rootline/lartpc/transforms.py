"""What is done to the ADC of each pixel before a model sees it.

Array conventions:
    images  (n, plane, wires, ticks)  float32 [ADC], plane 0 collection, 1 induction
"""

from collections.abc import Callable
from math import log1p
from types import ModuleType
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError

Transform = Literal[
    "log1p",
    "none",
    "sqrt",
    "cbrt",
    "minmax",
    "log1p_minmax",
    "clamp99_minmax",
    "tanh100",
    "tanh500",
    "mpv_linear",
    "mpv_tanh",
    "hill_mpv",
]
TRANSFORMS: Final[tuple[str, ...]] = get_args(Transform)

# xp is numpy or torch; adc is not negative.
_BY_ITSELF: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "none": lambda _, adc: adc,
    "log1p": lambda xp, adc: xp.log1p(adc),
    "sqrt": lambda xp, adc: xp.sqrt(adc),
    "cbrt": lambda _, adc: adc ** (1 / 3),
}
_TANH_ADC: Final = {"tanh100": 100.0, "tanh500": 500.0}
_BY_RANGE: Final[dict[str, Callable[[Any, Any, float, float], Any]]] = {
    "minmax": lambda _, adc, low, high: (adc - low) / (high - low),
    "log1p_minmax": lambda xp, adc, low, high: (xp.log1p(adc) - log1p(low)) / (log1p(high) - log1p(low)),
    "clamp99_minmax": lambda xp, adc, low, high: (xp.clip(adc, min=low, max=high) - low) / (high - low),
}
_BY_MPV: Final[dict[str, Callable[[Any, Any, Any], Any]]] = {
    "mpv_linear": lambda _, adc, mpv: adc / mpv,
    "mpv_tanh": lambda xp, adc, mpv: xp.tanh(adc / mpv),
    "hill_mpv": lambda _, adc, mpv: adc / (adc + mpv),
}

CLAMP_PERCENTILE: Final = 99.0


def fit_transform_scale(
    name: Transform, images: NDArray[np.float32], *, mpv: tuple[float, float], cells: float = 1.0
) -> dict[str, float]:
    """Take from the images of the train part the numbers that a transform needs.

    One scale serves both planes, so that their ratio of charges is kept. The
    constants of the tanh and mpv transforms are ADC of one wire and tick; a
    pixel that sums over `cells` of them is measured against so much more, or
    nearly all of a track would be saturated.

    Parameters
    ----------
    name : str
        One of `TRANSFORMS`.
    images : (n, plane, wires, ticks) array
        The train part alone [ADC]: other parts must not leak into the scale.
    mpv : pair of float
        Most probable largest ADC of a stopping track on the collection and on the induction plane.
    cells : float
        Cells of wire and tick that one pixel sums over (`ImageConfig.cells_per_pixel`).

    Returns
    -------
    dict
        Empty; or ``minimum`` and ``maximum`` of the images, the maximum being the
        99th percentile of all pixels for clamp99_minmax; or ``mpv_collection``
        and ``mpv_induction``; or ``adc``, the one that tanh is measured in.

    Raises
    ------
    UserError
        If the images leave a minmax transform no range to scale to.
    """
    if name in _BY_MPV:
        return {"mpv_collection": mpv[0] * cells, "mpv_induction": mpv[1] * cells}
    if name in _TANH_ADC:
        return {"adc": _TANH_ADC[name] * cells}
    if name not in _BY_RANGE:
        return {}
    if not images.size:
        raise UserError(f"train.transform={name}: takes its scale from the train part, which has no images")
    minimum = max(0.0, float(images.min()))
    maximum = float(np.percentile(images, CLAMP_PERCENTILE) if name == "clamp99_minmax" else images.max())
    if maximum <= minimum:
        raise UserError(
            f"train.transform={name}: the images of the train part reach from {minimum:g} to {maximum:g} ADC, "
            "which leaves no range to scale to; choose another train.transform, such as log1p"
        )
    return {"minimum": minimum, "maximum": maximum}


def apply_transform(name: Transform, images: Any, scale: dict[str, float]) -> Any:
    """Transform images; negative ADC becomes 0 first.

    Parameters
    ----------
    name : str
        One of `TRANSFORMS`.
    images : (n, plane, wires, ticks) NumPy array or torch tensor
        Raw ADC, left as it is.
    scale : dict
        What `fit_transform_scale` gave for the train part.

    Returns
    -------
    array or tensor
        Of the same shape, kind, type and device.
    """
    xp = _module_of(images)
    adc = xp.clip(images, min=0)
    if name in _BY_RANGE:
        return _BY_RANGE[name](xp, adc, scale["minimum"], scale["maximum"])
    if name in _BY_MPV:
        mpv = [scale["mpv_collection"], scale["mpv_induction"]]
        return _BY_MPV[name](xp, adc, xp.asarray(mpv, dtype=adc.dtype, device=adc.device).reshape(2, 1, 1))
    if name in _TANH_ADC:
        return xp.tanh(adc / scale["adc"])
    return _BY_ITSELF[name](xp, adc)


def _module_of(images: Any) -> ModuleType:
    if isinstance(images, np.ndarray):
        return np
    import torch  # late: who transforms NumPy arrays need not wait for it

    return torch
