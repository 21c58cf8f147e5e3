"""Small pages of HTML: every text that goes in is escaped, nothing is loaded from elsewhere."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import pandas as pd

from rootline.core.counted import check_cells


class Html(str):
    """Text that is HTML already; only the functions of this module make it."""

    __slots__ = ()


_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may do with a page: show its text in its style. It runs nothing and loads nothing."""

_STYLE: Final = """
body { font: 14px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #111; margin: 1.2rem 1.6rem; }
h1 { font-size: 1.35rem; margin: 0 0 .6rem; } h2 { font-size: 1.08rem; margin: 1.5rem 0 .4rem; }
p { max-width: 62rem; margin: .4rem 0; }
table { border-collapse: collapse; margin: .4rem 0 .8rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #444; padding-bottom: .3rem; }
th, td { padding: .16rem .6rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid #777; background: #fff; position: sticky; top: 0; }
td.number, th.number { text-align: right; white-space: nowrap; }
pre { background: #f5f5f5; padding: .6rem .8rem; overflow: auto; font-size: 12px; max-width: 70rem; }
summary { cursor: pointer; color: #0072B2; }
""".strip()


def page(title: str, *blocks: Html) -> str:
    """Give a whole page that stands alone: one heading, then the blocks."""
    body = "\n".join(blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def heading(text: str) -> Html:
    """Give a heading of the second level."""
    return Html(f"<h2>{escape(text)}</h2>")


def paragraph(text: str) -> Html:
    """Give one paragraph."""
    return Html(f"<p>{escape(text)}</p>")


def table(columns: Mapping[str, Sequence[object]] | pd.DataFrame, *, caption: str = "") -> Html:
    """Give a table; a column whose filled cells all look like numbers stands right.

    Parameters
    ----------
    columns : mapping or data frame
        Values by the heading of their column, written as ``str`` does.
    caption : str
        Stands above the table; empty for none.

    Raises
    ------
    ValueError
        If a number with an interval stands in a row without its n.
    """
    frame = pd.DataFrame(columns).astype(object)
    names = [str(name) for name in frame.columns]
    texts = [[str(value) for value in row] for row in frame.itertuples(index=False)]
    check_cells(names, texts, name=caption or "a table")
    cells = [[row[place] for row in texts if row[place]] for place in range(len(names))]
    right = [bool(filled) and all(map(_is_number, filled)) for filled in cells]
    kinds = [' class="number"' if is_right else "" for is_right in right]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(names, kinds, strict=True))
    lines = ["".join(f"<td{kind}>{escape(text)}</td>" for text, kind in zip(row, kinds, strict=True)) for row in texts]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return Html(f"<table>{above}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>")


def preformatted(text: str, *, summary: str = "") -> Html:
    """Give text as it is, in fixed width; with a summary it is folded away behind it."""
    block = f"<pre>{escape(text)}</pre>"
    return Html(f"<details><summary>{escape(summary)}</summary>{block}</details>" if summary else block)


def _is_number(text: str) -> bool:
    """Tell whether a cell is a number, perhaps with its interval or unit, or stands for one that is missing."""
    return text[0] in "0123456789-+\N{MINUS SIGN}\N{EN DASH}"
