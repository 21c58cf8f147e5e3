"""Many small neural networks trained at once: one for each target, all on the same inputs.

Array conventions, used everywhere in this module:
    x        (n, n_inputs)              float32, standardised
    y        (n, n_targets)             float32, standardised; 0 where a row has none
    known    (n, n_targets)             bool, whether a row has the target
    flat     (n_targets, n_parameters)  float32, all weights and biases of each network
    layers   weights and biases of each layer in turn, as views of `flat`: (n_targets, n_in, n_out),
             biases with n_in = 1
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.analyses.crossfit import Predict
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.analyses.statistics import Bools, Floats

Singles = NDArray[np.float32]

# of Adam, arXiv:1412.6980, section 2
_DECAY_MEAN: Final = 0.9
_DECAY_SQUARE: Final = 0.999
_EPSILON: Final = 1e-8

_MIN_DELTA: Final = 1e-4
"""A network is better only if its validation loss, in units of the target's variance, falls by more."""


def fit_networks(inputs: Floats, targets: Floats, options: RegressionConfig, rng: np.random.Generator) -> Predict:
    """Train one multi-layer perceptron (ReLU, squared error, Adam) for each target, side by side.

    No weight is shared between targets, so that each network is one that a
    training on its target alone could give. A row without a target adds
    nothing to the loss of that network and counts for the others.

    The weights of each network are those of its best epoch on a part of the
    rows that trains nothing. Training starts from the constant mean, which is
    kept by a network that no epoch betters.

    Parameters
    ----------
    inputs : (n, n_inputs) array
        Standardised.
    targets : (n, n_targets) array
        Standardised, so that 0 is the mean; NaN where undefined.
    options : RegressionConfig
        The fields that begin with mlp.
    rng : Generator
        Draws the first weights, the validation part and the order of the rows.
    """
    x, known = inputs.astype(np.float32), np.isfinite(targets)
    y = np.where(known, targets, 0).astype(np.float32)
    n_validation = min(max(round(options.mlp_validation * len(x)), 1), len(x) - 1)
    order = rng.permutation(len(x))
    validation, training = order[:n_validation], order[n_validation:]
    sizes = (x.shape[1], *options.mlp_hidden, 1)
    flat = _first_parameters(sizes, y.shape[1], rng)
    layers, best = _views(flat, sizes), flat.copy()
    best_loss = _loss(layers, x[validation], y[validation], known[validation])
    gradient, mean, square = (np.zeros_like(flat) for _ in range(3))
    gradients = _views(gradient, sizes)
    step, last_better = 0, -1
    n_batches = -(-len(training) // options.mlp_batch_size)
    for epoch in range(options.mlp_epochs):
        for rows in np.array_split(rng.permutation(training), n_batches):
            _differentiate(layers, x[rows], y[rows], known[rows], gradients)
            step += 1
            mean += (1 - _DECAY_MEAN) * (gradient - mean)
            square += (1 - _DECAY_SQUARE) * (gradient**2 - square)
            rate = options.mlp_learning_rate * np.sqrt(1 - _DECAY_SQUARE**step) / (1 - _DECAY_MEAN**step)
            flat -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(_EPSILON))
        loss = _loss(layers, x[validation], y[validation], known[validation])
        better = loss < best_loss - _MIN_DELTA
        if better.any():
            last_better = epoch
            best_loss[better], best[better] = loss[better], flat[better]
        if epoch - last_better >= options.mlp_patience:
            break
    kept = _views(best, sizes)
    return lambda others: _evaluate(kept, others.astype(np.float32))[-1][:, :, 0].T.astype(np.float64)


def _first_parameters(sizes: tuple[int, ...], n_targets: int, rng: np.random.Generator) -> Singles:
    """Give normal weights as in arXiv:1502.01852, but none in the last layer, and no biases."""
    flat = np.zeros((n_targets, sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))), dtype=np.float32)
    for weights in _views(flat, sizes)[:-2:2]:
        weights[:] = rng.normal(scale=np.sqrt(2 / weights.shape[1]), size=weights.shape)
    return flat


def _views(flat: Singles, sizes: tuple[int, ...]) -> list[Singles]:
    """Cut the parameters of each network into weights and biases of its layers, without a copy."""
    views, first = [], 0
    for n_in, n_out in pairwise(sizes):
        for rows in (n_in, 1):
            views.append(flat[:, first : first + rows * n_out].reshape(len(flat), rows, n_out))
            first += rows * n_out
    return views


def _evaluate(layers: list[Singles], x: Singles) -> list[Singles]:
    """Give the input of each layer and the output of the last, each (n_targets, n, width)."""
    values = [x[None]]
    for number, (weights, biases) in enumerate(zip(layers[::2], layers[1::2], strict=True)):
        summed = np.matmul(values[-1], weights)
        summed += biases
        if 2 * number + 2 < len(layers):
            np.maximum(summed, 0, out=summed)
        values.append(summed)
    return values


def _differentiate(layers: list[Singles], x: Singles, y: Singles, known: Bools, gradients: list[Singles]) -> None:
    """Write the gradient of each network's mean squared error into `gradients`."""
    values = _evaluate(layers, x)
    mask = known.T[:, :, None].astype(np.float32)
    error = (values[-1] - y.T[:, :, None]) * mask * (2 / np.maximum(mask.sum(axis=1, keepdims=True), 1))
    for number in range(len(values) - 2, -1, -1):
        given = values[number]
        gradients[2 * number][:] = np.matmul(np.swapaxes(given, 1, 2), error)
        gradients[2 * number + 1][:] = error.sum(axis=1, keepdims=True)
        if number > 0:
            error = np.matmul(error, np.swapaxes(layers[2 * number], 1, 2))
            error *= given > 0


def _loss(layers: list[Singles], x: Singles, y: Singles, known: Bools) -> Floats:
    """Give the mean squared error of each network on its defined rows; NaN, never better, where there are none."""
    errors = (_evaluate(layers, x)[-1][:, :, 0].T - y) ** 2
    n = known.sum(axis=0)
    return np.asarray((errors * known).sum(axis=0, dtype=np.float64) / np.where(n > 0, n, np.nan), dtype=np.float64)
