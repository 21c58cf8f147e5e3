"""Columns of the track trees: names and types as ALICE's derived data has them, and how a missing detector is marked.

A file holds a folder ``DF_<number>`` per data frame, and in each of them one
flat tree. Units: TPC and TRD signals are arbitrary, times [ps], momenta
[GeV/c], positions and distances of closest approach [cm], angles [rad].
"""

from typing import Final

import numpy as np

from rootline.pid.species import SUFFIXES

TREES: Final = ("O2pidtracksmc", "O2pidtracksmcml", "O2pidtracksdata", "O2pidtracksdataml")
"""With the truth and n-sigma, with the truth alone, with n-sigma alone, with neither; the first that is there is read."""

MEASURED: Final = {
    "fTPCSignal": np.float32,
    "fTRDSignal": np.float32,
    "fTRDPattern": np.uint8,
    "fTOFSignal": np.float32,
    "fBeta": np.float32,
    "fP": np.float32,
    "fPt": np.float32,
    "fPx": np.float32,
    "fPy": np.float32,
    "fPz": np.float32,
    "fSign": np.int16,
    "fX": np.float32,
    "fY": np.float32,
    "fZ": np.float32,
    "fAlpha": np.float32,
    "fTrackType": np.uint8,
    "fTPCNClsShared": np.uint8,
    "fDcaXY": np.float32,
    "fDcaZ": np.float32,
}
TRUTH: Final = {"fPdgCode": np.int32, "fIsPhysicalPrimary": np.bool_}
N_SIGMA: Final = {
    f"f{detector}NSigma{suffix}": np.float32 for detector in ("TPC", "TOF") for suffix in SUFFIXES.values()
}

INPUTS: Final = (
    *("fTPCSignal", "fTRDPattern", "fTOFSignal", "fBeta", "fP", "fPx", "fPy", "fPz"),
    *("fSign", "fX", "fY", "fZ", "fAlpha", "fTPCNClsShared", "fDcaXY", "fDcaZ"),
)
"""What a model is given."""

MISSING: Final = {"fBeta": -999.0, "fTOFSignal": -999.0, "fTRDPattern": 0.0, "fTRDSignal": 0.0}
"""What stands where a detector has not seen the track."""

TOGETHER: Final = (("fTOFSignal", "fBeta"), ("fTRDSignal", "fTRDPattern"))
"""Columns of one detector: where one is missing, so is the other."""
