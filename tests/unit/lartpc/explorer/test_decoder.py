"""What is exported decodes as the model does."""

import numpy as np
import pytest
import torch
from tests.unit.lartpc.explorer.pages import SIZE, small_model
from torch.nn import functional

from rootline.lartpc.explorer.decoder import export_decoder

ACTIVATIONS = {
    "relu": functional.relu,
    "softplus": functional.softplus,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "leaky_relu": functional.leaky_relu,
}


def decode(exported, latents):
    """Decode with the exported numbers alone."""
    weights, biases = torch.from_numpy(exported.weights.astype(np.float32)), torch.from_numpy(exported.biases)
    activation = ACTIVATIONS[exported.activation]
    values = latents
    for layer in exported.layers:
        kernel = layer.get("kernel", 1)
        n = layer["n_in"] * layer["n_out"] * kernel**2
        weight, weights = weights[:n] * layer["weight_scale"], weights[n:]
        bias, biases = biases[: layer["n_out"]], biases[layer["n_out"] :]
        if layer["kind"] == "linear":
            values = functional.linear(values, weight.reshape(layer["n_out"], layer["n_in"]), bias)
            values = values.reshape(-1, *exported.code_shape)
        else:
            shape = (layer["n_in"], layer["n_out"], kernel, kernel)
            steps = {name: layer[name] for name in ("stride", "padding", "output_padding")}
            values = activation(functional.conv_transpose2d(values, weight.reshape(shape), bias, **steps))
    assert len(weights) == len(biases) == 0
    return values


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kernel", [{}, {"kernel": 4, "padding": 1}, {"kernel": 3, "padding": 1}])
def test_the_exported_layers_decode_what_the_model_decodes(activation, kernel):
    model = small_model(activation=activation, **kernel)
    latents = torch.randn(8, 4)
    with torch.no_grad():
        expected = model.network.decode(latents)
    exported = export_decoder(model.network, model.run.model, image_shape=(SIZE, SIZE))
    # half precision: 11 binary digits per weight
    np.testing.assert_allclose(decode(exported, latents), expected, atol=2e-3 * float(expected.max()))


def test_a_channel_that_never_varied_does_not_overflow_half_precision():
    model = small_model()
    normalisation = model.network.decoder[1]
    normalisation.running_var[0] = 0.0
    normalisation.weight.data[0] = 1e6
    exported = export_decoder(model.network, model.run.model, image_shape=(SIZE, SIZE))
    assert np.isfinite(exported.weights).all()
    with torch.no_grad():
        expected = model.network.decode(torch.ones(1, 4))
    np.testing.assert_allclose(decode(exported, torch.ones(1, 4)), expected, atol=2e-3 * float(expected.max()))
