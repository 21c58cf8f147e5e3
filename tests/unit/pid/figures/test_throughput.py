"""The figure of the throughput."""

import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.analyses.throughput import check_order
from rootline.pid.figures.throughput import draw_throughput

OPTIONS = FigureConfig(dpi=80)
RATES = {"track": 100.0, "event": 2000.0, "batch": 100_000.0}


def fake(models=("forest", "mlp"), threads=(1, 2)):
    rows = [
        {
            "model": model,
            "engine": engine,
            "call": call,
            "threads": n,
            "rate": rate * (10 if engine == "onnx" else 1) / n,
        }
        for model in models
        for engine in ("library", "onnx")
        for call, rate in RATES.items()
        for n in threads
    ]
    rows.append({"model": "analysis", "engine": "uproot", "call": "batch", "threads": 1, "rate": 2e6})
    table = pd.DataFrame(rows).assign(n_repeats=5, n_tracks=9000)
    return table.assign(rate_min=0.9 * table["rate"], rate_max=1.1 * table["rate"])


def draw(rates):
    with figure_style(OPTIONS):
        figure = draw_throughput(rates, check_order(rates), OPTIONS)
        return figure, complaints(figure)


@pytest.mark.parametrize("models", [("forest",), ("forest", "mlp")])
@pytest.mark.parametrize("threads", [(1,), (1, 2), (1, 16)])
def test_every_rate_and_the_analysis_are_drawn(models, threads):
    figure, wrong = draw(fake(models, threads))
    assert wrong == []
    rates = figure.axes[0]
    drawn = sorted(x for line in rates.lines if line.get_marker() in ("o", "s") for x in line.get_xdata())
    assert drawn == sorted(fake(("forest",), threads).query("model == 'forest'")["rate"])
    assert any(list(line.get_xdata()) == [2e6, 2e6] for line in rates.lines)
    texts = visible_texts(figure)
    assert "library, 1 thread" in texts and any("forest, n = 9000 tracks" in text for text in texts)
    assert (f"ONNX Runtime, {threads[-1]} threads" in texts) == (len(threads) > 1)


def test_a_ratio_against_the_reported_order_lies_left_of_one_and_within_the_axes():
    table = fake(("forest",))
    table.loc[(table["call"] == "batch") & (table["engine"] == "onnx"), ["rate", "rate_min", "rate_max"]] = 5000.0
    figure, _ = draw(table)
    ratios = figure.axes[1]
    drawn = [x for line in ratios.lines if line.get_marker() in ("o", "s") for x in line.get_xdata()]
    assert min(drawn) == pytest.approx(0.25)
    low, high = ratios.get_xlim()
    assert low < min(drawn) and max(drawn) < high
