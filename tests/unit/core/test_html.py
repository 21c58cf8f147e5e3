"""Pages of HTML: what goes in is text and stays text."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from rootline.core.html import heading, page, paragraph, preformatted, table

NASTY = "<script>alert('x')</script> & \"y\""

HOSTILE = (
    "<script>window.canary = 1</script>",
    "</title></style></script><script>window.canary = 1</script>",
    '"><img src="https://example.org/x.png" onerror="window.canary = 1">',
    "' onload='window.canary = 1",
    "<svg onload=window.canary=1>",
    "&lt;b&gt;&#60;i&#62;",
    "<a href='javascript:window.canary = 1'>\u202eabc\u2028 日本 é</a>",
)


class Reader(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.words = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    return reader


def test_every_text_is_escaped_wherever_it_stands():
    found = read(
        page(
            NASTY,
            heading(NASTY),
            paragraph(NASTY),
            preformatted(NASTY, summary=NASTY),
            table({NASTY: [NASTY]}, caption=NASTY),
        )
    )
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found.tags}
    assert found.words.count(NASTY) == 9


def test_a_page_stands_alone():
    text = page("one", paragraph("two"))
    assert text.startswith("<!doctype html>") and "utf-8" in text
    assert "://" not in text and "src=" not in text and "url(" not in text
    (policy,) = (attributes["content"] for tag, attributes in read(text).tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';") and "script" not in policy


@pytest.mark.slow
def test_in_a_browser_hostile_text_is_shown_and_neither_runs_nor_loads_anything(browser, tmp_path):
    blocks = [heading, paragraph, preformatted, lambda text: table({text: [text]}, caption=text)]
    # With the policy and without: no text may even try.
    whole = page("".join(HOSTILE), *(block(text) for text in HOSTILE for block in blocks))
    bare = re.sub(r"<meta http-equiv[^>]*>", "", whole)
    assert bare != whole
    for name, text in {"page.html": whole, "bare.html": bare}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        with browser.open((tmp_path / name).as_uri()) as opened:
            assert opened.run("window.canary") is None
            assert (
                opened.run("document.querySelectorAll('script, img, svg, iframe, a, base, [onerror], [onload]').length")
                == 0
            )
            shown = opened.run(
                "[...document.querySelectorAll('h2, p, pre, caption, th, td')].map((one) => one.textContent)"
            )
            assert {written: shown.count(written) for written in HOSTILE} == dict.fromkeys(HOSTILE, 6)
            assert opened.run("document.title") == "".join(HOSTILE)
            assert opened.complaints() == []


def test_columns_of_numbers_stand_right_and_others_left():
    frame = pd.DataFrame({"n": [1, 22], "interval": ["0.8 [0.7, 0.9]", ""], "words": ["a", "3"], "empty": ["", ""]})
    found = read(table(frame))
    heads = [attributes.get("class") for tag, attributes in found.tags if tag == "th"]
    assert heads == ["number", "number", None, None]
    cells = [attributes.get("class") for tag, attributes in found.tags if tag == "td"]
    assert cells == heads * 2


def test_a_table_without_rows_is_a_table():
    assert [tag for tag, _ in read(table({"a": []})).tags] == ["table", "thead", "tr", "th", "tbody"]
