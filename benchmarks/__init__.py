"""Measured speed. ``python -m benchmarks --quick`` prints the table of docs/performance.md; the other files run by themselves."""

import os

# Before any library starts its threads: CPU time is compared, and other work on the machine must not decide it.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")
