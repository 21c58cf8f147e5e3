"""The figure of squared masses."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.analyses.test_masses import tracks_of

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.analyses.masses import Accepted, measure_masses
from rootline.pid.analyses.settings.masses import MassesConfig
from rootline.pid.figures.masses import draw_masses
from rootline.pid.masses import MASSES_GEV
from rootline.pid.nsigma import NSIGMA

OPTIONS = FigureConfig(dpi=80)


def test_spectra_and_both_contaminations_are_drawn_with_their_n():
    tracks = pd.concat(
        [tracks_of(name, 300, seed=n) for n, name in enumerate(("pion", "kaon", "proton"))], ignore_index=True
    )
    accepted = [
        Accepted("data", model, species, (tracks["species"] == species).to_numpy() | (np.arange(900) % 9 == 0))
        for model in ("forest", NSIGMA)
        for species in ("pion", "kaon", "proton")
    ]
    found = measure_masses({"data": tracks}, accepted, MASSES_GEV, MassesConfig())
    with figure_style(OPTIONS):
        figure = draw_masses(found.numbers, found.bins, "forest", "data", OPTIONS)
        assert complaints(figure) == []
    texts = " ".join(visible_texts(figure))
    assert "taken for kaons, n = " in texts and "by the truth" in texts and "by the squared mass" in texts
    of_kaons = found.numbers[found.numbers["species"] == "kaon"].groupby("model")["n"].sum()
    assert f"taken for kaons\nn-sigma: n = {of_kaons[NSIGMA]}\nrandom forest: n = {of_kaons['forest']}" in texts
    kaons = found.numbers[(found.numbers["species"] == "kaon") & (found.numbers["model"] == "forest")]
    drawn = [line.get_ydata() for line in figure.axes[2].lines if len(line.get_ydata()) == kaons["true"].notna().sum()]
    assert any(values == pytest.approx(kaons["true"].dropna()) for values in drawn)
