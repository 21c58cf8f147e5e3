"""Several beta-VAEs as one model: each computes what it computes alone."""

import numpy as np
import pytest
import torch

from rootline.core.model_state import weights_of
from rootline.lartpc.packed_adam import AdamState, PackedAdam
from rootline.lartpc.packed_vae import PackedVAE
from rootline.lartpc.runs import ModelConfig, TrainConfig
from rootline.lartpc.vae import BetaVAE, vae_loss

CPU = torch.device("cpu")
SIZE = 12
LOSSES = [
    TrainConfig(beta=0.5, signal_weight=10, signal_threshold=0.01),
    TrainConfig(beta=4, signal_weight=1, signal_threshold=0.5),
    TrainConfig(beta=0, signal_weight=3, signal_threshold=0.2),
]
LATENTS = [2, 5, 3]
ARCHITECTURES = [
    {"channels": (4, 8)},
    {"channels": (6,), "kernel": 3, "stride": 2, "padding": 1, "activation": "leaky_relu"},
    {"channels": (3, 5), "kernel": 2, "stride": 2, "padding": 0, "activation": "silu"},
    {"channels": (4,), "kernel": 5, "stride": 3, "padding": 1, "activation": "gelu"},
    {"channels": (4, 8), "dropout": 0.4, "activation": "softplus"},
]


def models(architecture, *, latents=LATENTS, dtype=torch.float64):
    torch.manual_seed(0)
    return [BetaVAE(ModelConfig(latent_dim=n, **architecture), size=SIZE).to(dtype) for n in latents]


def images(n=7, *, dtype=torch.float64):
    return torch.randn(n, 3, 2, SIZE, SIZE, generator=torch.Generator().manual_seed(1)).to(dtype)


def generators():
    return [torch.Generator().manual_seed(seed) for seed in (11, 12, 13)]


def alone(model, seen, train, *, seed, training):
    torch.manual_seed(seed)
    model.train(training)
    model.zero_grad()
    terms = vae_loss(
        model, seen, beta=train.beta, signal_weight=train.signal_weight, signal_threshold=train.signal_threshold
    )
    terms["loss"].backward()
    return {name: term.item() for name, term in terms.items()}


def together(packed, seen, *, training):
    noise = packed.draw(generators(), len(seen), training=training)
    terms = packed.loss(seen, noise, training=training)
    (gradient,) = torch.autograd.grad(terms["loss"].sum(), packed.state.rows)
    return {name: term.tolist() for name, term in terms.items()}, gradient


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_losses_gradients_and_statistics_are_those_of_the_single_models(architecture, training):
    singles, seen = models(architecture), images()
    packed = PackedVAE(singles, LOSSES, device=CPU)
    terms, gradient = together(packed, seen, training=training)
    for place, (model, train) in enumerate(zip(singles, LOSSES, strict=True)):
        expected = alone(model, seen[:, place], train, seed=11 + place, training=training)
        assert {name: values[place] for name, values in terms.items()} == pytest.approx(expected, rel=1e-12)
        gradients = packed.parameters_of(place, gradient)
        for name, parameter in model.named_parameters():  # that of a bias before a normalisation is rounding alone
            np.testing.assert_allclose(gradients[name], parameter.grad, rtol=1e-9, atol=1e-12)
        state = packed.weights_of(place, packed.state)
        assert list(state.keys() ^ model.state_dict().keys()) == []
        for name, value in model.state_dict().items():
            assert state[name].dtype == value.numpy().dtype
            np.testing.assert_allclose(state[name], value, rtol=1e-12)


def test_single_precision_differs_by_rounding_alone():
    singles, seen = models({"channels": (8, 16)}, dtype=torch.float32), images(dtype=torch.float32)
    packed = PackedVAE(singles, LOSSES, device=CPU)
    terms, _ = together(packed, seen, training=True)
    for place, (model, train) in enumerate(zip(singles, LOSSES, strict=True)):
        expected = alone(model, seen[:, place], train, seed=11 + place, training=True)
        assert {name: values[place] for name, values in terms.items()} == pytest.approx(expected, rel=5e-6)


