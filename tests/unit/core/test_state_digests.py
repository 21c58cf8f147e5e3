"""Names of the states of trainings."""

from pathlib import Path

import numpy as np
import torch
from pydantic import Field

from rootline.core.config import Section
from rootline.core.state_digests import array_digest, state_digests

CODE = Path(__file__).resolve().parents[3] / "src" / "rootline" / "pid" / "training.py"
CPU = torch.device("cpu")


class Run(Section):
    """A run."""

    lr: float = Field(0.1, description="Rate.")


def test_values_and_shapes_decide_the_digest_of_arrays_and_their_layout_does_not():
    values = np.arange(6.0).reshape(2, 3)
    assert array_digest(values) == array_digest(np.asfortranarray(values))
    assert len({array_digest(values), array_digest(values.reshape(3, 2)), array_digest(values + 1)}) == 3


def test_run_and_data_decide_both_digests_and_a_finished_one_is_another_and_bound_to_no_thread_count():
    first = state_digests(Run(), "data", CODE, CPU)
    assert first == state_digests(Run(), "data", CODE, CPU)
    others = [state_digests(Run(lr=0.2), "data", CODE, CPU), state_digests(Run(), "other", CODE, CPU)]
    assert len({*first, *others[0], *others[1]}) == 6
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        again = state_digests(Run(), "data", CODE, CPU)
    finally:
        torch.set_num_threads(threads)
    assert again[0] != first[0] and again[1] == first[1]
