"""Every list of a summary as a table: one definition for the workbook and the CSV files.

A table makes its cells while it is read, row by row, so that a long one takes no room.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, BinaryIO, Protocol

from reportgen.model import Severity
from reportgen.report.audit import Event
from reportgen.report.findings import FindingRow
from reportgen.report.summary import Summary

# bool is an int.
Cell = str | int | float | None

# What a spreadsheet would take for a formula, full-width forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# For the access review: who decides fills these in.
_DECISION = ("decision", "reviewer", "decided on")


class Rows(Protocol):
    """Rows of text, numbers, True, False or None, which can be read more than once."""

    def __len__(self) -> int:
        """How many there are."""

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        """Each in its order."""


@dataclass(frozen=True)
class Table:
    """A sheet: its title, the columns and the rows."""

    title: str
    columns: tuple[str, ...]
    rows: Rows

    @property
    def file_name(self) -> str:
        """Its name as a file, without suffix."""
        return self.title.lower().replace(" ", "-")


def tables(s: Summary) -> list[Table]:
    """Return every table of a summary, in the order of the workbook's sheets."""
    held = {row.control_id: row for row in s.held.controls}
    cards = (*s.frameworks, *s.other_frameworks)
    return [
        Table("Summary", ("figure", "value"), _figures(s)),
        _table("Trend", _each(s.trend), "day score coverage rating open accounts carried unread"),
        _table("Frameworks", [(card, card.states) for card in cards], _FRAMEWORK),
        _table(
            "Requirements",
            [(requirement, card) for card in cards for requirement in card.requirements],
            _REQUIREMENT,
        ),
        _table(
            "Other requirements",
            [(row, card) for card in cards for row in card.counted_requirements],
            "framework=short id group text levels change",
        ),
        _table("Crosswalk", _each(s.crosswalk), _CROSSWALK),
        _table(
            "Controls", [(c, held.get(c.control_id, _NEVER_JUDGED)) for c in s.controls], _CONTROL
        ),
        _table("Accounts", [(a, a.open_by_severity) for a in s.accounts], _ACCOUNT),
        _table(
            "Families",
            [(cell, family) for family in s.families for cell in family.accounts],
            "family account account_id score",
        ),
        findings_table(s.register),
        _table("Owners", [(o, o.open_by_severity) for o in s.owners], _OWNER),
        _table("Access", _each(s.access.accounts), _ACCESS),
        _table("Closed", _each(s.movement.closed_rows), _CLOSED),
        _table("Responses", _each(s.responses), _RESPONSE),
        _table("Waivers", _each(s.waivers), _WAIVER),
        _table("Severities", _each(s.severities), _SEVERITY),
        _table("Reminders", _each(s.reminders), _REMINDER),
        _table("Register notes", _each(s.register_notes), "where said"),
        _table("Attestations", _each(s.attestations), _ATTESTATION),
        _table("Reviews", _each(s.reviews), _REVIEW),
        _table(
            "Reviewers",
            [(share, review) for review in s.reviews for share in review.reviewers],
            _REVIEWER,
        ),
        _table(
            "Revocations",
            [(one, review) for review in s.reviews for one in review.followed],
            _REVOCATION,
        ),
        _table("Users", _each(s.access.users), _USER, _DECISION),
        _table(
            "Keys", [(key, user) for user in s.access.users for key in user.keys], _KEY, _DECISION
        ),
        _table("Roles", _each(s.access.roles), _ROLE, _DECISION),
        _table("Permission sets", _each(s.access.permission_sets), _SET, _DECISION),
        _table("Proposals", _each(s.proposals), _PROPOSAL),
        _table("Applicability", _each(s.applicability), _APPLICABILITY),
        _table("Not evaluated", _each(s.not_evaluated), _NOT_EVALUATED),
        Table("Events", _EVENT, [_event(event) for event in s.events]),
        _table("Control totals", _each(s.control_totals), "account account_id verdict said=reason"),
        _table("Evidence", _each(s.evidence), _EVIDENCE),
    ]


