"""What doctor found: a table that fits a terminal of 80 columns, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING

from reportgen.render.results import printable

if TYPE_CHECKING:
    from reportgen.collect.doctor import Examined

_WIDTH = 80
_WORDS = {"collected": "allowed", "not-enabled": "not enabled"}


def render_examined(rows: Sequence[Examined], output_format: str) -> str:
    """Examined sources as ``table`` or ``json``."""
    if output_format == "json":
        return (
            json.dumps({"sources": [asdict(r) for r in rows]}, indent=1, ensure_ascii=False) + "\n"
        )
    lines = []
    for row in rows:
        word = _WORDS.get(row.status.value, row.status.value)
        lines.append(f"{row.key:32.32}  {word:11}  {_cost(row)}".rstrip()[:_WIDTH])
        if row.lacking:
            lines += _indented(f"needs {', '.join(row.lacking)}")
        elif row.detail:
            lines += _indented(row.detail)
    gaps = [row for row in rows if row.controls]
    total = len({control for row in gaps for control in row.controls})
    if gaps:
        lines.append(
            f"{total} controls cannot be judged. `reportgen init iam-policy` prints the rights."
        )
    else:
        lines.append("Everything that the controls need can be read.")
    return "".join(f"{printable(line)}\n" for line in lines)


def _cost(row: Examined) -> str:
    if not row.controls:
        return ""
    return f"{len(row.controls)} controls, {row.share:g} % of the score"


def _indented(text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")
