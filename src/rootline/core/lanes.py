"""Trainings side by side in one process: each with random numbers of its own and, on an NVIDIA GPU, a stream of its own.

A small model leaves most of a GPU idle, since each of its kernels waits for
the one before. Kernels of several streams run at the same time, and each is
the one that runs where there is a single stream, so that the results are the
same bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Lane:
    """What a training has to itself, and puts in place of torch's own while it is at work.

    Parameters
    ----------
    device : torch.device
        Where the training computes.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)
            self._stream.wait_stream(torch.cuda.current_stream(device))  # what made the data may still be under way
            self._generator = torch.Generator(device)
        self._numbers: torch.Tensor | None = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Use this lane in the block; it goes on where the last block ended."""
        with self._own_numbers(), torch.cuda.stream(self._stream):  # no stream is none to change
            yield

    @contextmanager
    def _own_numbers(self) -> Iterator[None]:
        if self._device.type == "cuda":
            index = torch.cuda.current_device() if self._device.index is None else self._device.index
            default = torch.cuda.default_generators[index]
            before = default.graphsafe_get_state()
            default.graphsafe_set_state(self._generator)
            try:
                yield
            finally:
                self._generator = default.graphsafe_get_state()  # another one, where a CUDA graph could not be recorded
                default.graphsafe_set_state(before)
            return
        source = torch.mps if self._device.type == "mps" else torch
        before = source.get_rng_state()
        if self._numbers is not None:
            source.set_rng_state(self._numbers)
        try:
            yield
        finally:
            self._numbers = source.get_rng_state()
            source.set_rng_state(before)
