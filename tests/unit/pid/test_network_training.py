from typing import get_args

import numpy as np
import pytest
import torch

from rootline.core.one_training import Schedule, Task
from rootline.core.training import deterministic, fit
from rootline.pid.inputs import DETECTORS
from rootline.pid.network_config import NetworkConfig, NetworkKind, TrainConfig
from rootline.pid.network_training import (
    N_INPUTS,
    N_TARGETS,
    adversarial_loss,
    build_network,
    classification_loss,
    pack_samples,
)

CPU = torch.device("cpu")
SCHEDULE = Schedule(**TrainConfig(epochs=24, batch_size=64, lr=3e-3, patience=24).model_dump())


def samples(n=800, *, seed=0, shift=0.0):
    """Tracks whose target is that of the first input, seen through three of them, some of which are missing."""
    rng = np.random.default_rng(seed)
    target = rng.integers(0, N_TARGETS, n)
    inputs = rng.normal(size=(n, N_INPUTS)).astype(np.float32)
    inputs[:, 0] = target - 2.5 + 0.1 * rng.normal(size=n) + shift
    for places in DETECTORS:
        inputs[np.ix_(rng.random(n) < 0.4, places)] = np.nan
    return inputs, np.eye(N_TARGETS, dtype=np.float32)[target]


def trained(kind, config, loss, train, val):
    with deterministic(3, CPU):
        network = build_network(kind, config)
        done = fit(Task(network, torch.from_numpy(train), torch.from_numpy(val), loss, SCHEDULE, label="a network"))
    network.load_state_dict({name: torch.from_numpy(values) for name, values in done.weights.items()})
    return network.eval(), done.history


@pytest.mark.parametrize("kind", get_args(NetworkKind))
def test_each_kind_learns_targets_though_detectors_are_missing(kind):
    train, val = pack_samples(*samples(1500)), pack_samples(*samples(300, seed=1))
    network, history = trained(kind, NetworkConfig(dropout=0), classification_loss, train, val)
    assert history[-1]["val_loss"] < 0.75 * history[0]["val_loss"]
    inputs, labels = samples(300, seed=2)
    with torch.no_grad():
        found = network(torch.from_numpy(inputs)).numpy()
    assert (found.argmax(axis=1) == labels.argmax(axis=1)).mean() > 0.4  # of six


def test_the_loss_of_an_adversary_is_that_of_the_first_domain_and_in_training_of_the_domains_too():
    torch.manual_seed(0)
    network = build_network("mapper", NetworkConfig(adversary=True, domain="data", dropout=0))
    inputs, labels = samples(40)
    is_second = np.arange(40) % 2 == 1
    batch = torch.from_numpy(pack_samples(inputs, labels, is_second))
    network.train()
    terms = adversarial_loss(network, batch)
    torch.testing.assert_close(terms["loss"], terms["targets"] + terms["domain"])
    network.eval()
    judged = adversarial_loss(network, batch)
    first = torch.from_numpy(pack_samples(inputs[~is_second], labels[~is_second]))
    torch.testing.assert_close(judged["loss"], classification_loss(network, first)["loss"])
    other = labels.copy()
    other[is_second] = 1 - other[is_second]
    torch.testing.assert_close(
        adversarial_loss(network, torch.from_numpy(pack_samples(inputs, other, is_second)))["loss"], judged["loss"]
    )


def test_an_adversary_makes_the_domains_harder_to_tell_from_what_tracks_are_mapped_to():
    first, second = samples(1200), samples(1200, seed=5, shift=1.5)
    is_second = np.repeat([False, True], 1200)
    packed = pack_samples(*(np.concatenate(parts) for parts in zip(first, second, strict=True)), is_second)
    order = np.random.default_rng(1).permutation(2400)
    train, val = packed[order[:1800]], packed[order[1800:]]
    losses = {}
    for reversal in (0.0, 2.0):
        config = NetworkConfig(adversary=True, domain="data", dropout=0, reversal=reversal)
        _, history = trained("mapper", config, adversarial_loss, train, val)
        losses[reversal] = history[-1]["val_domain"]
    assert losses[2.0] > losses[0.0] + 0.05


def test_a_row_of_the_samples_holds_inputs_labels_and_domain():
    inputs, labels = samples(5)
    packed = pack_samples(inputs, labels)
    np.testing.assert_array_equal(packed, np.pad(np.concatenate([inputs, labels], axis=1), ((0, 0), (0, 1))))
    is_second = np.array([0, 1, 0, 1, 1], dtype=bool)
    packed = pack_samples(inputs, labels, is_second)
    assert packed[:, -1].tolist() == [1, 0, 1, 0, 1]
    for which in (True, False):
        of_domain = packed[packed[:, -1] == which]
        np.testing.assert_array_equal(of_domain[:, :N_INPUTS], inputs[is_second == which])
        np.testing.assert_array_equal(of_domain[:, N_INPUTS:-1], labels[is_second == which])


@pytest.mark.parametrize(("n_first", "n_second"), [(640, 640), (700, 300), (513, 1), (90, 90)])
def test_batches_hold_both_domains_alike_so_that_the_mean_over_them_is_that_over_the_tracks(n_first, n_second):
    torch.manual_seed(0)
    network = build_network("mapper", NetworkConfig(adversary=True, domain="data", dropout=0)).eval()
    inputs, labels = samples(n_first + n_second)
    is_second = np.arange(n_first + n_second) >= n_first  # as a training stacks them
    packed = torch.from_numpy(pack_samples(inputs, labels, is_second))
    with torch.no_grad():
        batches = [adversarial_loss(network, batch)["targets"].item() for batch in packed.split(128)]
        alone = classification_loss(network, torch.from_numpy(pack_samples(inputs[:n_first], labels[:n_first])))["loss"]
    assert np.mean(batches) == pytest.approx(alone.item(), rel=0.02)
