"""Collect one account: every source in turn, each with its envelope, whatever its outcome."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reportgen import __version__
from reportgen.clock import now, to_text
from reportgen.collect.session import Session
from reportgen.errors import CollectError
from reportgen.evidence import answers
from reportgen.evidence.store import Item, sha256
from reportgen.model import Envelope, Grade, Status
from reportgen.sources import own_sources
from reportgen.sources.source import Aws, ReadError, Reading, Scope, Source

# Called with (source, status, detail) as each source ends.
Progress = Callable[[str, Status, str], None]


@dataclass(frozen=True)
class Failure:
    """A read that gave no answer: how it ended, why, and what AWS answered until then."""

    status: Status
    error: ReadError
    reading: Reading


Outcome = Reading | Failure


@dataclass(frozen=True)
class _About:
    """What all items of one run share."""

    partition: str
    account_id: str
    caller: str
    region: str
    collected_at: str


_ARN_ACCOUNT = re.compile(r"arn:(aws[\w-]*):(?:iam|sts)::(\d{12}):")


def collect(
    session: Session, progress: Progress, sources: Mapping[str, Source] | None = None
) -> tuple[str, list[Item]]:
    """Read every source of the caller's account; returns the moment of collection and the items.

    A source that fails is kept as an envelope that says so. Raises CollectError when nothing
    tells which account it is.
    """
    wanted = own_sources() if sources is None else sources
    collected_at = to_text(now())
    outcomes: dict[str, Outcome] = {}
    for source in wanted.values():
        outcomes[source.name] = _read(session, source, outcomes)
        _report(progress, source, outcomes[source.name])
    partition, account_id, caller = _whose(outcomes)
    about = _About(partition, account_id, caller, session.region, collected_at)
    return collected_at, [_item(source, outcomes[source.name], about) for source in wanted.values()]


def _read(session: Session, source: Source, outcomes: Mapping[str, Outcome]) -> Outcome:
    """Read one source; ``outcomes`` has those that it comes after."""
    earlier = {name: o for name in source.after if isinstance(o := outcomes[name], Reading)}
    aws = Aws(session, session.region if source.scope is Scope.REGION else "", earlier)
    try:
        answer = source.read(aws)
    except ReadError as error:
        # What AWS answered until then is kept: it may show why.
        return Failure(
            source.status(error.code) if error.code in source.absent else error.status,
            error,
            aws.reading,
        )
    if isinstance(answer, bytes):
        aws.reading.content = answer
    else:
        aws.reading.data = dict(answer)
    return aws.reading


def _report(progress: Progress, source: Source, outcome: Outcome) -> None:
    if isinstance(outcome, Failure):
        progress(source.name, outcome.status, str(outcome.error))
    else:
        progress(source.name, Status.COLLECTED, outcome.detail)


def _whose(outcomes: Mapping[str, Outcome]) -> tuple[str, str, str]:
    """Partition, account and caller; from the answers' ARNs where STS would not say."""
    identity = outcomes["caller-identity"]
    if isinstance(identity, Reading):
        arn, account = str(identity.data.get("Arn", "")), str(identity.data.get("Account", ""))
        if re.fullmatch(r"\d{12}", account):
            partition = arn.split(":")[1] if arn.startswith("arn:") else "aws"
            return partition, account, arn
    for outcome in outcomes.values():
        if isinstance(outcome, Reading):
            body = outcome.content or json.dumps(outcome.data, default=_jsonable).encode()
            match = _ARN_ACCOUNT.search(body.decode("utf-8", "replace"))
            if match:
                return match[1], match[2], ""
    if all(isinstance(outcome, Failure) for outcome in outcomes.values()):
        first = identity.error if isinstance(identity, Failure) else ""
        raise CollectError(
            f"AWS answered none of the requests; the first: {first}",
            "Check the network, AWS_ENDPOINT_URL and the permissions of the caller.",
        )
    raise CollectError("Nothing that AWS answered tells which account this is.")


def _item(source: Source, outcome: Outcome, about: _About) -> Item:
    """The evidence of one source, with its envelope."""
    failure = outcome if isinstance(outcome, Failure) else None
    reading = outcome.reading if isinstance(outcome, Failure) else outcome
    key = f"{source.name}@{about.region}" if source.scope is Scope.REGION else source.name
    content, file = (b"", "") if failure else _content(key, reading)
    content, redacted = answers.redact(content)
    bodies = [answers.redact(body)[0] for body in reading.bodies]
    raw = [
        [f"raw/{key}-{n:04}.{'json' if body[:1] == b'{' else 'xml'}", sha256(body)]
        for n, body in enumerate(bodies, start=1)
    ]
    envelope = Envelope(
        source=source.name,
        operation=source.operation,
        parameters=reading.parameters,
        account_id=about.account_id,
        partition=about.partition,
        region=about.region,
        caller_arn=about.caller,
        collected_at=about.collected_at,
        recorded_at=to_text(now()),
        tool_version=__version__,
        status=failure.status if failure else Status.COLLECTED,
        detail=str(failure.error) if failure else reading.detail,
        origin="aws",
        grade=Grade.GOOD,
        file=file,
        sha256=sha256(content) if file else "",
        bytes=len(content),
        generated_time=reading.generated_time,
        requests=reading.requests,
        raw=raw,
        redacted=redacted,
        scope="region" if source.scope is Scope.REGION else "account",
    )
    return Item(envelope, content, bodies)


def _content(key: str, reading: Reading) -> tuple[bytes, str]:
    """The answer as it is kept: the report's CSV as it came, the rest as the AWS CLI prints it."""
    if reading.content is not None:
        return reading.content, f"{key}.csv"
    text = json.dumps(reading.data, default=_jsonable, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass") + b"\n", f"{key}.json"


def _jsonable(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"an answer holds a {type(value).__name__}")
