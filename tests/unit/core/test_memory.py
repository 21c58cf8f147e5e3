"""Freed memory stays with the process, where the C library can do that."""

import json
import subprocess
import sys
from ctypes import CDLL

import pytest

# In a process of its own, because the setting would stay for the tests after it.
COUNT = """
import json, resource, sys
import numpy as np
from rootline.core.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        one, other = np.ones(1 << 20), np.ones(1 << 20)  # 8 MB each
        del one, other
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

by_default = faults()
done = keep_freed_memory()
print(json.dumps([by_default, done, faults()]))
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(CDLL(None), "mallopt"), reason="the C library has no mallopt (glibc has)"
)
def test_pages_of_freed_arrays_are_used_again():
    by_default, done, after = json.loads(
        subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True).stdout
    )
    assert done
    assert after < by_default / 4
