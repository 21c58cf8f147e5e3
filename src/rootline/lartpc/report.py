"""Pages of the report that are no figures: what was run, the cut flow, the failures, and the tables of the analyses."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from rootline.core.html import Html, heading, page, paragraph, table
from rootline.core.report_pages import (
    MAX_ROWS,
    config_and_origin,
    describe_code,
    describe_machine,
    or_none,
    table_or,
)
from rootline.lartpc import summary
from rootline.lartpc.features import FEATURES


def run_page(
    *,
    provenance: Mapping[str, Any],
    model: Mapping[str, Any],
    given: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    latents: pd.DataFrame,
) -> str:
    """Say what was run: first numbers, code, config, input and libraries.

    Parameters
    ----------
    provenance : mapping
        Of this summary, as `describe_run` gives it, with the resolved config of everything.
    model : mapping
        Of the model.
    given : mapping
        What the config states itself.
    tables : mapping
        Tables of the analyses by name.
    latents : data frame
        Key, particle and part of every track.
    """
    trained = model["git"]["commit"] != provenance["git"]["commit"]
    return page(
        "What was run",
        heading("First numbers"),
        paragraph(
            "Areas under ROC curves with 95 % intervals, on tracks that the model was not trained on. "
            "All other numbers, and what they mean, are in the figures and tables."
        ),
        table_or(summary.key_numbers(tables), "None of the analyses that give them was run."),
        heading("Tracks"),
        table(
            summary.parts_table(latents),
            caption="Tracks of each sample, by the part that the hash of their key gave them.",
        ),
        heading("Code"),
        table(
            {
                "": ["Rootline", "commit", "working tree", "run", "seed", "trained on", "date", "Python", "platform"],
                "this report": [
                    *describe_code(provenance),
                    "",
                    or_none(provenance["seed"]),
                    "",
                    *describe_machine(provenance),
                ],
                "the model": [
                    *describe_code(model),
                    model["config"].get("run", ""),
                    or_none(model["seed"]),
                    model["device"],
                    *describe_machine(model),
                ],
            }
        ),
        *([paragraph("The model was trained by another commit than this report was made by.")] if trained else []),
        *config_and_origin(provenance, given),
    )


def cutflow_page(
    cutflows: Sequence[Mapping[str, Any]], checks: Sequence[Mapping[str, Any]], latents: pd.DataFrame
) -> str:
    """Show how many events, clusters and pairs each cut left, per sample; see `summary.cutflow_table`."""
    return page(
        "Cut flow",
        paragraph(
            "What is left after each step, from the raw events to the tracks; in brackets its share of the step before "
            "with the 95 % interval (Wilson). Cuts on clusters are tried in this order, each cluster fails by one at most."
        ),
        table(summary.cutflow_table(cutflows, checks, latents)),
        paragraph("Tracks are the pairs of the last step that a sample has."),
    )


def failures_page(
    *,
    checks: Sequence[Mapping[str, Any]],
    cutflows: Sequence[Mapping[str, Any]],
    features: pd.DataFrame,
    history: pd.DataFrame,
    epochs: int,
    tables: Mapping[str, pd.DataFrame],
) -> str:
    """Say what failed, was left out or could not be computed, and where nothing did."""
    without_reco = [check["sample"] for check in checks if not check.get("reco")]
    without_tracks = [flow["sample"] for flow in cutflows if flow["steps"] and not flow["steps"][-1]["count"]]
    faults = summary.training_faults(history, epochs)
    return page(
        "What failed or is missing",
        heading("Input"),
        paragraph(
            "Every entry was read once. A malformed one stops the run, unless lartpc.input.on_bad_event is skip; then it "
            "is counted here, and no later step sees it."
        ),
        table(summary.input_table(checks, cutflows)),
        *_skipped(summary.bad_events(checks)),
        paragraph(f"Samples without reconstruction file: {', '.join(without_reco) or 'none'}."),
        paragraph(f"Samples without a single track: {', '.join(without_tracks) or 'none'}."),
        heading("Undefined features"),
        table_or(summary.undefined_features(features, FEATURES), "None: every feature is defined on every track."),
        heading("Training"),
        *(
            map(paragraph, faults)
            if faults
            else [paragraph("None: every loss is finite, and the best epoch was not the last.")]
        ),
        heading("Numbers that could not be computed"),
        paragraph(
            "Rows of the tables that have their n but no number: too few tracks, a constant, or a feature that is "
            "undefined there."
        ),
        table_or(summary.undefined_numbers(tables), "None: every number of every analysis is there."),
    )


def _skipped(events: pd.DataFrame) -> list[Html]:
    if events.empty:
        return []
    first = f"The first {MAX_ROWS} of {len(events)}" if len(events) > MAX_ROWS else f"The {len(events)}"
    return [
        paragraph(f"{first} malformed events; all are in check/<sample>.json."),
        table(events.head(MAX_ROWS)),
    ]
