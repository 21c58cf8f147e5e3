"""Pages of HTML: what goes in is text and stays text."""

from html.parser import HTMLParser

import pandas as pd

from rootline.core.html import heading, page, paragraph, preformatted, table

NASTY = "<script>alert('x')</script> & \"y\""


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
    assert "http" not in text and "src=" not in text and "url(" not in text


def test_columns_of_numbers_stand_right_and_others_left():
    frame = pd.DataFrame({"n": [1, 22], "interval": ["0.8 [0.7, 0.9]", ""], "words": ["a", "3"], "empty": ["", ""]})
    found = read(table(frame))
    heads = [attributes.get("class") for tag, attributes in found.tags if tag == "th"]
    assert heads == ["number", "number", None, None]
    cells = [attributes.get("class") for tag, attributes in found.tags if tag == "td"]
    assert cells == heads * 2


def test_a_table_without_rows_is_a_table():
    assert [tag for tag, _ in read(table({"a": []})).tags] == ["table", "thead", "tr", "th", "tbody"]
