"""What a reader would object to in a figure: text off the page, text over text."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from rootline.core.figures import check_numbers


def visible_texts(figure: Figure) -> list[str]:
    """Give all that can be read in a figure."""
    return [text.get_text() for text, _ in _boxes(figure)]


def complaints(figure: Figure) -> list[str]:
    """List texts that leave the page or cover each other by more than a hair; fail where a number has no n."""
    check_numbers(figure)
    boxes = _boxes(figure)
    page = figure.bbox.padded(1.0)
    found = [f"{text.get_text()!r} leaves the page" for text, box in boxes if not _inside(box, page)]
    for (one, first), (other, second) in combinations(boxes, 2):
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        if min(width, height) > 0.02 * figure.dpi:
            found.append(f"{one.get_text()!r} covers {other.get_text()!r}")
    return found


def _boxes(figure):
    FigureCanvasAgg(figure).draw()
    renderer = figure.canvas.get_renderer()
    hidden = {id(label) for axes in figure.axes for label in _hidden_labels(axes)}
    texts = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    return [(text, text.get_window_extent(renderer)) for text in texts if id(text) not in hidden]


def _hidden_labels(axes):
    """Give the tick labels, and axis labels, that matplotlib keeps but does not draw."""
    for axis in (axes.xaxis, axes.yaxis):
        shown = axis.get_visible() and axes.axison and axes.get_visible()
        drawn = {id(tick) for tick in axis._update_ticks()} if shown else set()
        for tick in (*axis.majorTicks, *axis.minorTicks):
            if id(tick) not in drawn:
                yield from (tick.label1, tick.label2)
        if not shown:
            yield axis.label


def _inside(box, page):
    return box.x0 >= page.x0 and box.y0 >= page.y0 and box.x1 <= page.x1 and box.y1 <= page.y1
