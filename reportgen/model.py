"""The words that every floor shares: verdicts, severities, evidence and results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

from reportgen.lists import ReviewLists


class Verdict(StrEnum):
    """What a check says of one resource. Missing evidence is never a pass."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    NOT_EVALUATED = "not-evaluated"

    # They are counted by the thousand; that of an enumeration hashes the name, in Python.
    __hash__ = str.__hash__


class Severity(StrEnum):
    """How much a failure matters; the order is from worst to least."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def weight(self) -> int:
        """Weight in the score: each step down halves it."""
        return {"critical": 8, "high": 4, "medium": 2, "low": 1}[self.value]

    @property
    def rank(self) -> int:
        """0 for critical to 3 for low, for sorting worst first."""
        return list(Severity).index(self)


class Status(StrEnum):
    """How the read of one source ended."""

    COLLECTED = "collected"
    DENIED = "denied"
    THROTTLED = "throttled"
    NOT_ENABLED = "not-enabled"
    FAILED = "failed"


_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "UnauthorizedException",
    "ForbiddenException",
    "AllAccessDisabled",
}
_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "SlowDown",
}


def status_of(code: str) -> Status:
    """Return the status that an AWS error code stands for whatever was asked.

    What says that a thing is not there depends on what was asked: see ``Source.absent``.
    """
    if code in _DENIED:
        return Status.DENIED
    return Status.THROTTLED if code in _THROTTLED else Status.FAILED


class Grade(StrEnum):
    """ASD's grades of evidence (Essential Eight assessment process guide), best first.

    A live read of the configuration is good, a copy of it fair, a statement poor.
    """

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True)
class AwsRequest:
    """One answered AWS request: its id, AWS's own Date header, HTTP status and retries."""

    request_id: str
    date: str
    http_status: int
    retries: int


@dataclass(frozen=True)
class Envelope:
    """What is known of one piece of evidence, kept beside its bytes.

    ``sha256`` and ``bytes`` are those of ``file`` (both empty when nothing was read);
    ``collected_at`` is when the source was read, ``recorded_at`` when it entered the store
    (the local clock), ``generated_time`` AWS's own time for a cached report. ``raw`` lists the
    wire answers as [file, sha256]; ``redacted`` the secret fields that were blanked in both.
    ``region`` is where it was asked; only a source of ``scope`` region is evidence of that region.
    """

    source: str
    operation: str
    parameters: dict[str, Any]
    account_id: str
    partition: str
    region: str
    caller_arn: str
    collected_at: str
    recorded_at: str
    tool_version: str
    status: Status
    detail: str
    origin: str
    grade: Grade
    file: str = ""
    sha256: str = ""
    bytes: int = 0
    generated_time: str = ""
    requests: list[AwsRequest] = field(default_factory=list)
    raw: list[list[str]] = field(default_factory=list)
    redacted: list[str] = field(default_factory=list)
    scope: str = "account"

    @property
    def key(self) -> str:
        """What tells it from the rest of its account's evidence: source, and region if regional."""
        return f"{self.source}@{self.region}" if self.scope == "region" else self.source

    @property
    def id(self) -> str:
        """A short id that follows from what was read, so that a second import has the same."""
        said = "\n".join(
            (self.account_id, self.key, self.collected_at, self.status, self.detail, self.sha256)
        )
        return "E-" + hashlib.sha256(said.encode()).hexdigest()[:12]

    def to_json(self) -> dict[str, Any]:
        """Return the envelope as JSON data, its id first."""
        # One by one: to copy all that might be in a field takes ten times as long.
        data = {name: getattr(self, name) for name in _ENVELOPE}
        data["parameters"] = dict(self.parameters)
        data["requests"] = [asdict(request) for request in self.requests]
        return {"id": self.id, **data}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Envelope:
        """Read back what ``to_json`` wrote. Raises KeyError, TypeError or ValueError."""
        known = {k: v for k, v in data.items() if k != "id"}
        known["status"] = Status(known["status"])
        known["grade"] = Grade(known["grade"])
        known["requests"] = [AwsRequest(**r) for r in known.get("requests", [])]
        return cls(**known)


# What a verdict can rest on beside the envelopes of evidence.
CONFIGURATION = "configuration"
REGISTER = "register"
_ENVELOPE = tuple(each.name for each in fields(Envelope))
# The chain of snapshots itself: when there was a collection.
HISTORY = "history"


def absent(account_id: str, source: str) -> str:
    """How a verdict names evidence that nobody collected."""
    return f"absent:{account_id}/{source}"


