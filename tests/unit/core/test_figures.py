"""Style, palette, and files that are the same bytes each time."""

import json
import re

import numpy as np
import pytest
from matplotlib.image import imread
from PIL import Image
from pydantic import ValidationError

from rootline.core.figures import (
    OKABE_ITO,
    FigureConfig,
    figure_style,
    format_interval,
    letter_panel,
    new_figure,
    particle_colours,
    save_figure,
    scale_axis,
)

PROVENANCE = {
    "package": "rootline",
    "version": "1.2.3",
    "git": {"commit": "deadbeef", "clean": True},
    "config": {"model": {"beta": 0.5}},
    "inputs": {"images": {"file": "images.safetensors", "sha256": "00ff"}},
    "seed": 42,
    "device": "cuda",
    "platform": "Linux",
    "date": "2030-01-01T00:00:00+00:00",
}


def draw(tmp_path, name, *, provenance=PROVENANCE):
    options = FigureConfig(dpi=50)
    with figure_style(options):
        figure = new_figure(options, width="column", height=2.0)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], label="a line")
        axes.legend()
        letter_panel(axes, "a", "a text")
        png, pdf = tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"
        save_figure(figure, title="A title", png=png, pdf=pdf, provenance=provenance)
    return png, pdf


def test_the_same_drawing_gives_the_same_bytes_whatever_the_date_and_the_machine(tmp_path):
    first = draw(tmp_path, "first")
    elsewhere = PROVENANCE | {"date": "2031-02-03", "git": {"commit": "c0ffee"}, "device": "cpu", "platform": "Darwin"}
    second = draw(tmp_path, "second", provenance=elsewhere)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_png_says_what_it_shows_and_what_made_it(tmp_path):
    png, _ = draw(tmp_path, "figure")
    with Image.open(png) as image:
        text = dict(image.text)
    assert text["Title"] == "A title"
    origin = json.loads(text["Description"])
    assert origin == {key: PROVENANCE[key] for key in ("package", "version", "config", "inputs", "seed")}


def test_pdf_holds_the_title_and_no_date(tmp_path):
    _, pdf = draw(tmp_path, "figure")
    content = pdf.read_bytes()
    assert b"/Title (A title)" in content
    assert re.search(rb"/(CreationDate|ModDate|Producer)", content) is None


def test_a_figure_is_as_wide_as_the_column_at_the_given_resolution(tmp_path):
    png, _ = draw(tmp_path, "figure", provenance=None)
    assert imread(png).shape[:2] == (100, 170)


def test_either_file_may_be_left_out(tmp_path):
    options = FigureConfig(dpi=50)
    with figure_style(options):
        figure = new_figure(options, width="text", height=1.0)
        save_figure(figure, title="empty", png=tmp_path / "only.png")
    assert [path.name for path in tmp_path.iterdir()] == ["only.png"]


def test_the_style_ends_with_its_block():
    import matplotlib as mpl

    before = mpl.rcParams["font.size"]
    with figure_style(FigureConfig(font_size=5.5)):
        assert mpl.rcParams["font.size"] == 5.5
    assert mpl.rcParams["font.size"] == before


def test_configured_particles_keep_their_colour_and_others_get_different_ones():
    options = FigureConfig(colours={"proton": OKABE_ITO[0]})
    colours = particle_colours(["pion", "proton", "kaon", "pion"], options)
    assert colours["proton"] == OKABE_ITO[0]
    assert len(set(colours.values())) == 3
    assert colours == particle_colours(["kaon", "pion", "proton"], options)


def test_more_particles_than_colours_still_have_one_each():
    names = [f"particle{number}" for number in range(20)]
    assert set(particle_colours(names, FigureConfig())) == set(names)


def test_an_interval_is_written_with_its_number():
    assert format_interval(0.934, 0.9, 0.957) == "0.93 [0.90, 0.96]"
    assert format_interval(1.5, -0.25, 2, digits=1) == "1.5 [-0.2, 2.0]"


@pytest.mark.parametrize("colour", ["red", "#12345", "#12345g", "0072B2"])
def test_a_colour_that_is_not_a_hex_code_is_refused(colour):
    with pytest.raises(ValidationError, match="colours.kaon"):
        FigureConfig(colours={"kaon": colour})


@pytest.mark.parametrize(
    ("values", "scale", "labels"),
    [
        ([10.0, 29.0], "linear", None),
        ([0.0, 500.0], "linear", None),
        ([], "linear", None),
        ([0.15, 0.5, np.nan], "log", {0.2, 0.5}),
        ([0.01, 2000.0], "log", {0.01, 0.1, 1.0, 10.0, 100.0, 1000.0}),
    ],
)
def test_an_axis_is_logarithmic_only_where_the_values_span_more_than_a_factor_of_three(values, scale, labels):
    with figure_style(FigureConfig()):
        axes = new_figure(FigureConfig(), width="column", height=2.0).subplots()
        axes.plot(values, range(len(values)))
        scale_axis(axes, "x", values)
        assert axes.get_xscale() == scale
        assert axes.get_yscale() == "linear"
        if labels is not None:
            low, high = axes.get_xlim()
            places = [tick for tick in axes.get_xticks() if low <= tick <= high]
            assert {float(text) for text in axes.xaxis.get_major_formatter().format_ticks(places)} == labels
