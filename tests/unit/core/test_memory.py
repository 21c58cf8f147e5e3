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


USERS = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES", "ARROW_DEFAULT_MEMORY_POOL")


def run(code, **variables):
    """What a process prints that has these of the variables by which a user chooses, and no others."""
    kept = {name: text for name, text in os.environ.items() if name not in USERS} | variables
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=kept).stdout


@needs_mallopt
@pytest.mark.parametrize("others", [{}, {"GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=2048"}])
def test_pages_of_freed_arrays_are_used_again(others):
    by_default, done, after = json.loads(run(COUNT, **others))
    assert done
    assert after < by_default / 4


@needs_mallopt
@pytest.mark.parametrize(
    "choice",
    ["MALLOC_MMAP_THRESHOLD_=131072", "MALLOC_TRIM_THRESHOLD_=1", "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=9"],
)
def test_what_the_user_chose_stays(choice):
    name, value = choice.split("=", 1)
    by_default, done, after = json.loads(run(COUNT, **{name: value}))
    assert not done
    assert after > by_default / 2
    code = "import os\nfrom rootline.core.memory import keep_freed_memory\nkeep_freed_memory()\n"
    assert run(code + "print('ARROW_DEFAULT_MEMORY_POOL' in os.environ)", **{name: value}) == "False\n"


@needs_mallopt
@pytest.mark.parametrize("first", ["import pyarrow", "keep_freed_memory()"])
@pytest.mark.parametrize(("wanted", "pool"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_arrow_takes_the_same_memory_unless_the_user_wants_another(first, wanted, pool):
    code = f"from rootline.core.memory import keep_freed_memory\n{first}\nkeep_freed_memory()\nimport pyarrow\n"
    variables = {} if wanted is None else {"ARROW_DEFAULT_MEMORY_POOL": wanted}
    assert run(code + "print(pyarrow.default_memory_pool().backend_name)", **variables) == f"{pool}\n"
