"""Passes over data in batches: step by step, or on an NVIDIA GPU as CUDA graphs.

A graph is one launch for all kernels of a step, where a small model otherwise
spends most of its time on launching them one by one. It is recorded once and
replayed with other rows in the same memory, so a step must not depend on
anything but these rows, the memory that it reads, and torch's random numbers.
"""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from warnings import catch_warnings, simplefilter

import torch
from torch import Tensor

from rootline.core.errors import UserError
from rootline.core.screen import tell

GRAPHS_VARIABLE: Final = "ROOTLINE_CUDA_GRAPHS"

_N_WARM_UPS: Final = 3  # the number in torch's own recipe: cuBLAS and cuDNN make their choices in the first passes

_N_AHEAD: Final = 4
"""Steps that a GPU may be given before it has done them.

Enough for it never to wait for the next one. With more, trainings side by
side would fill its queue with the steps of one of them.
"""

Compute = Callable[[Tensor], dict[str, Tensor]]
"""From rows, (n,) int64, to named scalars of one dtype; it may change memory such as the weights on its way."""

Steps = Generator[bool, None, Tensor]
"""Work in steps: whether one comes next, or the device is still busy with those before; in the end, a result."""


class BatchPass:
    """Run a step for each batch of a number of rows.

    Parameters
    ----------
    compute : function
        The step, see `Compute`.
    n_rows, batch_size : int
        How many rows there are in all, and in a batch; the last batch holds what is left.
    device : torch.device
        Where `compute` wants its rows.

    Attributes
    ----------
    names : list of str
        Of the scalars, once a step has run.
    """

    def __init__(self, compute: Compute, *, n_rows: int, batch_size: int, device: torch.device) -> None:
        self._compute, self._batch_size = compute, batch_size
        lengths = {min(batch_size, n_rows), n_rows % batch_size or batch_size}
        # The same memory for each batch of a length: graphs know their input by its address.
        self._rows = {n: torch.arange(n, device=device) for n in sorted(lengths)}
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        self.names: list[str] = []

    def run(self, order: Tensor) -> Steps:
        """Take the rows in this order, batch by batch, and give the scalars (n_batches, n_names) once the device has them."""
        results = []
        given: list[torch.cuda.Event] = []
        for batch in order.split(self._batch_size):
            yield True
            while len(given) >= _N_AHEAD and not given[0].query():
                yield False
            rows = self._rows[len(batch)].copy_(batch)
            if len(batch) in self._graphs:
                graph, result = self._graphs[len(batch)]
                graph.replay()
                results.append(result.clone())
            else:
                results.append(self._step(rows))
            if rows.is_cuda:
                given.append(torch.cuda.current_stream().record_event())
                del given[:-_N_AHEAD]
        while given and not given[-1].query():
            yield False
        return torch.stack(results)

    def warm_up(self) -> None:
        """Take some steps of each length for nothing."""
        for rows in self._rows.values():
            for _ in range(_N_WARM_UPS):
                self._step(rows)

    def capture(self, stream: torch.cuda.Stream) -> None:
        """Record a CUDA graph for each length, on the stream of `warm_up`, where cuBLAS has what it needs."""
        for length, rows in self._rows.items():
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.graph(graph, stream=stream):
                    result = self._step(rows)
            except RuntimeError:
                graph.reset()
                raise
            self._graphs[length] = graph, result

    def forget_graphs(self) -> None:
        """Go on without graphs."""
        self._graphs.clear()

    def _step(self, rows: Tensor) -> Tensor:
        terms = self._compute(rows)
        self.names = list(terms)
        return torch.stack([term.detach() for term in terms.values()])


def wants_graphs(device: torch.device) -> bool:
    """Whether to train by CUDA graphs: on an NVIDIA GPU, unless ROOTLINE_CUDA_GRAPHS is 0.

    Raises
    ------
    UserError
        If the variable is neither 0 nor 1.
    """
    wanted = os.environ.get(GRAPHS_VARIABLE, "") or "1"
    if wanted not in ("0", "1"):
        raise UserError(f"{GRAPHS_VARIABLE}={wanted}: must be 0 (off) or 1, or not set at all")
    return wanted == "1" and device.type == "cuda"


@contextmanager
def put_back(tensors: Iterable[Tensor]) -> Iterator[None]:
    """Let the block write to tensors, which hold their old values again afterwards, in the same memory."""
    before = [(tensor, tensor.detach().clone()) for tensor in tensors]
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, old in before:
                tensor.copy_(old)


def capture_graphs(passes: Sequence[BatchPass], *, changed: Iterable[Tensor], label: str) -> None:
    """Have passes run by CUDA graphs from now on; where that is impossible, say so and leave them as they are.

    Parameters
    ----------
    passes : sequence of BatchPass
        On one CUDA device.
    changed : tensors
        All memory that the steps change and keep: weights, running means, the
        optimiser's moments, which must have been made. It holds the same
        values afterwards. Torch's generators are left somewhere else; seed
        them before the next step.
    label : str
        How the line on the screen calls the training.
    """
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    generator = torch.cuda.default_generators[torch.cuda.current_device()]
    spare = generator.clone_state()
    # This block, and not torch's own around the recording, restores the stream after a recording that failed.
    with torch.cuda.stream(stream), put_back(changed):
        with catch_warnings():
            simplefilter("ignore")  # that an optimiser made for graphs runs without one
            for one in passes:
                one.warm_up()
        try:
            for one in passes:
                one.capture(stream)
        except RuntimeError as error:
            for one in passes:
                one.forget_graphs()
            # A recording that failed leaves the generator waiting for its end, and no number could be drawn from it.
            generator.graphsafe_set_state(spare)
            tell(
                f"  {label}: trains without CUDA graphs, which cannot record it ({str(error).splitlines()[0]}); "
                f"if it fails from here on, set {GRAPHS_VARIABLE}=0"
            )
    torch.cuda.current_stream().wait_stream(stream)
