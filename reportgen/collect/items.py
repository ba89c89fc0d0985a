"""What a read came to, as evidence: the answer, the wire bytes, and the envelope around them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reportgen import __version__
from reportgen.clock import now, to_text
from reportgen.collect.masking import masked, masked_bodies, withheld
from reportgen.evidence import answers
from reportgen.evidence.store import Item, sha256
from reportgen.model import Envelope, Grade, Status
from reportgen.sources.source import ReadError, Reading, Source


@dataclass(frozen=True)
class Failure:
    """A read that gave no answer: how it ended, why, and what AWS answered until then."""

    status: Status
    error: ReadError
    reading: Reading


Outcome = Reading | Failure


@dataclass(frozen=True)
class Whose:
    """Whose evidence it is, and who asked."""

    partition: str
    account_id: str
    caller: str


@dataclass(frozen=True)
class Read:
    """One source as it was read: in which region (empty: not regional), when, and what came."""

    source: Source
    region: str
    read_at: str
    outcome: Outcome

    @property
    def key(self) -> str:
        """The evidence key."""
        return f"{self.source.name}@{self.region}" if self.region else self.source.name

    @property
    def status(self) -> Status:
        """How the read ended."""
        failed = isinstance(self.outcome, Failure)
        return self.outcome.status if failed else Status.COLLECTED  # type: ignore[union-attr]

    @property
    def detail(self) -> str:
        """Why there is no answer, or what is short of a whole one."""
        outcome = self.outcome
        return str(outcome.error) if isinstance(outcome, Failure) else outcome.detail


def item_of(read: Read, whose: Whose, session_region: str) -> Item:
    """The evidence of one source, with its envelope."""
    failed = isinstance(read.outcome, Failure)
    reading = read.outcome.reading if isinstance(read.outcome, Failure) else read.outcome
    content, file = (b"", "") if failed else _content(read, reading)
    content, redacted = answers.redact(content)
    bodies = masked_bodies(read.source, reading.bodies)
    raw = [
        [f"raw/{read.key}-{n:04}.{'json' if body[:1] == b'{' else 'xml'}", sha256(body)]
        for n, body in enumerate(bodies, start=1)
    ]
    envelope = Envelope(
        source=read.source.name,
        operation=read.source.operation,
        parameters=reading.parameters,
        account_id=whose.account_id,
        partition=whose.partition,
        region=read.region or session_region,
        caller_arn=whose.caller,
        collected_at=read.read_at,
        recorded_at=to_text(now()),
        tool_version=__version__,
        status=read.status,
        detail=read.detail,
        origin="aws",
        grade=Grade.GOOD,
        file=file,
        sha256=sha256(content) if file else "",
        bytes=len(content),
        generated_time=reading.generated_time,
        requests=reading.requests,
        raw=raw,
        redacted=redacted + withheld(read.source),
        scope="region" if read.region else "account",
    )
    return Item(envelope, content, bodies)


def reading_of(item: Item) -> Reading | None:
    """What a source gave, from the evidence that was kept of it; None where it gave nothing."""
    if item.envelope.status is not Status.COLLECTED:
        return None
    if item.envelope.file.endswith(".csv"):
        return Reading(content=item.content, generated_time=item.envelope.generated_time)
    return Reading(data=json.loads(item.content), parameters=item.envelope.parameters)


def _content(read: Read, reading: Reading) -> tuple[bytes, str]:
    """The answer as it is kept: the report's CSV as it came, the rest as the AWS CLI prints it."""
    if reading.content is not None:
        return reading.content, f"{read.key}.csv"
    answer = masked(read.source, reading.data)
    text = json.dumps(answer, default=jsonable, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass") + b"\n", f"{read.key}.json"


def jsonable(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"an answer holds a {type(value).__name__}")
