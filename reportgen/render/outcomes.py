"""What a collection came to: a table that fits a terminal of 80 columns, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reportgen.render.results import printable

_WIDTH = 80
_COUNTS = ("collected", "denied", "not-enabled", "throttled", "failed")
_HEADS = ("Read", "Denied", "Not enabled", "Throttled", "Failed")


def as_table(rows: Sequence[Mapping[str, Any]], place: str) -> str:
    """One line an account, then each source that was not read, with the accounts."""
    head = f"{'Account':12}  {'Name':18.18}" + "".join(f"  {name:>{len(name)}}" for name in _HEADS)
    lines = [head, *(_line(row) for row in rows), ""]
    missing: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for key, why in row["missing"].items():
            missing.setdefault((key, why), []).append(row["account_id"])
    for (key, why), accounts in sorted(missing.items()):
        lines += _wrapped(f"{key} ({_some(accounts)}): {why}")
    if missing:
        lines.append("What rests on these will be not-evaluated.")
    for row in rows:
        for name, counts in row["control_totals"].items():
            if counts["difference"]:
                told = ", ".join(f"{k} {v}" for k, v in counts.items() if k != "difference")
                lines += _wrapped(
                    f"{row['account_id']}: {name} differ by {counts['difference']}: {told}"
                )
    done = [row for row in rows if row["state"] == "collected"]
    if len(done) == 1:
        lines.append(
            f"Snapshot {done[0]['snapshot']} of account {done[0]['account_id']} is in {place}."
        )
    else:
        lines.append(f"{len(done)} of {len(rows)} accounts are in {place}.")
    return "".join(f"{printable(line)}\n" for line in lines)


def _line(row: Mapping[str, Any]) -> str:
    start = f"{row['account_id']:12}  {row['name'] or '-':18.18}"
    if row["state"] != "collected":
        return f"{start}  {row['state']}: {row['detail']}"[:_WIDTH]
    states = list(row["sources"].values())
    numbers = (states.count(status) for status in _COUNTS)
    return start + "".join(f"  {n:>{len(h)}}" for n, h in zip(numbers, _HEADS, strict=True))


def _some(accounts: Sequence[str]) -> str:
    more = f" and {len(accounts) - 3} more" if len(accounts) > 3 else ""
    return f"{', '.join(accounts[:3])}{more}"


def _wrapped(text: str) -> list[str]:
    from textwrap import wrap

    return wrap(text, _WIDTH, subsequent_indent="  ")


def render_outcomes(outcomes: Sequence[Any], output_format: str, place: str) -> str:
    """Outcomes of accounts as ``table`` or ``json``."""
    rows = [outcome.to_json() for outcome in outcomes]
    if output_format == "json":
        return json.dumps({"accounts": rows}, indent=1, ensure_ascii=False) + "\n"
    return as_table(rows, place)
