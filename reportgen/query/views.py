"""What a question can ask: the views with their columns, as docs/query.md has them too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: its SQL type, and what it says."""

    name: str
    kind: str
    about: str


@dataclass(frozen=True)
class View:
    """A view and its columns, in their order."""

    name: str
    about: str
    columns: tuple[Column, ...]


_MONTH = Column("month", "VARCHAR", "the month at whose end this stood, such as 2026-03")
_DAY = Column("day", "DATE", "its last day, or the last one asked about")
_ACCOUNT_ID = Column("account_id", "VARCHAR", "the account's twelve digits")
_ACCOUNT = Column("account", "VARCHAR", "its name, as last known")
_COLLECTED = Column("collected_at", "TIMESTAMP WITH TIME ZONE", "when its evidence was collected")
_CARRIED = Column("carried", "BOOLEAN", "whether that was before the month: carried forward")
_CONTROL = Column("control_id", "VARCHAR", "the control")

_RESULT = (
    _MONTH,
    _DAY,
    _ACCOUNT_ID,
    _ACCOUNT,
    _CONTROL,
    Column("severity", "VARCHAR", "the control's severity"),
    Column("resource", "VARCHAR", "the ARN, or what stands for one"),
    Column("resource_type", "VARCHAR", "its type, such as AWS::IAM::User"),
    Column("name", "VARCHAR", "the resource as people call it"),
    Column("verdict", "VARCHAR", "pass, fail, not-evaluated or not-applicable"),
    Column("reason", "VARCHAR", "what was seen"),
    Column("evidence", "VARCHAR", "ids of the evidence, apart by blanks"),
    _COLLECTED,
    _CARRIED,
    Column("incomplete", "BOOLEAN", "whether the row stands for resources that were not seen"),
    Column("superseded", "BOOLEAN", "whether a later row of the control speaks of the resource"),
)

VERDICTS = View(
    "verdicts",
    "A row for each month end, account, control and resource, passes too, judged by the "
    "catalogue's own thresholds.",
    _RESULT,
)
VARIANTS = View(
    "variants",
    "The same for thresholds that frameworks set for themselves.",
    (*_RESULT, Column("parameters", "VARCHAR", "the threshold, as JSON pairs of name and value")),
)
POSITIONS = View(
    "positions",
    "A row for each month end and account: the snapshot that was judged.",
    (
        _MONTH,
        _DAY,
        _ACCOUNT_ID,
        _ACCOUNT,
        Column("snapshot", "VARCHAR", "the snapshot's id"),
        _COLLECTED,
        _CARRIED,
    ),
)
SNAPSHOTS = View(
    "snapshots",
    "A row for each snapshot and account in it, whether judged or not.",
    (
        Column("snapshot", "VARCHAR", "its id"),
        Column("sequence", "BIGINT", "its place in the store's chain, the first being 1"),
        _COLLECTED,
        _ACCOUNT_ID,
        Column("root", "VARCHAR", "the SHA-256 that seals it and all before it"),
    ),
)
ACCOUNTS = View(
    "accounts",
    "A row for each account that was judged.",
    (
        _ACCOUNT_ID,
        _ACCOUNT,
        Column("environment", "VARCHAR", "as configured, empty for none"),
        Column("owner", "VARCHAR", "as configured, empty for none"),
        Column("first_month", "VARCHAR", "its first month here"),
        Column("last_month", "VARCHAR", "its last month here"),
    ),
)
CONTROLS = View(
    "controls",
    "A row for each control of the catalogue.",
    (
        _CONTROL,
        Column("title", "VARCHAR", "its title"),
        Column("family", "VARCHAR", "the family of controls"),
        Column("severity", "VARCHAR", "critical, high, medium or low"),
        Column("cadence", "VARCHAR", "how often it is looked at"),
        Column("scored", "BOOLEAN", "whether it counts towards the score"),
        Column("statement", "VARCHAR", "what must be true"),
    ),
)
REQUIREMENTS = View(
    "requirements",
    "A row for each control that supports a requirement of a framework.",
    (
        Column("framework", "VARCHAR", "the framework's id"),
        Column("requirement", "VARCHAR", "the requirement's id"),
        _CONTROL,
    ),
)
VIEWS = (VERDICTS, VARIANTS, POSITIONS, SNAPSHOTS, ACCOUNTS, CONTROLS, REQUIREMENTS)
