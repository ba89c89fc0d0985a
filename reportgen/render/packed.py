"""The pages of a pack: HTML that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import Environment

from reportgen.render.look import Look
from reportgen.render.templates import environment, rendering
from reportgen.report.frameworks import Scorecard
from reportgen.report.packed import Index, Page, Piece
from reportgen.report.summary import Summary


class PackPages:
    """Renders the pages of one pack. Each raises RenderError for a template that is broken."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary
        self._templates: Environment = environment(summary, Look())

    def index(self, index: Index) -> bytes:
        """The first page, which leads to all others."""
        return self._page("index", index=index)

    def control(self, page: Page) -> bytes:
        """The page of one control."""
        return self._page("control", page=page)

    def framework(self, framework: Scorecard) -> bytes:
        """The page of one framework: each requirement with its controls."""
        return self._page("framework", framework=framework)

    def collection(
        self, account: str, name: str, snapshots: Iterable[tuple[str, list[Piece]]]
    ) -> bytes:
        """The page of one account: every read, snapshot by snapshot."""
        return self._page("collection", account=account, name=name, snapshots=list(snapshots))

    def _page(self, template: str, **values: Any) -> bytes:
        text = rendering(
            lambda: self._templates.get_template(f"pack/{template}.html").render(
                s=self._summary, **values
            )
        )
        return text.encode("utf-8", "replace")
