"""The views are documented, column by column."""

from __future__ import annotations

from pathlib import Path

from reportgen.query.views import VIEWS

DOCS = Path(__file__).parents[2] / "docs" / "query.md"


def test_every_view_and_column_is_documented() -> None:
    documented: dict[str, list[tuple[str, str, str]]] = {}
    name = ""
    for line in DOCS.read_text().splitlines():
        if line.startswith("## "):
            name = line[3:]
            documented[name] = []
        elif line.startswith("| `"):
            cells = [cell.strip(" `") for cell in line.split("|")[1:-1]]
            documented[name].append((cells[0], cells[1], cells[2]))
    assert documented == {v.name: [(c.name, c.kind, c.about) for c in v.columns] for v in VIEWS}
    prose = " ".join(DOCS.read_text().split())
    assert all(view.about in prose for view in VIEWS)
