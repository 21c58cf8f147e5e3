"""The page is whole, the same each time, and no text of the user's gets out of its place."""

import base64
import hashlib
import json
from html.parser import HTMLParser

import pyarrow as pa
import pytest
from tests.unit.lartpc.explorer.pages import inputs

from rootline.core.errors import UserError
from rootline.lartpc.explorer.page import SCRIPTS, build_page, escape_json

HOSTILE = "</script><script>alert('1')</script><!--<b>&amp;\u2028"


class Elements(HTMLParser):
    """Scripts of a page as (attributes, text), other tags, and the policy."""

    def __init__(self, page):
        super().__init__()
        self.scripts, self.tags, self.policy, self.title = [], [], "", ""
        self._inside = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._inside = tag
        attributes = dict(attrs)
        if tag == "script":
            self.scripts.append([attributes, ""])
        else:
            self.tags.append((tag, attributes))
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts[-1][1] += data
        elif self._inside == "title":
            self.title += data


def test_equal_input_gives_equal_bytes():
    assert inputs().build() == inputs().build()


def test_only_scripts_that_the_policy_names_run_and_nothing_is_loaded():
    page = Elements(inputs().build())
    programs = [text for attributes, text in page.scripts if "type" not in attributes]
    assert len(programs) == len(SCRIPTS)
    for program in programs:
        digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.policy
    assert page.policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in page.policy and "connect-src" not in page.policy and "'unsafe-inline' " not in page.policy
    assert not [attributes for attributes, _ in page.scripts if "src" in attributes]
    links = [value for _, attributes in page.tags for name, value in attributes.items() if name in {"src", "href"}]
    assert links == ["data:,"]


def test_no_text_leaves_its_place():
    quiet = Elements(build_page({"facts": ["calm"]}, {}, title="calm"))
    loud = Elements(build_page({"facts": [HOSTILE]}, {}, title=HOSTILE))
    assert [tag for tag, _ in loud.tags] == [tag for tag, _ in quiet.tags]
    assert len(loud.scripts) == len(quiet.scripts)
    (description,) = (text for attributes, text in loud.scripts if attributes.get("id") == "description")
    assert json.loads(description) == {"facts": [HOSTILE]}
    assert loud.title == HOSTILE


def test_json_is_refused_where_no_page_could_read_it():
    with pytest.raises(ValueError, match="not JSON compliant"):
        escape_json({"value": float("nan")})


def test_an_event_number_that_a_page_cannot_hold_is_refused():
    made = inputs()
    for name in ("latents", "embedding", "features", "scores"):
        made.others[name] = made.others[name].assign(event=lambda rows: rows["event"] + 2**53)
    events = pa.array(made.tracks["event"].to_numpy() + 2**53)
    tracks = made.tracks.set_column(made.tracks.column_names.index("event"), "event", events)
    keys = made.keys.assign(event=made.keys["event"] + 2**53)
    with pytest.raises(UserError, match="above 9007199254740992, which the explorer's page cannot hold exactly"):
        made._replace(tracks=tracks, keys=keys).build()


def test_tracks_without_images_are_named():
    made = inputs()
    with pytest.raises(UserError, match="is in latents but not in the keys of the images"):
        made._replace(keys=made.keys.iloc[:-1]).build()
