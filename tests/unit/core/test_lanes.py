"""What a training has to itself while others take turns with it."""

import pytest
import torch

from rootline.core.lanes import Lane


def test_numbers_of_one_lane_do_not_depend_on_those_drawn_in_another_or_outside():
    expected = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        expected.append(torch.randn(6))
    torch.manual_seed(0)
    outside = torch.randn(6)

    torch.manual_seed(0)
    lanes, found, found_outside = [Lane(torch.device("cpu")) for _ in range(2)], [[], []], []
    for turn in range(3):
        for place, lane in enumerate(lanes):
            with lane.entered():
                if turn == 0:
                    torch.manual_seed(place + 1)
                found[place].append(torch.randn(2))
        found_outside.append(torch.randn(2))
    for numbers, whole in zip([*found, found_outside], [*expected, outside], strict=True):
        assert torch.equal(torch.cat(numbers), whole)


def test_an_error_in_a_lane_leaves_the_numbers_outside_alone():
    torch.manual_seed(3)
    expected = torch.randn(2)
    torch.manual_seed(3)
    with pytest.raises(KeyError), Lane(torch.device("cpu")).entered():
        torch.randn(5)
        raise KeyError
    assert torch.equal(torch.randn(2), expected)


@pytest.mark.gpu
def test_lanes_of_a_gpu_have_numbers_and_streams_of_their_own():
    device = torch.device("cuda")
    torch.manual_seed(1)
    expected = torch.randn(6, device=device)
    outside = torch.cuda.current_stream()
    lanes, found, streams = [Lane(device) for _ in range(2)], [[], []], set()
    for turn in range(3):
        for place, lane in enumerate(lanes):
            with lane.entered():
                if turn == 0:
                    torch.manual_seed(1)
                found[place].append(torch.randn(2, device=device))
                streams.add(torch.cuda.current_stream().cuda_stream)
    torch.cuda.synchronize()
    assert len(streams | {outside.cuda_stream}) == 3
    assert torch.cuda.current_stream() == outside
    for numbers in found:
        assert torch.equal(torch.cat([number[:2] for number in numbers])[:2], expected[:2])
    assert torch.equal(torch.cat(found[0]), torch.cat(found[1]))
