"""Passes over batches; what CUDA graphs need of a step is checked without them as well."""

import pytest
import torch
from torch import nn

from rootline.core.batches import GRAPHS_VARIABLE, BatchPass, put_back, wants_graphs
from rootline.core.errors import UserError

CPU = torch.device("cpu")
DATA = torch.arange(11.0)


def summed(rows):
    return {"sum": DATA[rows].sum(), "n": torch.tensor(float(len(rows)))}


def result_of(steps):
    """Take all steps; on a CPU each of them is work."""
    while True:
        try:
            assert next(steps)
        except StopIteration as end:
            return end.value


def one_pass(compute=summed, n_rows=11, batch_size=4):
    return BatchPass(compute, n_rows=n_rows, batch_size=batch_size, device=CPU)


@pytest.mark.parametrize(
    ("n_rows", "batch_size", "sizes"), [(11, 4, [4, 4, 3]), (8, 4, [4, 4]), (3, 4, [3]), (4, 4, [4]), (1, 1, [1])]
)
def test_every_row_is_taken_once_in_the_order_given(n_rows, batch_size, sizes):
    order = torch.arange(n_rows).flip(0)
    batches = one_pass(n_rows=n_rows, batch_size=batch_size)
    found = result_of(batches.run(order))
    assert batches.names == ["sum", "n"]
    assert found[:, 1].tolist() == sizes
    assert found[:, 0].tolist() == [float(batch.sum()) for batch in order.split(batch_size)]


def test_results_of_earlier_batches_are_not_written_over():
    batches = one_pass()
    first = result_of(batches.run(torch.arange(11)))
    before = first.clone()
    result_of(batches.run(torch.arange(11).flip(0)))
    assert torch.equal(first, before)


def test_a_pass_asks_before_each_batch():
    taken = []
    steps = one_pass(lambda rows: taken.append(len(rows)) or summed(rows)).run(torch.arange(11))
    for n_taken in (0, 1, 2):
        assert next(steps)
        assert len(taken) == n_taken
    with pytest.raises(StopIteration):
        next(steps)
    assert len(taken) == 3


def test_warming_up_for_nothing_leaves_the_next_steps_as_they_were():
    """With all that a step changes: weights, running means and their count, and Adam's moments."""

    def trained(*, warm):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
        data = torch.randn(11, 2)
        adam = torch.optim.Adam(model.parameters(), fused=True)

        def learn(rows):
            adam.zero_grad(set_to_none=True)
            loss = (model(data[rows] + torch.randn(len(rows), 2)) ** 2).mean()
            loss.backward()
            adam.step()
            return {"loss": loss}

        batches = one_pass(learn)
        result_of(batches.run(torch.arange(11)))
        changed = [*model.state_dict().values(), *(t for terms in adam.state.values() for t in terms.values())]
        if warm:
            before = [tensor.clone() for tensor in changed]
            with put_back(changed):
                batches.warm_up()
                assert not any(torch.equal(*pair) for pair in zip(changed, before, strict=True))
        torch.manual_seed(1)
        losses = result_of(batches.run(torch.arange(11)))
        return [losses, *changed]

    for mine, theirs in zip(trained(warm=True), trained(warm=False), strict=True):
        assert torch.equal(mine, theirs)


def test_graphs_are_for_nvidia_gpus_and_can_be_turned_off(monkeypatch):
    monkeypatch.delenv(GRAPHS_VARIABLE, raising=False)
    assert wants_graphs(torch.device("cuda"))
    assert not wants_graphs(CPU)
    monkeypatch.setenv(GRAPHS_VARIABLE, "0")
    assert not wants_graphs(torch.device("cuda"))
    monkeypatch.setenv(GRAPHS_VARIABLE, "off")
    with pytest.raises(UserError, match="ROOTLINE_CUDA_GRAPHS=off: must be 0 .off. or 1, or not set at all"):
        wants_graphs(CPU)
