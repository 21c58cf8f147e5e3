"""Freed memory stays with the process, where the C library can do that."""

import json
import os
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


needs_mallopt = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(CDLL(None), "mallopt"), reason="the C library has no mallopt (glibc has)"
)


@needs_mallopt
def test_pages_of_freed_arrays_are_used_again():
    by_default, done, after = json.loads(
        subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True).stdout
    )
    assert done
    assert after < by_default / 4


@pytest.mark.parametrize(
    "choice",
    ["MALLOC_MMAP_THRESHOLD_=131072", "MALLOC_TRIM_THRESHOLD_=1", "GLIBC_TUNABLES=glibc.malloc.trim_threshold=1"],
)
def test_what_the_user_chose_stays(choice):
    name, value = choice.split("=", 1)
    code = "from rootline.core.memory import keep_freed_memory\nprint(keep_freed_memory())"
    command = [sys.executable, "-c", code]
    variables = os.environ | {name: value}
    assert subprocess.run(command, capture_output=True, text=True, check=True, env=variables).stdout == "False\n"


@needs_mallopt
@pytest.mark.parametrize("first", ["import pyarrow", "keep_freed_memory()"])
@pytest.mark.parametrize(("wanted", "pool"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_arrow_takes_the_same_memory_unless_the_user_wants_another(first, wanted, pool):
    code = f"from rootline.core.memory import keep_freed_memory\n{first}\nkeep_freed_memory()\nimport pyarrow\n"
    variables = {name: text for name, text in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    variables |= {} if wanted is None else {"ARROW_DEFAULT_MEMORY_POOL": wanted}
    command = [sys.executable, "-c", code + "print(pyarrow.default_memory_pool().backend_name)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True, env=variables).stdout.strip() == pool
