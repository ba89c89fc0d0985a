"""The log of a run in one account: who read what, when, how, and under which request ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from reportgen import __version__
from reportgen.clock import now, parse_http_date, parse_moment, to_text
from reportgen.evidence.store import Item, sha256
from reportgen.model import Envelope, Grade, Status, canonical_json

# The name that the log has among an account's evidence.
LOG = "collection-log"


def log_of(run_id: str, resumed: bool, items: Mapping[str, Item], about: Mapping[str, Any]) -> Item:
    """The log as evidence, of what was read by evidence key and what the run has to say ``about``
    the account beside.
    """
    envelopes = [items[key].envelope for key in sorted(items)]
    body = {
        "run": run_id,
        "resumed": resumed,
        "tool_version": __version__,
        "callers": sorted({e.caller_arn for e in envelopes if e.caller_arn}),
        "sources": [_read_log(e) for e in envelopes],
        "clock": clock_told(envelopes),
        **about,
    }
    content = canonical_json(body)
    first = envelopes[0]
    envelope = Envelope(
        source=LOG,
        operation="reportgen:collect",
        parameters={},
        account_id=first.account_id,
        partition=first.partition,
        region=first.region,
        caller_arn=first.caller_arn,
        collected_at=max(e.collected_at for e in envelopes),
        recorded_at=to_text(now()),
        tool_version=__version__,
        status=Status.COLLECTED,
        detail="",
        origin="run",
        grade=Grade.GOOD,
        file=f"{LOG}.json",
        sha256=sha256(content),
        bytes=len(content),
    )
    return Item(envelope, content)


# AWS refuses requests that are signed further than this from its own time.
_SKEW = timedelta(minutes=5)


def clock_told(envelopes: Iterable[Envelope]) -> str:
    """What is to be said of the clock: nothing, or the reads that it dates otherwise than AWS."""
    wrong: dict[str, timedelta] = {}
    for envelope in envelopes:
        dates = [parse_http_date(request.date) for request in envelope.requests[:1]]
        if dates and dates[0] is not None:
            wrong[envelope.key] = parse_moment(envelope.collected_at) - dates[0]
    wrong = {key: away for key, away in wrong.items() if abs(away) > _SKEW}
    if not wrong:
        return ""
    key, away = max(wrong.items(), key=lambda pair: (abs(pair[1]), pair[0]))
    said = f"{abs(away)} {'after' if away > timedelta(0) else 'before'} AWS's date"
    return f"the clock of this machine is wrong: {len(wrong)} reads, {key} {said}"


def _read_log(envelope: Envelope) -> dict[str, Any]:
    return {
        "key": envelope.key,
        "operation": envelope.operation,
        "status": envelope.status.value,
        "detail": envelope.detail,
        "collected_at": envelope.collected_at,
        "requests": [
            {"id": r.request_id, "date": r.date, "http_status": r.http_status, "retries": r.retries}
            for r in envelope.requests
        ],
    }
