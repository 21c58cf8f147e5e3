"""The figure of what networks map tracks to."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.embedding import draw_mapped

OPTIONS = FigureConfig(dpi=80)


def fake(models=("dann", "source"), n=200, species=("pion", "kaon", "proton", "electron", "muon", "other")):
    rng = np.random.default_rng(0)
    tables = [
        pd.DataFrame(
            {"model": model, "sample": np.repeat(["data", "mc"], n), "frame": 1, "track": np.tile(range(n), 2)}
        )
        .assign(domain=np.repeat(["second", "first"], n), species=rng.choice(species, 2 * n))
        .assign(x=rng.normal(0, 1, 2 * n), y=rng.normal(0, 1, 2 * n), other_domain_share=0.25 * (1 + place))
        for place, model in enumerate(models)
    ]
    return pd.concat(tables, ignore_index=True)


def draw(table):
    with figure_style(OPTIONS):
        figure = draw_mapped(table, OPTIONS)
        return figure, complaints(figure)


@pytest.mark.parametrize("models", [("dann",), ("dann", "source")])
def test_every_model_has_its_tracks_by_domain_and_species_with_their_number(models):
    table = fake(models)
    figure, wrong = draw(table)
    assert wrong == []
    assert len(figure.axes) == 2 * len(models)
    for axes in figure.axes:
        assert len(axes.collections[0].get_offsets()) == 400
    texts = visible_texts(figure)
    n = ((table["model"] == "dann") & (table["species"] == "kaon")).sum()
    assert f"kaon, n = {n}" in texts and "second domain, n = 200" in texts
    assert any("dann: neighbours of the other domain 0.25" in text for text in texts)


def test_a_point_has_the_colour_of_its_own_domain_and_species():
    table = fake(("dann",), n=3, species=("kaon",)).assign(x=[0.0, 1, 2, 3, 4, 5])
    figure, _ = draw(table)
    by_domain, by_species = figure.axes
    points = by_domain.collections[0]
    colours = {
        place: tuple(colour) for place, colour in zip(points.get_offsets()[:, 0], points.get_facecolors(), strict=True)
    }
    second, first = {colours[place] for place in (0.0, 1.0, 2.0)}, {colours[place] for place in (3.0, 4.0, 5.0)}
    assert len(second) == len(first) == 1 and second != first
    assert len({tuple(colour) for colour in by_species.collections[0].get_facecolors()}) == 1
