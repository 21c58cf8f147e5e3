"""The beta-VAE: sizes, loss terms with known answers."""

import numpy as np
import pytest
import torch

from rootline.lartpc.runs import ModelConfig
from rootline.lartpc.vae import ACTIVATIONS, BetaVAE, kl_divergence, pixel_weights, prepare_for_inference, vae_loss

TINY = ModelConfig(latent_dim=3, channels=(4, 8))


def test_the_paper_model_has_2213330_parameters():
    model = BetaVAE(ModelConfig(), size=48)
    assert sum(parameter.numel() for parameter in model.parameters()) == 2_213_330


@pytest.mark.parametrize(
    ("config", "size"),
    [
        (TINY, 8),
        (ModelConfig(channels=(4,), kernel=3, padding=1), 6),
        (ModelConfig(channels=(4, 4), kernel=4, padding=1), 16),
        (ModelConfig(channels=(4, 4), kernel=5, stride=3, padding=1), 18),
        (ModelConfig(channels=(4, 4), kernel=3, stride=1, padding=1), 5),
    ],
)
def test_the_decoder_gives_back_the_size_of_the_images(config, size):
    model = BetaVAE(config, size=size)
    images = torch.rand(3, 2, size, size)
    decoded, mu, logvar = model(images)
    assert decoded.shape == images.shape
    assert mu.shape == logvar.shape == (3, config.latent_dim)


@pytest.mark.parametrize("activation", ["relu", "softplus", "gelu", "silu", "leaky_relu"])
def test_every_activation_trains(activation):
    model = BetaVAE(TINY.model_copy(update={"activation": activation}), size=8)
    terms = vae_loss(model, torch.rand(4, 2, 8, 8), beta=0.5, signal_weight=10, signal_threshold=0.01)
    terms["loss"].backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_for_inference_the_same_is_computed_without_normalisations(activation):
    torch.manual_seed(0)
    model = BetaVAE(TINY.model_copy(update={"activation": activation, "dropout": 0.5}), size=8)
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):  # as after some training, and not as it begins
            for values in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
                values.data.uniform_(0.5, 2)
    before = {name: values.clone() for name, values in model.state_dict().items()}
    images = torch.rand(5, 2, 8, 8)
    given = images.clone()
    ready = prepare_for_inference(model)
    assert not ready.training
    assert not any(isinstance(layer, torch.nn.BatchNorm2d | torch.nn.Dropout2d) for layer in ready.modules())
    model.eval()
    torch.testing.assert_close(ready.encode(images), model.encode(images), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(images, given, rtol=0, atol=0)
    torch.testing.assert_close(ready.decode(ready.encode(images)[0]), model.decode(model.encode(images)[0]))
    for name, values in model.state_dict().items():
        torch.testing.assert_close(values, before[name], rtol=0, atol=0)


def test_an_image_that_the_blocks_cannot_divide_is_refused():
    with pytest.raises(ValueError, match=r"images\.size=50: must be a multiple of 16"):
        BetaVAE(ModelConfig(), size=50)


def test_the_kl_of_a_standard_normal_is_zero():
    assert kl_divergence(torch.zeros(5, 8), torch.zeros(5, 8)).tolist() == [0.0] * 5


def test_the_kl_is_that_of_torch():
    mu, logvar = torch.randn(6, 4, dtype=torch.float64), torch.randn(6, 4, dtype=torch.float64)
    normal = torch.distributions.Normal
    reference = torch.distributions.kl_divergence(normal(mu, (0.5 * logvar).exp()), normal(torch.zeros(4), 1.0))
    torch.testing.assert_close(kl_divergence(mu, logvar), reference.sum(dim=1))


@pytest.mark.parametrize("weight", [10.0, 10.3, 0.1, 1e-9])
def test_signal_pixels_count_so_many_times(weight):
    images = torch.tensor([0.0, 0.01, 0.011, 3.0])
    weights = pixel_weights(images, signal_weight=weight, signal_threshold=0.01)
    assert weights.tolist() == [1.0, 1.0, np.float32(weight), np.float32(weight)]


def test_the_loss_is_the_sum_over_pixels_and_latents_averaged_over_the_batch():
    torch.manual_seed(0)
    model = BetaVAE(TINY, size=8).eval()
    images = torch.rand(5, 2, 8, 8).round()
    torch.manual_seed(1)
    terms = vae_loss(model, images, beta=4.0, signal_weight=10.0, signal_threshold=0.01)
    torch.manual_seed(1)
    decoded, mu, logvar = (tensor.detach().numpy().astype(np.float64) for tensor in model(images))
    reconstruction = kl = 0.0
    for i, image in enumerate(images.numpy()):
        for pixel, value in np.ndenumerate(image):
            reconstruction += (10 if value > 0.01 else 1) * (decoded[i][pixel] - value) ** 2
        for m, lv in zip(mu[i], logvar[i], strict=True):
            kl += 0.5 * (np.exp(lv) + m**2 - 1 - lv)
    assert terms["reconstruction"].item() == pytest.approx(reconstruction / 5, rel=1e-5)
    assert terms["kl"].item() == pytest.approx(kl / 5, rel=1e-5)
    assert terms["loss"].item() == pytest.approx((reconstruction + 4 * kl) / 5, rel=1e-5)


def test_without_variance_the_sampled_latent_is_mu_and_with_it_the_image_varies():
    torch.manual_seed(0)
    model = BetaVAE(TINY, size=8).eval()
    images = torch.rand(4, 2, 8, 8)
    assert not torch.equal(model(images).images, model(images).images)
    with torch.no_grad():
        model.logvar.weight.zero_()
        model.logvar.bias.fill_(-200)
    sampled = model(images)
    torch.testing.assert_close(sampled.images, model.decode(sampled.mu))
