"""How figures look and how they are written: one style, one palette, the same bytes each time."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, PositiveFloat, PositiveInt, StringConstraints

from rootline.core.config import Section
from rootline.core.counted import check_texts
from rootline.core.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HexColour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]

# Okabe and Ito, "Color Universal Design" (2008): told apart with every common form of colour blindness.
BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY_BLUE: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#7F7F7F"
OKABE_ITO: Final = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)

SEQUENTIAL_MAP: Final = "cividis"
DIVERGING_MAP: Final = "RdBu_r"

_IN_METADATA: Final = ("package", "version", "config", "inputs", "seed")
"""Parts of a provenance that go into a figure: all that do not change from one equal run to the next."""


class FigureConfig(Section):
    """How figures look; sizes are those of a paper with two columns."""

    colours: dict[str, HexColour] = Field(
        {"proton": BLUE, "kaon": VERMILLION, "muon": GREEN, "kaon_reference": ORANGE},
        description="Colour of each particle as #RRGGBB; further particles get the next of the Okabe-Ito palette.",
    )
    dpi: PositiveInt = Field(200, description="Resolution of PNG files and of images in PDF files [dots per inch].")
    font_size: PositiveFloat = Field(8.0, description="Size of labels [pt].")
    column_width: PositiveFloat = Field(3.4, description="Width of a figure of one column [inch].")
    text_width: PositiveFloat = Field(7.0, description="Width of a figure of two columns [inch].")


@contextmanager
def figure_style(options: FigureConfig) -> Iterator[None]:
    """Apply the style to all that is drawn and saved inside the block."""
    import matplotlib as mpl

    small = options.font_size - 1
    with mpl.rc_context(
        {
            "font.family": "DejaVu Sans",  # comes with matplotlib, hence the same on every machine
            "mathtext.fontset": "dejavusans",
            "font.size": options.font_size,
            "axes.titlesize": options.font_size,
            "axes.labelsize": options.font_size,
            "xtick.labelsize": small,
            "ytick.labelsize": small,
            "legend.fontsize": small,
            "legend.frameon": False,
            "legend.handlelength": 1.5,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
            "xtick.minor.size": 1.5,
            "ytick.minor.size": 1.5,
            "lines.linewidth": 1.1,
            "hatch.linewidth": 0.5,
            "savefig.dpi": options.dpi,
            "figure.dpi": options.dpi,
            "pdf.fonttype": 42,  # TrueType, which journals ask for
            "pdf.compression": 6,
        }
    ):
        yield


def new_figure(options: FigureConfig, *, width: Literal["column", "text"], height: float) -> "Figure":
    """Give an empty figure of one or two columns; `height` is in inches."""
    from matplotlib.figure import Figure

    wide = options.column_width if width == "column" else options.text_width
    return Figure(figsize=(wide, height), layout="constrained")


def particle_colours(particles: Iterable[str], options: FigureConfig) -> dict[str, str]:
    """Give each particle its colour: the configured one, else the next free one in alphabetical order."""
    names = sorted(set(particles))
    free = [colour for colour in OKABE_ITO if colour not in options.colours.values()] or list(OKABE_ITO)
    others = [name for name in names if name not in options.colours]
    return {
        name: options.colours[name] if name in options.colours else free[others.index(name) % len(free)]
        for name in names
    }


def letter_panel(axes: "Axes", letter: str, text: str = "") -> None:
    """Put a bold panel letter, and a text after it, left above the axes."""
    axes.set_title(rf"$\mathbf{{({letter})}}$  {text}".rstrip(), loc="left")


def scale_axis(axes: "Axes", which: Literal["x", "y"], values: ArrayLike) -> None:
    """Make an axis logarithmic, where the values span more than a factor of three."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    finite = np.asarray(values, dtype=np.float64).ravel()
    finite = finite[np.isfinite(finite)]
    if len(finite) == 0 or finite.min() <= 0 or finite.max() <= 3 * finite.min():
        axis.set_major_locator(MaxNLocator(4))
        return
    axes.set(**{f"{which}scale": "log"})
    first, last = np.floor(np.log10(finite.min())) - 1, np.ceil(np.log10(finite.max())) + 1
    steps = (1, 2, 5) if last - first <= 5 else (1,)
    # fixed, because LogLocator fills an axis of less than a decade with labels that cover each other
    axis.set_major_locator(FixedLocator([step * 10.0**power for power in np.arange(first, last + 1) for step in steps]))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("")


def format_interval(value: float, low: float, high: float, *, digits: int = 2) -> str:
    """Write a number with its interval: ``0.93 [0.91, 0.95]``."""
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def check_numbers(figure: "Figure") -> None:
    """Refuse a figure with a panel that says a number with its interval, but not of how many; see `counted.check_texts`."""
    from matplotlib.text import Text

    panels: list[list[Any]] = [axes.findobj(Text) for axes in figure.axes]
    inside = {text for panel in panels for text in panel}
    above = [text for text in figure.findobj(Text) if text not in inside]
    for panel in panels or [[]]:
        check_texts([text.get_text() for text in (*above, *panel)])


def save_figure(
    figure: "Figure",
    *,
    title: str,
    png: Path | None = None,
    pdf: Path | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Write a figure as PNG and PDF, the same bytes for the same content.

    Parameters
    ----------
    figure : Figure
        Drawn inside `figure_style`; call this inside the same block.
    title : str
        What the figure shows, kept in the metadata of both files.
    png, pdf : path or None
        Where to write; None leaves that file out.
    provenance : mapping or None
        A run's provenance. What tells one equal run from another (date,
        machine, commit) is left out, because equal runs must give equal files.

    Raises
    ------
    ValueError
        If a panel says a number with its interval, but not of how many.
    """
    check_numbers(figure)
    origin = json.dumps({key: provenance[key] for key in _IN_METADATA if key in provenance} if provenance else {})
    if png is not None:
        with replacing(png) as unfinished:
            figure.savefig(unfinished, format="png", metadata={"Title": title, "Description": origin, "Software": None})
        figure.set_layout_engine("none")  # keeps the layout that was just made: making it takes longer than drawing
    if pdf is not None:
        metadata = {"Title": title, "Keywords": origin, "Creator": "Rootline", "Producer": None, "CreationDate": None}
        with replacing(pdf) as unfinished:
            figure.savefig(unfinished, format="pdf", metadata=metadata)
