"""Score every track of a ROOT file by an exported model, without Rootline: python score_tracks.py tracks.root model.onnx scores.root.

Needs numpy, uproot and onnxruntime. The output has the folders `DF_*` of the input, in each of them a tree `scores` with
`fIndexTracks`, the place of the track in the tree that was read, and a column for each output of the model.
"""

import sys

import numpy as np
import onnxruntime
import uproot

TREES = ["O2pidtracksmc", "O2pidtracksmcml", "O2pidtracksdata", "O2pidtracksdataml"]  # the first that is there is read
INPUTS = ["fTPCSignal", "fTRDPattern", "fTOFSignal", "fBeta", "fP", "fPx", "fPy", "fPz"]
INPUTS += ["fSign", "fX", "fY", "fZ", "fAlpha", "fTPCNClsShared", "fDcaXY", "fDcaZ"]
TOF_PT_MIN_GEV = 0.5  # pid.cleaning.tof_pt_min of the config that the model was trained with
TPC_MAX = 10_000  # pid.cleaning.tpc_max

source, model, target = sys.argv[1:]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
outputs = session.get_modelmeta().custom_metadata_map["outputs"].split(",")
columns = [name.replace("+", "_plus").replace("-", "_minus") for name in outputs]  # ROOT takes kaon- for a difference

with uproot.open(source) as tracks, uproot.recreate(target) as scores:
    for frame in tracks.keys(filter_name="DF_*", recursive=False, cycle=False):
        tree = tracks[frame][next(name for name in TREES if name in tracks[frame])]
        of = tree.arrays([*INPUTS, "fPt", "fTRDSignal"], library="np")
        no_tof = (of["fBeta"] == -999) | (of["fTOFSignal"] == -999) | (of["fPt"] < np.float32(TOF_PT_MIN_GEV))
        no_trd = (of["fTRDPattern"] == 0) | (of["fTRDSignal"] == 0)
        inputs = np.stack([of[name].astype(np.float32) for name in INPUTS], axis=1)
        inputs[no_tof, INPUTS.index("fBeta")] = inputs[no_tof, INPUTS.index("fTOFSignal")] = np.nan
        inputs[no_trd, INPUTS.index("fTRDPattern")] = np.nan
        found = np.full((len(inputs), len(columns)), np.nan, np.float32)
        has_tpc = (of["fTPCSignal"] > 0) & (of["fTPCSignal"] < TPC_MAX)  # no model has learnt from others
        if has_tpc.any():
            found[has_tpc] = session.run(["probabilities"], {"tracks": inputs[has_tpc]})[0]
        index = np.arange(len(inputs), dtype=np.int32)
        scores[f"{frame}/scores"] = {"fIndexTracks": index, **dict(zip(columns, found.T, strict=True))}
