import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rootline.core.device import DEVICE_VARIABLE, array_module, module_of, reserve_device, to_host, torch_device
from rootline.core.errors import UserError

SOURCE = Path(__file__).resolve().parents[3] / "src"


def test_the_cpu_can_be_asked_for(monkeypatch):
    monkeypatch.setenv(DEVICE_VARIABLE, "cpu")
    assert array_module() is np
    assert torch_device().type == "cpu"


def test_an_empty_variable_is_none(monkeypatch):
    expected = array_module(), torch_device()
    monkeypatch.setenv(DEVICE_VARIABLE, "")
    assert (array_module(), torch_device()) == expected


@pytest.mark.parametrize("choose", [array_module, torch_device])
def test_an_unknown_device_is_refused_with_the_valid_ones(monkeypatch, choose):
    monkeypatch.setenv(DEVICE_VARIABLE, "gpu")
    with pytest.raises(UserError, match="ROOTLINE_DEVICE=gpu: must be cpu, cuda or mps, or not set at all"):
        choose()


def test_a_gpu_that_is_not_there_is_an_error_not_a_slow_run(monkeypatch):
    if array_module() is not np:
        pytest.skip("there is a GPU here")
    monkeypatch.setenv(DEVICE_VARIABLE, "cuda")
    with pytest.raises(UserError, match=r"CuPy is not installed or sees no GPU; install envs/cuda\.lock"):
        array_module()
    with pytest.raises(UserError, match=r"ROOTLINE_DEVICE=cuda: torch .* sees no such device here; unset it"):
        torch_device()


def test_a_job_that_uses_no_gpu_takes_none(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv(DEVICE_VARIABLE, "cpu")
    reserve_device()
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_numpy_arrays_stay_what_they_are():
    array = np.arange(3)
    assert to_host(array) is array
    assert module_of(array) is np


def test_array_work_does_not_import_torch():
    code = "import sys, rootline.core.device as d; d.array_module(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(SOURCE)}, check=False).returncode == 0


@pytest.mark.gpu
def test_arrays_come_back_from_the_gpu():
    xp = array_module()
    array = xp.arange(5)
    assert module_of(array) is xp
    assert xp is not np
    np.testing.assert_array_equal(to_host(array), np.arange(5))