class Result(NamedTuple):
    """One control judged for one resource.

    ``evidence`` has the ids of the envelopes that this verdict rests on, with CONFIGURATION,
    REGISTER, HISTORY and ``absent`` where it rests on those. ``incomplete``: the row stands for
    resources that could not be seen, since a list was not read or not whole. ``name`` is what
    people call the resource, where its ARN does not say it.
    """

    control_id: str
    account_id: str
    resource: str
    resource_type: str
    verdict: Verdict
    severity: Severity
    reason: str
    evidence: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Any], ...] = ()
    incomplete: bool = False
    name: str = ""

    def to_json(self) -> ResultRow:
        """Return the row of the results file (without the parameters)."""
        return {
            "control_id": self.control_id,
            "account_id": self.account_id,
            "resource": self.resource,
            "resource_type": self.resource_type,
            "verdict": self.verdict.value,
            "severity": self.severity.value,
            "reason": self.reason,
            "evidence": list(self.evidence),
            "incomplete": self.incomplete,
        }


class ResultRow(TypedDict):
    """A row of the results file, as ``Result.to_json`` writes it."""

    control_id: str
    account_id: str
    resource: str
    resource_type: str
    verdict: str
    severity: str
    reason: str
    evidence: list[str]
    incomplete: bool


class VariantRow(ResultRow):
    """A row under thresholds of a framework's own, which ``parameters`` has as text."""

    parameters: dict[str, str]


class EvidenceRow(TypedDict):
    """A piece of evidence, as the results file lists it."""

    id: str
    source: str
    status: str
    detail: str
    sha256: str
    grade: str
    generated_time: str


class AccountRow(TypedDict):
    """An account of the results file: the snapshot that it was judged by, and its evidence."""

    account_id: str
    name: str
    environment: str | None
    snapshot: str
    collected_at: str | None
    evidence: list[EvidenceRow]


class CatalogueStamp(TypedDict):
    """By which catalogue it was judged."""

    version: str
    sha256: str


class ResultsFile(TypedDict):
    """What ``assess --format json`` writes; ``coverage`` counts verdicts, in all and by control."""

    schema_version: str
    as_of: str
    catalogue: CatalogueStamp
    accounts: list[AccountRow]
    results: list[ResultRow]
    framework_results: list[VariantRow]
    coverage: dict[str, Any]


@dataclass(frozen=True)
class AccountInfo:
    """What the configuration says of an account; None where it says nothing."""

    account_id: str
    name: str
    environment: str | None = None
    management: bool | None = None
    owner: str = ""


@dataclass(frozen=True)
class AccountAssessment:
    """One account judged at ``as_of``: the evidence it rests on, and every result.

    ``variants`` holds results under thresholds of a framework's own; ``populations`` the lists
    that an access review needs.
    """

    info: AccountInfo
    as_of: datetime
    collected_at: datetime | None
    snapshot_id: str
    envelopes: Mapping[str, Envelope]
    results: tuple[Result, ...]
    variants: tuple[Result, ...] = ()
    populations: ReviewLists = field(default_factory=ReviewLists)


def canonical_json(data: Any) -> bytes:
    """Return ``data`` as JSON that is the same for the same content: sorted, UTF-8, one newline."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, indent=1)
    return (text + "\n").encode("utf-8", "surrogatepass")


def rows_json(data: Any, levels: int) -> bytes:
    """As ``canonical_json``, with whatever lies more than ``levels`` deep on a line of its own.

    For long lists: with an indent Python writes each value itself, some ten times as slowly.
    """
    return (_rows(data, levels, "\n") + "\n").encode("utf-8", "surrogatepass")


def list_json(items: Iterable[Any], levels: int) -> Iterator[bytes]:
    """A list as ``rows_json`` writes it, item by item: none but one is in memory."""
    return listed_json(_rows(item, levels - 1, "\n ") for item in items)


def listed_json(texts: Iterable[str]) -> Iterator[bytes]:
    """A list of what is JSON already, each on a line of its own."""
    start = "["
    for text in texts:
        yield f"{start}\n {text}".encode("utf-8", "surrogatepass")
        start = ","
    yield b"[]\n" if start == "[" else b"\n]\n"


# One for all: to make an encoder takes as long as to encode a short row.
line_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _rows(value: Any, levels: int, line: str) -> str:
    if not levels or not value or not isinstance(value, dict | list):
        return line_json(value)
    inner = line + " "
    if isinstance(value, list):
        items = [_rows(item, levels - 1, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{line}]"
    items = [
        f"{json.dumps(key, ensure_ascii=False)}: {_rows(value[key], levels - 1, inner)}"
        for key in sorted(value)
    ]
    return f"{{{inner}{f',{inner}'.join(items)}{line}}}"
