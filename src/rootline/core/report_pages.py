"""Parts of a report that are the same in every study: where it comes from, and its tables."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import yaml

from rootline.core.counted import interval_ends
from rootline.core.html import Html, heading, page, paragraph, preformatted, table
from rootline.core.readable import readable

MAX_ROWS: Final = 600
"""A longer table is cut in the report; the Parquet file has all of it."""


def config_and_origin(provenance: Mapping[str, Any], given: Mapping[str, Any]) -> list[Html]:
    """Show the config, the input and the libraries.

    Parameters
    ----------
    provenance : mapping
        Of the report, as `describe_run` gives it, with the resolved config of everything.
    given : mapping
        What the config states itself.
    """
    files = [{"file": entry["file"], "SHA-256": entry["sha256"]} for entry in provenance["inputs"].values()]
    versions = provenance["libraries"]
    return [
        heading("Config"),
        paragraph("What the config states; all else is default."),
        preformatted(_yaml(given) or "nothing: all values are defaults"),
        preformatted(_yaml(provenance["config"]), summary="The resolved config, with every default"),
        heading("Input"),
        table_or(pd.DataFrame(files), "No input file on this machine."),
        heading("Libraries"),
        table({"library": list(versions), "version": list(versions.values())}),
    ]


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


def table_or(found: pd.DataFrame, words: str) -> Html:
    """Show a table, or these words where it has no row."""
    return table(found) if len(found) else paragraph(words)


def describe_code(provenance: Mapping[str, Any]) -> list[str]:
    """Give package with version, commit, and whether the code was that of the commit."""
    git = provenance["git"]
    state = {True: "clean", False: "changed since that commit", None: str(git["note"])}[git["clean"]]
    return [f"{provenance['package']} {provenance['version']}", str(git["commit"] or "unknown"), state]


def describe_machine(provenance: Mapping[str, Any]) -> list[str]:
    """Give date, Python and platform."""
    return [str(provenance[name]) for name in ("date", "python", "platform")]


def or_none(value: object) -> str:
    """Write a value, and ``none`` for None."""
    return "none" if value is None else str(value)


def _yaml(value: Mapping[str, Any]) -> str:
    return (
        yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
        if value
        else ""
    )
