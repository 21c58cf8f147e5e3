"""The figure of the beamline mass."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.planted import planted_masses

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.beam_mass import fit_beam_mass
from rootline.lartpc.analyses.settings.beam_mass import BeamMassConfig
from rootline.lartpc.figures.beam_mass import draw_beam_mass

OPTIONS = FigureConfig(dpi=80)


def draw(tracks):
    fit, spectrum = fit_beam_mass(tracks, BeamMassConfig(toys=20))
    with figure_style(OPTIONS):
        figure = draw_beam_mass(fit, spectrum, OPTIONS, window=(430.0, 560.0))
        return fit, spectrum, figure, complaints(figure)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_both_selections_show_counts_fit_and_numbers_with_intervals():
    fit, spectrum, figure, wrong = draw(planted_masses())
    assert wrong == []
    for selection in ("picky", "all"):
        row = fit[(fit["selection"] == selection) & (fit["quantity"] == "kaons")].iloc[0]
        texts = visible_texts(figure)
        assert any(f"kaons {row['value']:.0f} [{row['low']:.0f}, {row['high']:.0f}]" in text for text in texts)
        assert any(text == f"tracks, n = {row['n']}" for text in texts)
    of_all = spectrum[(spectrum["selection"] == "all") & (spectrum["count"] > 0)]
    assert figure.axes[1].lines[0].get_ydata() == pytest.approx(of_all["count"].to_numpy())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("masses", [[], [500.0, 510.0], [np.nan] * 4])
def test_too_few_masses_are_drawn_without_a_fit(masses):
    tracks = pd.DataFrame({"particle": "kaon", "p": pd.array([1] * len(masses), dtype="Int64")})
    _, _, figure, wrong = draw(tracks.assign(beamline_mass=np.array(masses, dtype=float)))
    assert wrong == []
    assert sum("are too few" in text for text in visible_texts(figure)) == 2
