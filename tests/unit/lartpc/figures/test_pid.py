"""The figure and the page of all scores."""

from functools import cache

import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.pid_fakes import OPTIONS as PID
from tests.unit.lartpc.analyses.pid_fakes import fake_scores

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.pid import COMPARISON_KEY, COMPARISONS, compare_pid
from rootline.lartpc.analyses.pid_answer import answer_question
from rootline.lartpc.figures.pid import CURVES, METHOD_LABELS, draw_pid
from rootline.lartpc.figures.pid_table import tabulate_pid

OPTIONS = FigureConfig(dpi=80)


@cache
def compared(protons, kaons, *, log_likelihood=True):
    return compare_pid(fake_scores(protons=protons, kaons=kaons, log_likelihood=log_likelihood), PID)


def draw(found):
    with figure_style(OPTIONS):
        figure = draw_pid(found.numbers, found.roc, OPTIONS)
        return figure, complaints(figure)


def common(found):
    rows = found.numbers
    return rows[(rows["selection"] == "all") & (rows["tracks"] == "common")].set_index("method")


@pytest.mark.slow
def test_every_score_has_a_point_and_the_curves_their_area_and_n():
    found = compared(240, 90)
    figure, wrong = draw(found)
    assert wrong == []
    texts, rows = visible_texts(figure), common(found)
    assert {METHOD_LABELS[name] for name in rows.index} <= set(texts)
    row = rows.loc["cnn"]
    assert f"{METHOD_LABELS['cnn']}\nAUC {row['auc']:.2f} [{row['auc_low']:.2f}, {row['auc_high']:.2f}]" in texts
    assert any(f"n = {row['n_negative']} proton + {row['n_positive']} kaon" in text for text in texts)
    areas = figure.subfigs[1].axes[0]
    drawn = {line.get_xdata()[0] for line in areas.lines if len(line.get_xdata()) == 1}
    assert set(rows["auc"]) <= drawn
    assert len(figure.subfigs[0].axes[0].lines) == len(CURVES) + 1


def test_lines_are_told_apart_without_colour():
    styles = [str(line) for _, line in CURVES.values()]
    solid = [name for name, (_, line) in CURVES.items() if line == "-"]
    assert len(set(styles)) >= len(CURVES) - 1
    assert solid == ["chi2_log_ratio", "logistic"]


def test_without_log_likelihood_it_is_left_out():
    figure, wrong = draw(compared(120, 50, log_likelihood=False))
    assert wrong == []
    assert METHOD_LABELS["log_likelihood_difference"] not in visible_texts(figure)


def test_too_few_tracks_give_a_figure_and_a_page_that_say_so():
    found = compared(60, 4)
    figure, wrong = draw(found)
    assert wrong == []
    assert any("0 and 0 tracks" in text for text in visible_texts(figure))
    assert "No answer: 0 and 0 tracks" in tabulate_pid(found.numbers, found.comparisons)


@pytest.mark.parametrize("selection", ["all", "picky"])
def test_the_page_holds_the_answer_and_every_difference_with_its_interval(selection):
    found = compared(240, 90)
    text = tabulate_pid(found.numbers, found.comparisons.sort_values(list(COMPARISON_KEY)))
    for sentence in answer_question(found.numbers, found.comparisons, selection):
        assert sentence in text
    for row in found.comparisons[found.comparisons["selection"] == selection].to_dict("records"):
        assert f"{row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]" in text
    questions = [text.index(f"<td>{question}</td>") for question in dict.fromkeys(row[0] for row in COMPARISONS)]
    assert questions == sorted(questions)
    assert "://" not in text
