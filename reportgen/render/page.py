"""The report as one self-contained HTML page: no request leaves it, and it works without script."""

from __future__ import annotations

import base64
import hashlib
import re

from markupsafe import Markup

from reportgen.render.look import Look
from reportgen.render.report import document
from reportgen.report.summary import Summary
from reportgen.resources import data_folder

# Files of @font-face rules; a browser has fonts of its own for the other scripts.
_FACES = ("styles/fonts.css",)
_URL = re.compile(r"url\(\s*['\"]?(?:\.\./)?(fonts/[^'\")]+)['\"]?\s*\)")


def render_page(summary: Summary, look: Look | None = None) -> str:
    """Return the page: the sections of the PDF with every list whole, to filter, sort and search.

    Raises RenderError for a template that is broken.
    """
    folder = data_folder("templates")

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    def inline(match: re.Match[str]) -> str:
        content = base64.b64encode((folder / match[1]).read_bytes()).decode()
        return f"url(data:font/woff2;base64,{content})"

    faces = "".join(_URL.sub(inline, read(name)) for name in _FACES)
    # Rules of pages mean nothing on a screen.
    style = faces + read("styles/report.css") + read("web/page.css")
    script = read("web/page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return document(
        "web/page.html",
        summary,
        look or Look(),
        paper=False,
        # Our own files, so they are markup; nothing of a summary is in them.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        script_hash=Markup(f"sha256-{digest}"),  # noqa: S704
    )
