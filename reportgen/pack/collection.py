"""The collection log: who read what, in which role, when, under which AWS request ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reportgen.evidence.store import Snapshot
from reportgen.model import Envelope, Status
from reportgen.pack.manifest import EVIDENCE
from reportgen.report.packed import Piece, UnreadSource
from reportgen.sources.source import Scope, Source

_HEADING = (
    "id", "snapshot", "account_id", "source", "operation", "parameters", "region", "caller_arn",
    "status", "detail", "grade", "origin", "collected_at", "recorded_at", "generated_time",
    "aws_dates", "request_ids", "retries", "bytes", "sha256", "file", "tool_version",
)  # fmt: skip


def pieces(snapshot: Snapshot) -> Iterator[Piece]:
    """Every piece of evidence of a snapshot, by account and source."""
    for envelope in sorted(snapshot.envelopes, key=lambda e: (e.account_id, e.key)):
        yield _piece(snapshot, envelope)


def _piece(snapshot: Snapshot, envelope: Envelope) -> Piece:
    return Piece(
        envelope.id,
        snapshot.id,
        envelope.account_id,
        envelope.key,
        envelope.operation,
        json.dumps(envelope.parameters, sort_keys=True) if envelope.parameters else "",
        envelope.region,
        envelope.caller_arn,
        envelope.status.value,
        envelope.detail,
        envelope.grade.value,
        envelope.origin,
        envelope.collected_at,
        envelope.recorded_at,
        envelope.generated_time,
        envelope.bytes,
        envelope.sha256,
        envelope.tool_version,
        tuple(_files(snapshot, envelope)),
        tuple((r.request_id, r.date, r.http_status, r.retries) for r in envelope.requests),
    )


def _files(snapshot: Snapshot, envelope: Envelope) -> Iterator[tuple[str, str]]:
    names = [("answer", envelope.file)] if envelope.file else []
    names += [(f"as it came, {n}", file) for n, (file, _) in enumerate(envelope.raw, start=1)]
    names.append(("envelope", f"{envelope.key}.envelope.json"))
    for label, name in names:
        found = snapshot.files.get(f"{envelope.account_id}/{name}")
        if found is not None:
            yield label, EVIDENCE + found[0]


def log_rows(pieces: Iterable[Piece]) -> Iterator[tuple[Any, ...]]:
    """The lines of ``collection/log.csv``, its heading first."""
    yield _HEADING
    for p in pieces:
        yield (
            p.id, p.snapshot, p.account_id, p.source, p.operation, p.parameters, p.region,
            p.caller_arn, p.status, p.detail, p.grade, p.origin, p.collected_at, p.recorded_at,
            p.generated_time, " ".join(dict.fromkeys(r[1] for r in p.requests if r[1])),
            " ".join(r[0] for r in p.requests), sum(r[3] for r in p.requests), p.bytes, p.sha256,
            p.files[0][1] if p.files else "", p.tool_version,
        )  # fmt: skip


def unread(
    positions: Mapping[str, Snapshot], names: Mapping[str, str], wanted: Iterable[Source]
) -> Iterator[UnreadSource]:
    """What the period's end rests on and was not read, or that nobody tried to read.

    ``wanted`` are the sources that controls ask for. What one account shows of the organisation
    is not missing from the others; what is not enabled in an account is an answer.
    """
    everywhere = {
        envelope.source
        for account, snapshot in positions.items()
        for envelope in snapshot.of_account(account).values()
    }
    sources = [
        s.name
        for s in sorted(wanted, key=lambda s: s.name)
        if s.scope is not Scope.ORGANISATION or s.name not in everywhere
    ]
    for account, snapshot in positions.items():
        here = snapshot.of_account(account)
        read = {envelope.source for envelope in here.values()}
        for key, e in sorted(here.items()):
            if e.status not in (Status.COLLECTED, Status.NOT_ENABLED):
                yield UnreadSource(
                    names[account], account, key, e.status.value, e.detail, e.collected_at, e.id,
                    snapshot.id,
                )  # fmt: skip
        for source in sources:
            if source not in read:
                yield UnreadSource(
                    names[account], account, source, "absent", "Nobody tried to read it.", "", "",
                    snapshot.id,
                )  # fmt: skip


def unread_rows(unread: Iterable[UnreadSource]) -> Iterator[tuple[Any, ...]]:
    """The lines of ``collection/not-read.csv``, its heading first."""
    yield (
        "account_id", "account", "source", "status", "detail", "collected_at", "evidence",
        "snapshot",
    )  # fmt: skip
    for u in unread:
        yield (
            u.account_id, u.account, u.source, u.status, u.detail, u.collected_at, u.evidence,
            u.snapshot,
        )  # fmt: skip
