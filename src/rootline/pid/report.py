"""The page of the report that says what was run: first numbers, tracks, models, config and origin."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from rootline.core.html import heading, page, paragraph, table
from rootline.core.readable import readable
from rootline.core.report_pages import config_and_origin, describe_code, describe_machine


def run_page(
    *,
    provenance: Mapping[str, Any],
    given: Mapping[str, Any],
    checks: Sequence[Mapping[str, Any]],
    models: pd.DataFrame,
    parities: Mapping[str, Mapping[str, Any]],
    runs: Mapping[str, str],
) -> str:
    """Say what was run.

    Parameters
    ----------
    provenance : mapping
        Of this page, as `describe_run` gives it, with the resolved config of everything.
    given : mapping
        What the config states itself.
    checks : sequence of mappings
        What is in each sample, as `samples.describe_sample` gives it.
    models : data frame
        The table of models that `compare_models` writes.
    parities : mapping
        By the name of a model: how near its export is to the library that made it.
    runs : mapping
        Name of a model to its run.
    """
    is_simulated = provenance["config"]["pid"]["input"]["mc"] is None
    simulated = " They are simulated: they show that the chain works." if is_simulated else ""
    return page(
        "What was run",
        heading("First numbers"),
        paragraph(
            "Each model, and the n-sigma rule, as a selection of one species on the test part of sample mc, of all transverse "
            "momenta together; intervals are 95 %. Figures and tables have them in bins, and at equal purity."
            + simulated
        ),
        table(readable(models)),
        heading("Tracks"),
        table(_samples_table(checks), caption="Tracks of each sample, and what they are by the truth."),
        heading("Models"),
        table(
            {
                "model": list(runs),
                "run": list(runs.values()),
                "largest difference of the exported model": [f"{parities[name]['difference']:.1e}" for name in runs],
                "of tracks": [str(parities[name]["n"]) for name in runs],
                "of these with a detector missing": [str(parities[name]["n_missing"]) for name in runs],
            },
            caption="models/<run>/ has what they were made with, their weights, and model.onnx.",
        ),
        heading("Code"),
        table(
            {
                "": ["Rootline", "commit", "working tree", "date", "Python", "platform"],
                "this report": [*describe_code(provenance), *describe_machine(provenance)],
            }
        ),
        *config_and_origin(provenance, given),
    )


def _samples_table(checks: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = [
        {
            "sample": check["sample"],
            "data frames": str(check["frames"]),
            "tracks": str(check["tracks"]),
            "kept": str(check["kept"]),
            "with TOF": str(check["with_tof"]),
            "with TRD": str(check["with_trd"]),
            **{name: str(n) for name, n in check["species"].items()},
        }
        for check in checks
    ]
    return pd.DataFrame(rows)
