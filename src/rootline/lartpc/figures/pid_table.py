"""The answer to the question of the study, and the numbers behind it, as one page of HTML."""

import re
from typing import Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import format_interval
from rootline.core.html import Html, heading, page, paragraph, table
from rootline.lartpc.analyses.pid import COMPARISONS
from rootline.lartpc.analyses.pid_answer import answer_question
from rootline.lartpc.analyses.pid_scores import METHODS
from rootline.lartpc.figures.pid import METHOD_LABELS, TITLE

_SELECTIONS: Final = {"all": "All tracks", "picky": "Picky tracks of the positive particle, all of the negative one"}

_NOTE: Final = (
    "Each interval, 95 %, is for one number alone: it holds the scatter of the tracks, not that of another training, and "
    "nothing is corrected for the number of comparisons."
)


def tabulate_pid(numbers: pd.DataFrame, comparisons: pd.DataFrame) -> str:
    """Write the answer in sentences, the differences behind it, and the numbers of every score.

    Parameters
    ----------
    numbers, comparisons : data frames
        As `compare_pid` gives them.
    """
    blocks: list[Html] = []
    for selection, title in _SELECTIONS.items():
        blocks += [heading(title), *map(paragraph, answer_question(numbers, comparisons, selection))]
        blocks.append(_tabulate_differences(comparisons[comparisons["selection"] == selection]))
        blocks.append(_tabulate_scores(numbers[numbers["selection"] == selection]))
    return page(TITLE, *blocks, paragraph(_NOTE))


def _tabulate_differences(rows: pd.DataFrame) -> Html:
    order = {(question, first, second): place for place, (question, first, second) in enumerate(COMPARISONS)}
    places = [order[key] for key in zip(rows["question"], rows["first"], rows["second"], strict=True)]
    rows = rows.iloc[np.argsort(places)]
    columns = {
        "question": rows["question"].tolist(),
        "AUC of": [_plain(name) for name in rows["first"]],
        "above that of": [_plain(name) for name in rows["second"]],
        "n": [f"{row['n_negative']} + {row['n_positive']}" for row in rows.to_dict("records")],
        "difference": [_signed(row) for row in rows.to_dict("records")],
        "answer": rows["answer"].tolist(),
    }
    return table(columns, caption="Differences on the same tracks")


def _tabulate_scores(rows: pd.DataFrame) -> Html:
    measured = [name for name in rows.columns if re.fullmatch(r"auc|efficiency_[a-z]+_\d+", str(name))]
    of = {row["method"]: row for row in rows[(rows["tracks"] == "own") & rows["auc"].notna()].to_dict("records")}
    shown = [of[name] for name in METHODS if name in of]
    columns = {
        "score": [_plain(row["method"]) for row in shown],
        "n": [f"{row['n_negative']} + {row['n_positive']}" for row in shown],
    }
    for name in measured:
        values = [format_interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for row in shown]
        columns[_title(str(name))] = values
    return table(columns, caption="Each score on the tracks that have it")


def _title(name: str) -> str:
    if name == "auc":
        return "AUC"
    _, kind, percent = name.split("_")
    return f"efficiency at {kind} {percent} %"


def _plain(name: str) -> str:
    return METHOD_LABELS[name].replace("$\\chi^2$", "chi2")


def _signed(row: dict[Any, Any]) -> str:
    if not np.isfinite(row["difference"]):
        return "\N{EN DASH}"
    return f"{row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
