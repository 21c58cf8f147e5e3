"""The figure of the scan of the domains."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.analyses.domains import MEAN, summarise_seeds
from rootline.pid.figures.domains import draw_domains

OPTIONS = FigureConfig(dpi=80)


def fake(seeds=4, shifts=(0.0, 1.0, 2.0, 4.0), help_=0.03):
    rng = np.random.default_rng(0)
    rows = [
        {"variant": variant, "shift": shift, "seed": seed, "species": species, "run": "0" * 8, "sample": "shift"}
        | {"source_f1": 0.9 + rng.normal(0, 0.004), "domain_auc": (0.5 + 0.1 * shift) if species == MEAN else np.nan}
        | {"target_f1": 0.9 - shift * (0.1 - help_ * (variant == "adversary")) + rng.normal(0, 0.004)}
        | {"n_source": 3000, "n_target": 1500 + int(100 * shift), "n_domain": 2000 if species == MEAN else None}
        for variant in ("source", "adversary")
        for shift in shifts
        for seed in range(seeds)
        for species in ("pion", "kaon", "proton", MEAN)
    ]
    table = pd.DataFrame(rows)
    return table, summarise_seeds(table)


def draw(*tables):
    with figure_style(OPTIONS):
        figure = draw_domains(*tables, OPTIONS)
        return figure, complaints(figure)


def test_means_spreads_seeds_and_verdicts_are_there():
    domains, summary = fake()
    figure, wrong = draw(domains, summary)
    assert wrong == []
    target, source, difference, told = figure.axes
    chosen = summary.query("variant == 'source' and measure == 'target_f1' and species == 'mean'").sort_values("shift")
    assert any(np.array_equal(line.get_ydata(), chosen["mean"]) for line in target.lines)
    seeds = domains.query("variant == 'adversary' and species == 'mean'")["target_f1"]
    assert any(np.array_equal(line.get_ydata(), seeds) for line in target.lines)
    assert [text.get_text() for text in difference.texts] == ["none", "gain", "gain", "gain"]
    texts = visible_texts(figure)
    assert any("second domain, n = 1500 to 1900 tracks" in text for text in texts)
    assert any("without adversary, n = 4 seeds" in text for text in texts)
    assert len(source.lines) == len(target.lines) and told.get_ylim()[0] <= 0.45


def test_a_loss_is_called_one():
    figure, wrong = draw(*fake(help_=-0.02))
    assert wrong == []
    assert [text.get_text() for text in figure.axes[2].texts][-1] == "loss"


@pytest.mark.parametrize(("seeds", "shifts"), [(1, (0.0, 1.0)), (2, (0.5,)), (1, (0.0, 0.5, 1.0, 1.5, 2.0, 4.0))])
def test_few_points_can_be_drawn(seeds, shifts):
    figure, wrong = draw(*fake(seeds, shifts))
    assert wrong == []
    assert ("?" in [text.get_text() for text in figure.axes[2].texts]) == (seeds == 1)