def _figures(s: Summary) -> list[tuple[Cell, ...]]:
    open_by_severity = s.findings.open_by_severity
    alike = s.like_for_like
    return [
        ("Organisation", s.report.organisation),
        ("Report", s.report.id),
        ("Period", s.report.label),
        ("From", s.report.start),
        ("To", s.report.end),
        ("Time zone", s.report.timezone),
        ("Marking", s.report.marking),
        ("Fingerprint", s.report.fingerprint),
        ("Rating", s.rating),
        ("Score", s.score.now),
        ("Score before", s.score.previous),
        ("Coverage, %", s.coverage.now),
        ("Findings open", s.findings.open),
        *((f"{each.capitalize()} open", open_by_severity.of(each)) for each in Severity),
        ("Findings accepted", s.findings.accepted),
        ("Findings overdue", s.findings.overdue),
        ("Findings new", s.movement.new),
        ("Findings repeat", s.movement.repeat),
        ("Findings reopened", s.movement.reopened),
        ("Findings closed", len(s.movement.closed_rows)),
        ("Controls that held all the time", s.held.held),
        ("Controls that held whenever seen", s.held.held_when_seen),
        ("Controls that did not hold", s.held.broken),
        ("Accounts that joined", "; ".join(alike.joined) if alike else ""),
        ("Accounts that left", "; ".join(alike.left) if alike else ""),
    ]


# What an event does not have is empty.
_EVENT = ("day", "kind", "account", "since", "what")


def _event(event: Event) -> tuple[Cell, ...]:
    return tuple(_cell(getattr(event, name, "")) for name in _EVENT)


def findings_table(register: Iterable[FindingRow]) -> Table:
    """The table of some findings of the register."""
    return _table("Findings", _WithFix(tuple(register)), _FINDING)


@dataclass(frozen=True)
class _WithFix(Sequence[tuple[object, ...]]):
    """Findings with how to mend each, told as it is asked for."""

    register: tuple[FindingRow, ...]

    def __len__(self) -> int:
        return len(self.register)

    def __getitem__(self, place: Any) -> Any:
        row = self.register[place]
        return row, row.fix

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        return ((row, row.fix) for row in self.register)


@dataclass(frozen=True)
class _NeverJudged:
    """Stands for the days of a control that rests on a statement alone."""

    held: None = None
    days_in_violation: None = None
    days_unknown: None = None


_NEVER_JUDGED = _NeverJudged()
_FRAMEWORK = (
    "framework=short version basis score counted requirements_total requirements_tested effective "
    "partly_effective not_effective not_tested out_of_reach"
)
_REQUIREMENT = (
    "framework=short id group text levels confidence reach state conclusion controls pass=passed "
    "fail not_evaluated why change loosened"
)
_CROSSWALK = "control_id title limit own asked_by pass=passed fail not_evaluated"
_CONTROL = (
    "control_id title family severity scored score pass=passed fail not_evaluated not_applicable "
    "held days_in_violation days_unknown"
)
_ACCOUNT = (
    "account_id name environment owner score score_previous coverage open critical high medium low "
    "collected_at carried_from unread"
)
_OWNER = "owner accounts open critical high medium low overdue oldest_days"
_RESPONSE = "control_id state response owner due findings actions"
_PROPOSAL = "kind account account_id resource what proposal document"
_APPLICABILITY = "control_id title applies state held supports"
_NOT_EVALUATED = "account account_id reason controls resources"
_ACCESS = (
    "account account_id users console without_mfa keys roles roles_with_boundary administrators "
    "aws_roles"
)
_FINDING = (
    "severity control_id finding account account_id name kind resource reason movement "
    "disposition confirmed first_seen age_days days_in_violation days_unknown owner due overdue "
    "waiver accepted_until lapsed_waiver consequence console cli terraform evidence"
)
_CLOSED = "severity control_id title account account_id resource first_seen closed_by days_to_fix"
_WAIVER = (
    "id control_id state findings reason compensating_control owner approved_by granted expires"
)
_REVIEW = (
    "id state opened as_of due closed closed_by accounts population kept revoked changed open "
    "shown refused root"
)
_REVIEWER = "review=id reviewer=name rows kept revoked changed open late indicators"
_REVOCATION = (
    "review=id kind name account account_id decision reviewer decided proof snapshot collected"
)
_ATTESTATION = "id control_id accounts state statement by signed expires grade attachments"
_SEVERITY = (
    "id control_id state findings severity own reason requested_by approved_by granted expires"
)
_REMINDER = "kind entry control_id what owner due days_left"
_USER = "account account_id name power grants created console last_sign_in mfa"
_KEY = "account account_id name power number age_days last_used idle_days"
_ROLE = (
    "account account_id name power grants trusts boundary created last_used usage_known idle_days"
)
_SET = "account name grants session boundary account_names groups people created"
_EVIDENCE = (
    "id account account_id source operation status detail origin grade caller_arn collected_at "
    "generated_time aws_date bytes sha256"
)


