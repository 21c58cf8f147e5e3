"""The page: template, style, scripts and data in one HTML file that loads nothing from anywhere."""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any, Final

from rootline.lartpc.explorer.packing import pack

SCRIPTS: Final = (
    "unpack.js",
    "decoder.js",
    "study.js",
    "map.js",
    "track.js",
    "sliders.js",
    "marks.js",
    "search.js",
    "explorer.js",
)
"""Scripts in the order in which they run; each may use those before it."""


def build_page(description: Mapping[str, Any], blocks: Mapping[str, str], *, title: str) -> str:
    """Put the explorer's page together.

    Every text of the user's goes into JSON, which no text can leave, or is
    escaped. A policy in the page forbids the browser to load or send
    anything, and to run any script but those that are named by their hash.

    Parameters
    ----------
    description : mapping
        Anything JSON can hold, for the scripts.
    blocks : mapping of str
        Name to base64: what `packing.pack` gives.
    title : str
        Title of the page.
    """
    from plotly.offline import get_plotlyjs

    folder = files("rootline.lartpc.explorer")
    scripts = [folder.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS]
    plotting: str = get_plotlyjs()
    sources = " ".join(_hash_source(script) for script in (plotting, *scripts))
    policy = (
        f"default-src 'none'; script-src {sources} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    packed = {"plotting": pack(plotting.encode()), **blocks}
    return Template(folder.joinpath("page.html").read_text(encoding="utf-8")).substitute(
        policy=html.escape(policy, quote=True).replace("&#x27;", "'"),
        title=html.escape(title),
        style=folder.joinpath("style.css").read_text(encoding="utf-8"),
        description=escape_json(description),
        blocks="\n".join(
            f'<script type="text/plain" id="block-{name}">{text}</script>' for name, text in packed.items()
        ),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def escape_json(value: Any) -> str:
    r"""Write JSON that may stand inside a script element: ``<``, ``>`` and ``&`` become ``\u003c`` and so on."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash_source(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
