"""Trees written as ONNX; see `onnx_models` for what they take and give."""

from pathlib import Path
from typing import Any, Final

from rootline.core.files import replacing
from rootline.pid.columns import INPUTS
from rootline.pid.onnx_models import INPUT, OPSET, with_outputs
from rootline.pid.species import SPECIES

TREE_OPSET: Final = 3  # of ai.onnx.ml, the newest that skl2onnx writes


def export_trees(path: Path, estimator: Any) -> None:
    """Write a model of `trees.fit_trees` as ONNX; its probabilities are those of the species that it has learnt."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    found = to_onnx(
        estimator,
        initial_types=[(INPUT, FloatTensorType([None, len(INPUTS)]))],
        options={"zipmap": False},
        target_opset={"": OPSET, "ai.onnx.ml": TREE_OPSET},
    )
    with replacing(path) as unfinished:
        unfinished.write_bytes(with_outputs(found, [SPECIES[number] for number in estimator.classes_]))
