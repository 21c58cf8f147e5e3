"""Pages of the report that are no figures: what was run, the cut flow, the failures, and the tables of the analyses."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import yaml

from rootline.core.counted import interval_ends
from rootline.core.html import Html, heading, page, paragraph, preformatted, table
from rootline.core.readable import readable
from rootline.lartpc import summary
from rootline.lartpc.features import FEATURES

MAX_ROWS: Final = 600
"""A longer table is cut in the report; the Parquet file has all of it."""


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
    files = [{"file": entry["file"], "SHA-256": entry["sha256"]} for entry in provenance["inputs"].values()]
    versions = provenance["libraries"]
    return page(
        "What was run",
        heading("First numbers"),
        paragraph(
            "Areas under ROC curves with 95 % intervals, on tracks that the model was not trained on. "
            "All other numbers, and what they mean, are in the figures and tables."
        ),
        _table_or(summary.key_numbers(tables), "None of the analyses that give them was run."),
        heading("Tracks"),
        table(
            summary.parts_table(latents),
            caption="Tracks of each sample, by the part that the hash of their key gave them.",
        ),
        heading("Code"),
        table(
            {
                "": ["Rootline", "commit", "working tree", "run", "seed", "trained on", "date", "Python", "platform"],
                "this report": [*_code(provenance), "", _or_none(provenance["seed"]), "", *_machine(provenance)],
                "the model": [
                    *_code(model),
                    model["config"].get("run", ""),
                    _or_none(model["seed"]),
                    model["device"],
                    *_machine(model),
                ],
            }
        ),
        *([paragraph("The model was trained by another commit than this report was made by.")] if trained else []),
        heading("Config"),
        paragraph("What the config states; all else is default."),
        preformatted(_yaml(given) or "nothing: all values are defaults"),
        preformatted(_yaml(provenance["config"]), summary="The resolved config, with every default"),
        heading("Input"),
        _table_or(pd.DataFrame(files), "No input file on this machine."),
        heading("Libraries"),
        table({"library": list(versions), "version": list(versions.values())}),
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
        _table_or(summary.undefined_features(features, FEATURES), "None: every feature is defined on every track."),
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
        _table_or(summary.undefined_numbers(tables), "None: every number of every analysis is there."),
    )


def table_page(name: str, found: pd.DataFrame, *, path: str) -> str:
    """Show one table of an analysis, rounded by its intervals.

    Parameters
    ----------
    name : str
        Of the table.
    found : data frame
        The table.
    path : str
        Where the whole of it lies, with all digits and curves.
    """
    shown = readable(found.head(MAX_ROWS))
    ends = {end for pair in interval_ends(found.columns).values() for end in pair}
    left_out = [
        name for name in map(str, found.columns) if not {name, f"{name} [95 %]"} & set(shown) and name not in ends
    ]
    words = f"{len(found)} rows; all digits" + (f" and {', '.join(left_out)}" if left_out else "") + f" are in {path}."
    if len(found) > MAX_ROWS:
        words = f"The first {MAX_ROWS} of {words}"
    return page(
        name.replace("_", " "),
        paragraph(f"{words} Intervals are 95 %; {chr(0x2013)} stands for what is undefined."),
        table(shown),
    )


def _skipped(events: pd.DataFrame) -> list[Html]:
    if events.empty:
        return []
    first = f"The first {MAX_ROWS} of {len(events)}" if len(events) > MAX_ROWS else f"The {len(events)}"
    return [
        paragraph(f"{first} malformed events; all are in check/<sample>.json."),
        table(events.head(MAX_ROWS)),
    ]


def _table_or(found: pd.DataFrame, words: str) -> Html:
    return table(found) if len(found) else paragraph(words)


def _code(provenance: Mapping[str, Any]) -> list[str]:
    git = provenance["git"]
    state = {True: "clean", False: "changed since that commit", None: str(git["note"])}[git["clean"]]
    return [f"{provenance['package']} {provenance['version']}", str(git["commit"] or "unknown"), state]


def _machine(provenance: Mapping[str, Any]) -> list[str]:
    return [str(provenance[name]) for name in ("date", "python", "platform")]


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)


def _yaml(value: Mapping[str, Any]) -> str:
    return (
        yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
        if value
        else ""
    )
