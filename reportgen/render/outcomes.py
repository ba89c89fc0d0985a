"""What a collection came to: a table that fits a terminal of 80 columns, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from reportgen.render.results import printable

if TYPE_CHECKING:
    from reportgen.collect.fleet import AccountOutcome

_WIDTH = 80
_COUNTS = ("collected", "denied", "not-enabled", "throttled", "failed")
_HEADS = ("Read", "Denied", "Not enabled", "Throttled", "Failed")


def render_outcomes(outcomes: Sequence[AccountOutcome], output_format: str, place: str) -> str:
    """Outcomes of accounts as ``table`` or ``json``."""
    if output_format == "json":
        rows = [outcome.to_json() for outcome in outcomes]
        return json.dumps({"accounts": rows}, indent=1, ensure_ascii=False) + "\n"
    lines = [_HEAD, *(_line(o) for o in outcomes), "", *_missing(outcomes), *_totals(outcomes)]
    lines += _regions(outcomes)
    lines += [line for o in outcomes if o.clock for line in _wrapped(f"{o.account_id}: {o.clock}")]
    done = [o for o in outcomes if o.snapshot]
    if len(done) == 1:
        lines.append(f"Snapshot {done[0].snapshot} of account {done[0].account_id} is in {place}.")
    else:
        lines.append(f"{len(done)} of {len(outcomes)} accounts are in {place}.")
    return "".join(f"{printable(line)}\n" for line in lines)


_HEAD = f"{'Account':12}  {'Name':18}" + "".join(f"  {name}" for name in _HEADS)


def _line(outcome: AccountOutcome) -> str:
    start = f"{outcome.account_id:12}  {outcome.name or '-':18.18}"
    if outcome.state.value != "collected":
        return f"{start}  {outcome.state.value}: {outcome.detail}"[:_WIDTH]
    states = [status.value for status in outcome.statuses.values()]
    numbers = (states.count(status) for status in _COUNTS)
    return start + "".join(f"  {n:>{len(h)}}" for n, h in zip(numbers, _HEADS, strict=True))


def _missing(outcomes: Sequence[AccountOutcome]) -> list[str]:
    """Each source that was not read somewhere, with the accounts and why."""
    accounts: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        for key, why in outcome.missing.items():
            accounts.setdefault((key, why), []).append(outcome.account_id)
    lines = [
        line
        for (key, why), names in sorted(accounts.items())
        for line in _wrapped(f"{key} ({_some(names)}): {why}")
    ]
    return [*lines, "What rests on these will be not-evaluated."] if lines else []


def _totals(outcomes: Sequence[AccountOutcome]) -> list[str]:
    """Control totals that differ; those that agree are in the log."""
    lines = []
    for outcome in outcomes:
        for name, counts in outcome.totals.items():
            if counts["difference"]:
                told = ", ".join(f"{k} {v}" for k, v in counts.items() if k != "difference")
                head = f"{outcome.account_id}: {name} differ by {counts['difference']}"
                lines += _wrapped(f"{head}: {told}")
    return lines


def _regions(outcomes: Sequence[AccountOutcome]) -> list[str]:
    """Regions that were not read though they are switched on, and those asked for that are not."""
    accounts: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for outcome in outcomes:
        for said, names in (
            ("Switched on and not read", outcome.regions.unread),
            ("Not switched on", outcome.regions.off),
        ):
            if names:
                accounts.setdefault((said, names), []).append(outcome.account_id)
    return [
        line
        for (said, names), where in accounts.items()
        for line in _wrapped(f"{said} ({_some(where)}): {', '.join(names)}")
    ]


def _some(accounts: Sequence[str]) -> str:
    more = f" and {len(accounts) - 3} more" if len(accounts) > 3 else ""
    return f"{', '.join(accounts[:3])}{more}"


def _wrapped(text: str) -> list[str]:
    return wrap(text, _WIDTH, subsequent_indent="  ")
