"""What the pages of a pack show: who asks what, control by control, down to the AWS request.

Text is as it came from AWS or the organisation; the pages escape it. Links are relative to the
pack's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Total:
    """How many of something one source counts in one account; ``count`` is None where unread."""

    account_id: str
    population: str
    source: str
    operation: str
    evidence: str
    collected_at: str
    generated_time: str
    count: int | None


@dataclass(frozen=True)
class Reconciled:
    """The counts of one population in one account; ``difference`` None: fewer than two counts."""

    account_id: str
    account: str
    population: str
    totals: tuple[Total, ...]
    difference: int | None


@dataclass(frozen=True)
class Contradiction:
    """Two sources of one account that do not say the same of one thing."""

    account_id: str
    account: str
    what: str
    thing: str
    one: str
    other: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """A piece of evidence: who read what, when, how it ended, and where its bytes lie.

    ``files`` has a label and the path in the pack of the answer, the wire answers, the envelope;
    ``requests`` AWS's request ids with AWS's own dates.
    """

    id: str
    snapshot: str
    account_id: str
    source: str
    operation: str
    parameters: str
    region: str
    caller_arn: str
    status: str
    detail: str
    grade: str
    origin: str
    collected_at: str
    recorded_at: str
    generated_time: str
    bytes: int
    sha256: str
    tool_version: str
    files: tuple[tuple[str, str], ...]
    requests: tuple[tuple[str, str, int, int], ...]


@dataclass(frozen=True)
class Row:
    """A row of results on a control's page: its number in ``results.csv``, and its evidence.

    ``evidence`` has an id and the account on whose page it stands, empty where it is no evidence
    of AWS (configuration, register, something absent).
    """

    number: int
    account: str
    account_id: str
    resource: str
    verdict: str
    reason: str
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Query:
    """Where a control's population comes from: a source and the AWS operations that it asks."""

    source: str
    operations: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass
class Page:
    """A control's page. ``population`` counts resources by kind, ``verdicts`` rows by verdict."""

    control_id: str
    title: str
    family: str
    severity: str
    statement: str
    test: str
    limits: str
    parameters: Mapping[str, object]
    supports: tuple[str, ...]
    queries: tuple[Query, ...]
    population: Mapping[str, int]
    accounts: int
    verdicts: Mapping[str, int]
    exceptions: list[Row] = field(default_factory=list)
    unseen: list[Row] = field(default_factory=list)
    others: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class UnreadSource:
    """A read that gave no answer, or that nobody made (status "absent")."""

    account: str
    account_id: str
    source: str
    status: str
    detail: str
    collected_at: str
    evidence: str
    snapshot: str


@dataclass(frozen=True)
class Redacting:
    """How a pack is redacted: under which key, account ids too or not, and of which chain."""

    key: str
    accounts: bool
    sequence: int
    root: str


@dataclass(frozen=True)
class Index:
    """What the first page shows beside the summary."""

    number: int
    previous: str
    signed: str
    stamped: bool
    snapshots: int
    left_out: int
    unread: tuple[UnreadSource, ...]
    pages: tuple[Page, ...]
    reconciled: tuple[Reconciled, ...]
    contradictions: tuple[Contradiction, ...]
    accounts: Mapping[str, str]
    tables: tuple[tuple[str, str, int], ...]
    report: Mapping[str, str]
    attachments: tuple[str, ...]
    own_checks: bool
    machine: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    redacted: Redacting | None = None