def _each(rows: Iterable[object]) -> list[tuple[object]]:
    return [(row,) for row in rows]


def _table(
    title: str, rows: Sequence[tuple[object, ...]], columns: str, empty: tuple[str, ...] = ()
) -> Table:
    """A row takes each column from the first of its models that has it.

    ``columns`` are attributes, apart by blanks, ``name=attribute`` where a column is called
    otherwise. An underscore in a name stands for a blank. ``empty`` columns are left to fill in.
    """
    named = [column.partition("=") for column in columns.split()]
    return Table(
        title,
        tuple(name.replace("_", " ") for name, _, _ in named) + empty,
        _Rows(rows, tuple(attribute or name for name, _, attribute in named), len(empty)),
    )


@dataclass(frozen=True)
class Told:
    """Rows of which each is told to ``hear`` too, as it is read."""

    rows: Rows
    hear: Callable[[tuple[Cell, ...]], None]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        for row in self.rows:
            self.hear(row)
            yield row


@dataclass(frozen=True)
class _Rows:
    """Rows whose cells are attributes of models; all rows have models of the same kinds."""

    models: Sequence[tuple[object, ...]]
    attributes: tuple[str, ...]
    empty: int

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        if not self.models:
            return
        places = [(_place(self.models[0], name), name) for name in self.attributes]
        parts = [
            (place, _attributes([name for _, name in named]))
            for place, named in groupby(places, key=itemgetter(0))
        ]
        blank = ("",) * self.empty
        for row in self.models:
            values = [value for place, of in parts for value in of(row[place])]
            yield (*[v if v.__class__ in _SHOWN_AS_IT_IS else _cell(v) for v in values], *blank)


def _attributes(names: Sequence[str]) -> Callable[[object], tuple[Any, ...]]:
    """What takes some attributes of a model, in C: a table has millions of cells."""
    if len(names) == 1:
        of = attrgetter(names[0])
        return lambda model: (of(model),)
    return attrgetter(*names)


def _place(models: tuple[object, ...], attribute: str) -> int:
    """Which of the models has it first; the last one where none has."""
    found = (place for place, model in enumerate(models) if hasattr(model, attribute))
    return next(found, len(models) - 1)


# What stands in a cell as it is; most cells do.
_SHOWN_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def _cell(value: object) -> Cell:
    if type(value) in _SHOWN_AS_IT_IS:
        return value  # type: ignore[return-value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple):
        return "; ".join(str(_cell(item)) for item in value)
    if is_dataclass(value):
        each = ((field.name, getattr(value, field.name)) for field in fields(value))
        return ", ".join(f"{name}: {part}" for name, part in each if part not in ("", None))
    # Of a kind of its own: a number stays one, a word of an enumeration is what it says.
    return value if isinstance(value, (int, float)) else str(value)


def as_csv(table: Table) -> bytes:
    """Return a table as CSV; see ``write_csv``."""
    stream = io.BytesIO()
    write_csv(table, stream)
    return stream.getvalue()


def write_csv(table: Table, stream: BinaryIO) -> None:
    """Write a table as CSV (UTF-8 with a byte order mark, which spreadsheets want)."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([safe_cell(v) if v.__class__ is str else shown(v) for v in row])
    # The stream is the caller's to close.
    text.detach()


def shown(value: Cell) -> Cell:
    """A cell's value as people read it: yes and no for truth."""
    return ("yes" if value else "no") if isinstance(value, bool) else value


def safe_cell(text: str) -> str:
    """Put a quote before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
