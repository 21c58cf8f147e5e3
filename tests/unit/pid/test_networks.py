import pytest
import torch

from rootline.pid.networks import (
    Classifier,
    DomainAdversary,
    FeatureSet,
    FilledPerceptron,
    GroupEnsemble,
    perceptron,
    reverse_gradient,
)

N = 7
DETECTORS = ((1, 2), (5,))


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(1)


def tracks(n=6):
    return torch.randn(n, N, generator=torch.Generator().manual_seed(2))


def networks():
    return {
        "filled": FilledPerceptron(N, 3, 0.1),
        "ensemble": GroupEnsemble(N, 3, 0.1, DETECTORS),
        "attention": Classifier(FeatureSet(N, 0.1), perceptron(32, 3, 0.1)),
    }


@pytest.mark.parametrize("name", ["filled", "ensemble", "attention"])
def test_every_track_gets_finite_logits_whatever_it_lacks_and_whatever_is_beside_it(name):
    network = networks()[name].eval()
    given = tracks()
    given[1, [1, 2]], given[2, 5], given[3, :6] = torch.nan, torch.nan, torch.nan
    logits = network(given)
    assert logits.shape == (6, 3) and torch.isfinite(logits).all()
    alone = torch.cat([network(row[None]) for row in given])
    torch.testing.assert_close(alone, logits, rtol=1e-5, atol=1e-6)


def test_a_group_of_the_ensemble_learns_from_its_own_tracks_alone():
    network = GroupEnsemble(N, 1, 0.0, DETECTORS)
    given = tracks()
    given[:, [1, 2]] = torch.nan  # the second bit alone: group 2
    network(given).sum().backward()
    touched = [any(p.grad.abs().sum() > 0 for p in member.parameters()) for member in network.members]
    assert touched == [False, False, True, False]


def test_a_missing_input_has_no_part_in_the_attention_and_a_zero_has():
    network = FeatureSet(N, 0.0).eval()
    given = tracks()
    given[:, 3] = torch.nan
    fewer = network(given)
    given[:, 3] = 0.0
    assert (network(given) - fewer).abs().max() > 1e-4


def test_the_gradient_is_reversed_for_the_mapper_and_not_for_the_domain_head():
    values = torch.ones(2, requires_grad=True)
    reverse_gradient(values, 2.0).sum().backward()
    assert values.grad.tolist() == [-2.0, -2.0]
    network = DomainAdversary(FilledPerceptron(N, 4, 0.0), nn_linear(4, 2), nn_linear(4, 1), reversal=0.0)
    logits, domain = network.both(tracks())
    assert logits.shape == (6, 2) and domain.shape == (6,)
    domain.sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in network.mapper.parameters())
    assert network.domain.weight.grad.abs().sum() > 0


def nn_linear(n_in, n_out):
    return torch.nn.Linear(n_in, n_out)
