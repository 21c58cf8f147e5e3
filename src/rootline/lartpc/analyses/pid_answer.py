"""The question of the study answered in sentences, which say no more than the intervals do."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from rootline.core.figures import format_interval
from rootline.lartpc.analyses.pid import ABOVE, BASELINE, BELOW, UNDECIDED

Row = Mapping[Any, Any]

_SAYS: Final = {ABOVE: "above", BELOW: "below", UNDECIDED: "not told apart from"}

_ADDED: Final = {
    ABOVE: "so the latents hold something about the species that chi2 does not",
    UNDECIDED: "so these tracks do not decide whether the latents hold more than chi2",
    BELOW: "so adding the latents costs more than it brings at this number of tracks",
}

_REFERENCES: Final = {
    "trees": "Boosted trees, trained with labels on the features,",
    "cnn": "Convolutions, trained with labels on the images,",
}


def answer_question(numbers: pd.DataFrame, comparisons: pd.DataFrame, selection: str = "all") -> list[str]:
    """Say in a few sentences what the space holds beside chi2, from the numbers on the common tracks.

    Parameters
    ----------
    numbers, comparisons : data frames
        As `compare_pid` gives them.
    selection : str
        all or picky.
    """
    common = numbers[(numbers["selection"] == selection) & (numbers["tracks"] == "common") & numbers["auc"].notna()]
    rows = {str(row["method"]): row for row in common.to_dict("records")}
    compared = comparisons[comparisons["selection"] == selection].to_dict("records")
    of = {(str(row["first"]), str(row["second"])): row for row in compared}
    if BASELINE not in rows or "logistic" not in rows:
        sizes = comparisons[comparisons["selection"] == selection]
        n = f"{int(sizes['n_positive'].max())} and {int(sizes['n_negative'].max())}" if len(sizes) else "0 and 0"
        return [f"No answer: {n} tracks of the two particles have both a score of the latents and chi2."]
    chi2 = rows[BASELINE]
    tracks = f"{chi2['n_negative']} {chi2['negative']} and {chi2['n_positive']} {chi2['positive']} tracks"
    latents = f"{_auc(rows['logistic'])}, {_verdict(of[('logistic', BASELINE)], 'that of chi2')}"
    sentences = [
        f"On {tracks} the AUC of chi2 (log-ratio) is {_auc(chi2)}; a logistic probe of the latents has {latents}."
    ]
    if "latents_and_chi2" in rows:
        added = of[("latents_and_chi2", BASELINE)]
        says = f"{_verdict(added, 'that of chi2 alone')}, {_ADDED[added['answer']]}"
        sentences.append(f"Latents and chi2 together have {_auc(rows['latents_and_chi2'])}, {says}.")
    if "reconstruction_error_weighted" in rows:
        says = _verdict(of[("reconstruction_error_weighted", BASELINE)], "that of chi2")
        area = _auc(rows["reconstruction_error_weighted"])
        sentences.append(f"The weighted reconstruction error, which needs no classifier, has {area}, {says}.")
    for name, label in _REFERENCES.items():
        if name in rows:
            against = of[(name, "logistic")]
            closing = "" if against["answer"] == ABOVE else "; at this number of tracks it is no upper reference"
            says = f"{_verdict(against, 'that of the logistic probe')}{closing}"
            sentences.append(f"{label} have {_auc(rows[name])}, {says}.")
    return sentences


def _auc(row: Row) -> str:
    return format_interval(row["auc"], row["auc_low"], row["auc_high"])


def _verdict(row: Row, other: str) -> str:
    """Say ``above that of chi2 (difference +0.05 [+0.01, +0.09])``."""
    ends = f"[{row['low']:+.2f}, {row['high']:+.2f}]"
    return f"{_SAYS.get(row['answer'], 'not compared with')} {other} (difference {row['difference']:+.2f} {ends})"
