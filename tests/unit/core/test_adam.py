"""Adam by names: its steps are torch's own, whatever order the weights lie in."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from rootline.core.adam import NamedAdam


def small_model(layout):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Conv2d(2, 6, 3), nn.BatchNorm2d(6), nn.Flatten(), nn.Linear(6 * 4 * 4, 3))
    return model.to(memory_format=layout)


def steps_of(model, optimiser, clear, n):
    generator = torch.Generator().manual_seed(5)
    for _ in range(n):
        clear()
        model(torch.randn(8, 2, 6, 6, generator=generator)).square().mean().backward()
        optimiser.step()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_its_steps_are_those_of_torchs_adam(layout):
    own, plain = small_model(layout), small_model(layout)
    named = NamedAdam(own, lr=0.01, weight_decay=0.1, state={})
    of_torch = torch.optim.Adam(plain.parameters(), 0.01, weight_decay=0.1, fused=True)
    steps_of(own, named, named.forget_gradients, 5)
    steps_of(plain, of_torch, of_torch.zero_grad, 5)
    for (name, mine), other in zip(own.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, other)
        for term in ("step", "exp_avg", "exp_avg_sq"):
            torch.testing.assert_close(named.tensors()[f"{term}.{name}"], of_torch.state[other][term])


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_it_goes_on_from_its_tensors_with_the_same_bytes(layout):
    whole, first, second = (small_model(layout) for _ in range(3))
    adams = [NamedAdam(model, lr=0.01, weight_decay=0.0, state={}) for model in (whole, first)]
    steps_of(whole, adams[0], adams[0].forget_gradients, 2)
    steps_of(whole, adams[0], adams[0].forget_gradients, 2)
    steps_of(first, adams[1], adams[1].forget_gradients, 2)
    second.load_state_dict(first.state_dict())
    kept = {name: tensor.numpy().copy() for name, tensor in adams[1].tensors().items()}
    resumed = NamedAdam(second, lr=0.01, weight_decay=0.0, state=kept)
    steps_of(second, resumed, resumed.forget_gradients, 2)
    for one, other in zip(whole.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_a_gradient_in_another_order_of_memory_than_its_weights_is_taken_for_what_it_is():
    models = small_model(torch.channels_last), small_model(torch.channels_last)
    adams = [NamedAdam(model, lr=0.01, weight_decay=0.0, state={}) for model in models]
    gradient = torch.randn(6, 2, 3, 3)
    for model, given in zip(models, (gradient, gradient.contiguous(memory_format=torch.channels_last)), strict=True):
        model[0].weight.grad = given
    for adam in adams:
        adam.step()
    assert torch.equal(models[0][0].weight, models[1][0].weight)
    assert not torch.equal(models[0][0].weight, small_model(torch.channels_last)[0].weight)


def test_a_parameter_without_a_gradient_stays_as_it_is():
    model = small_model(torch.channels_last)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    adam = NamedAdam(model, lr=0.01, weight_decay=0.1, state={})
    model[0](torch.ones(8, 2, 6, 6)).square().mean().backward()
    adam.step()
    changed = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert changed == {"0.weight", "0.bias"}
    assert {name for name, tensor in adam.tensors().items() if tensor.any()} >= {"step.0.weight", "exp_avg.0.bias"}
    assert not adam.tensors()["step.3.weight"].any()


def test_it_spares_every_training_the_import_of_torchs_compiler():
    code = """
import sys
import torch
from rootline.core.adam import NamedAdam
model = torch.nn.Linear(2, 1)
adam = NamedAdam(model, lr=0.01, weight_decay=0.0, state={})
model(torch.ones(1, 2)).sum().backward()
adam.step()
sys.exit("torch._dynamo" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
