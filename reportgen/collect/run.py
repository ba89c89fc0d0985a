"""Collect one account: every source in turn, each with its envelope, whatever its outcome."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from reportgen import __version__
from reportgen.clock import now, to_text
from reportgen.collect.reading import Reading
from reportgen.collect.session import ReadError, Session
from reportgen.collect.sources import READERS, mfa_devices
from reportgen.errors import CollectError
from reportgen.evidence import answers
from reportgen.evidence.store import Item, sha256
from reportgen.model import SOURCES, Envelope, Grade, Status

# Called with (source, envelope) as each source ends.
Progress = Callable[[str, Status, str], None]

_ARN_ACCOUNT = re.compile(r"arn:(aws[\w-]*):(?:iam|sts)::(\d{12}):")


def collect(session: Session, progress: Progress) -> tuple[str, list[Item]]:
    """Read every source of the caller's account; returns the moment of collection and the items.

    A source that fails is kept as an envelope that says so. Raises CollectError when nothing
    tells which account it is.
    """
    collected_at = to_text(now())
    outcomes: dict[str, Reading | ReadError] = {}
    outcomes["caller-identity"] = _attempt(lambda: _identity(session))
    _report(progress, "caller-identity", outcomes["caller-identity"])
    for source, reader in READERS.items():
        outcomes[source] = _attempt(lambda reader=reader: reader(session))  # type: ignore[misc]
        _report(progress, source, outcomes[source])
    outcomes["mfa-devices"] = _attempt(
        lambda: mfa_devices(session, _reading(outcomes["credential-report"]))
    )
    _report(progress, "mfa-devices", outcomes["mfa-devices"])
    partition, account_id, caller = _whose(outcomes)
    items = [
        _item(source, outcomes[source], partition, account_id, caller, session.region, collected_at)
        for source in SOURCES
        if source in outcomes
    ]
    return collected_at, items


def _attempt(read: Callable[[], Reading]) -> Reading | ReadError:
    try:
        return read()
    except ReadError as error:
        return error


def _identity(session: Session) -> Reading:
    reading = Reading()
    reading.data = reading.add(session.call("sts", "get_caller_identity")).data
    return reading


def _reading(outcome: Reading | ReadError) -> Reading | None:
    return outcome if isinstance(outcome, Reading) else None


def _report(progress: Progress, source: str, outcome: Reading | ReadError) -> None:
    if isinstance(outcome, ReadError):
        progress(source, outcome.status, str(outcome))
    else:
        progress(source, Status.COLLECTED, outcome.detail)


def _whose(outcomes: dict[str, Reading | ReadError]) -> tuple[str, str, str]:
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
    if all(isinstance(outcome, ReadError) for outcome in outcomes.values()):
        raise CollectError(
            f"AWS answered none of the requests; the first: {identity}",
            "Check the network, AWS_ENDPOINT_URL and the permissions of the caller.",
        )
    raise CollectError("Nothing that AWS answered tells which account this is.")


def _item(
    source: str,
    outcome: Reading | ReadError,
    partition: str,
    account_id: str,
    caller: str,
    region: str,
    collected_at: str,
) -> Item:
    reading = outcome if isinstance(outcome, Reading) else Reading()
    status = Status.COLLECTED if isinstance(outcome, Reading) else outcome.status
    detail = reading.detail if isinstance(outcome, Reading) else str(outcome)
    content, file = b"", ""
    if isinstance(outcome, Reading):
        content, file = _content(source, outcome)
    content, redacted = answers.redact(content)
    bodies = [answers.redact(body)[0] for body in reading.bodies]
    raw = [
        [f"raw/{source}-{n:04}.{'json' if body[:1] == b'{' else 'xml'}", sha256(body)]
        for n, body in enumerate(bodies, start=1)
    ]
    envelope = Envelope(
        source=source,
        operation=SOURCES[source],
        parameters=reading.parameters,
        account_id=account_id,
        partition=partition,
        region=region,
        caller_arn=caller,
        collected_at=collected_at,
        recorded_at=to_text(now()),
        tool_version=__version__,
        status=status,
        detail=detail,
        origin="aws",
        grade=Grade.GOOD,
        file=file,
        sha256=sha256(content) if file else "",
        bytes=len(content),
        generated_time=reading.generated_time,
        requests=reading.requests,
        raw=raw,
        redacted=redacted,
    )
    return Item(envelope, content, bodies)


def _content(source: str, reading: Reading) -> tuple[bytes, str]:
    """The answer as it is kept: the report's CSV as it came, the rest as the AWS CLI prints it."""
    if reading.content is not None:
        return reading.content, f"{source}.csv"
    text = json.dumps(reading.data, default=_jsonable, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass") + b"\n", f"{source}.json"


def _jsonable(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"an answer holds a {type(value).__name__}")