def test_what_pads_a_narrow_model_stays_exactly_zero():
    singles = models({"channels": (4, 8)})
    packed = PackedVAE(singles, LOSSES, device=CPU)
    ones = [{name: np.ones(value.shape) for name, value in model.state_dict().items()} for model in singles]
    is_padding = packed.stack(ones).rows == 0
    # Each latent has a row of weights and a bias in mu and in logvar, and a column in from_latent.
    assert is_padding.sum(dim=1).tolist() == [missing * (3 * 8 * 3 * 3 + 2) for missing in (3, 0, 2)]
    rows = packed.state.rows
    moments = AdamState(torch.zeros(3, 1), torch.zeros_like(rows), torch.zeros_like(rows))
    adam = PackedAdam(moments, lr=[0.1, 0.1, 0.1], weight_decay=[0.1, 0.0, 0.1])
    before = rows.detach().clone()
    for _ in range(3):
        _, gradient = together(packed, images(), training=True)
        adam.step(rows, gradient)
    assert (rows[is_padding] == 0).all()
    assert (rows != before)[~is_padding].float().mean() > 0.99


def test_a_model_with_broken_numbers_leaves_the_others_alone():
    singles, seen = models({"channels": (4, 8)}), images()
    whole = PackedVAE(singles, LOSSES, device=CPU)
    terms, gradient = together(whole, seen, training=True)
    broken = PackedVAE(singles, LOSSES, device=CPU)
    with torch.no_grad():
        broken.state.rows[1] = np.nan
    seen = seen.clone()
    seen[:, 1] = np.inf
    other_terms, other_gradient = together(broken, seen, training=True)
    assert np.isnan(other_terms["loss"][1])
    for place in (0, 2):
        assert other_terms["loss"][place] == terms["loss"][place]
        assert torch.equal(other_gradient[place], gradient[place])


def test_states_are_taken_apart_and_stacked_again():
    singles = models({"channels": (4, 8)})
    packed = PackedVAE(singles, LOSSES, device=CPU)
    for place, model in enumerate(singles):
        state = packed.weights_of(place, packed.state)
        assert all(state[name].tobytes() == array.tobytes() for name, array in weights_of(model).items())
    again = packed.stack([packed.weights_of(place, packed.state) for place in range(3)])
    assert torch.equal(again.rows, packed.state.rows)
    assert all(torch.equal(again.buffers[name], buffer) for name, buffer in packed.state.buffers.items())


def test_models_with_other_layers_are_refused():
    others = [*models({"channels": (4, 8)})[:2], *models({"channels": (4, 8), "activation": "gelu"})[:1]]
    with pytest.raises(ValueError, match="only models with the same layers can be packed"):
        PackedVAE(others, LOSSES, device=CPU)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_optimiser_is_that_of_torch_with_a_rate_and_a_penalty_of_each(dtype):
    rates, penalties = [1e-3, 0.1, 1e-2], [0.0, 0.3, 1e-4]
    start = torch.randn(3, 50, dtype=dtype, generator=torch.Generator().manual_seed(0))
    singles = [row.clone().requires_grad_() for row in start]
    optimisers = [
        torch.optim.Adam([row], lr=lr, weight_decay=penalty, fused=True)
        for row, lr, penalty in zip(singles, rates, penalties, strict=True)
    ]
    rows = start.clone()
    moments = AdamState(torch.zeros(3, 1), torch.zeros_like(rows), torch.zeros_like(rows))
    packed = PackedAdam(moments, lr=rates, weight_decay=penalties)
    for step in range(20):
        gradient = torch.randn(3, 50, dtype=dtype, generator=torch.Generator().manual_seed(step))
        packed.step(rows, gradient)
        for row, optimiser, own in zip(singles, optimisers, gradient, strict=True):
            row.grad = own.clone()
            optimiser.step()
    tolerance = 1e-12 if dtype == torch.float64 else 2e-6
    torch.testing.assert_close(rows, torch.stack(singles).detach(), rtol=tolerance, atol=tolerance)
