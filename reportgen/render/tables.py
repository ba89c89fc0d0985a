"""Every list of a summary as a table: one definition for the workbook and the CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What a spreadsheet would take for a formula, full-width forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# For the access review: who decides fills these in.
_DECISION = ("decision", "reviewer", "decided on")
_SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Table:
    """A sheet: its title, the columns, and rows of text, numbers, True, False or None."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @property
    def file_name(self) -> str:
        """Its name as a file, without suffix."""
        return self.title.lower().replace(" ", "-")


def tables(s: Mapping[str, Any]) -> list[Table]:
    """Return every table of a summary, in the order of the workbook's sheets."""
    f = s["findings"]
    figures: list[tuple[Any, ...]] = [
        ("Organisation", s["report"]["organisation"]),
        ("Report", s["report"]["id"]),
        ("Period", s["report"]["label"]),
        ("From", s["report"]["start"]),
        ("To", s["report"]["end"]),
        ("Time zone", s["report"]["timezone"]),
        ("Marking", s["report"]["marking"]),
        ("Fingerprint", s["report"]["fingerprint"]),
        ("Rating", s["rating"]),
        ("Score", s["score"]["now"]),
        ("Score before", s["score"]["previous"]),
        ("Coverage, %", s["coverage"]["now"]),
        ("Findings open", f["open"]),
        *((f"{name.capitalize()} open", f["open_by_severity"][name]) for name in _SEVERITIES),
        ("Findings accepted", f["accepted"]),
        ("Findings overdue", f["overdue"]),
        *((f"Findings {name}", s["movement"][name]) for name in ("new", "repeat", "reopened")),
        ("Findings closed", len(s["movement"]["closed_rows"])),
        ("Controls that held all the time", s["held"]["held"]),
        ("Controls that held whenever seen", s["held"]["held_when_seen"]),
        ("Controls that did not hold", s["held"]["broken"]),
    ]
    frameworks = [{"framework": g["short"], **g, **g["states"]} for g in s["frameworks"]]
    requirements = [
        {"framework": g["short"], **r} for g in s["frameworks"] for r in g["requirements"]
    ]
    families = [
        {"family": row["family"], **cell} for row in s["families"] for cell in row["accounts"]
    ]
    keys = [
        {**{k: u[k] for k in ("account", "account_id", "name", "power")}, **key}
        for u in s["access"]["users"]
        for key in u["keys"]
    ]
    held = {row["control_id"]: row for row in s["held"]["controls"]}
    controls = [
        {**c, **{k: held.get(c["control_id"], {}).get(k) for k in _HELD}} for c in s["controls"]
    ]
    accounts, owners = (
        [{**row, **row["open_by_severity"]} for row in s[name]] for name in ("accounts", "owners")
    )
    return [
        Table("Summary", ("figure", "value"), figures),
        _table("Trend", s["trend"], "day score coverage rating open accounts carried unread"),
        _table("Frameworks", frameworks, _FRAMEWORK),
        _table("Requirements", requirements, _REQUIREMENT),
        _table("Controls", controls, _CONTROL),
        _table("Accounts", accounts, _ACCOUNT),
        _table("Families", families, "family account account_id score"),
        findings_table(s["register"]),
        _table(
            "Owners", owners, "owner accounts open critical high medium low overdue oldest_days"
        ),
        _table("Access", s["access"]["accounts"], _ACCESS),
        _table("Closed", s["movement"]["closed_rows"], _CLOSED),
        _table("Responses", s["responses"], "control_id state response owner due findings actions"),
        _table("Waivers", s["waivers"], _WAIVER),
        _table("Attestations", s["attestations"], _ATTESTATION),
        _table("Users", s["access"]["users"], _USER, _DECISION),
        _table("Keys", keys, _KEY, _DECISION),
        _table("Roles", s["access"]["roles"], _ROLE, _DECISION),
        _table("Permission sets", s["access"]["permission_sets"], _SET, _DECISION),
        _table(
            "Proposals", s["proposals"], "kind account account_id resource what proposal document"
        ),
        _table("Applicability", s["applicability"], "control_id title applies state held supports"),
        _table("Not evaluated", s["not_evaluated"], "account account_id reason controls resources"),
        _table("Control totals", s["control_totals"], "account account_id verdict said"),
        _table("Evidence", s["evidence"], _EVIDENCE),
    ]


def findings_table(register: list[dict[str, Any]]) -> Table:
    """The table of some findings of the register."""
    return _table("Findings", register, _FINDING)


_HELD = ("held", "days_in_violation", "days_unknown")
_FRAMEWORK = (
    "framework version score requirements_total requirements_tested effective;partly effective;"
    "not effective;not tested;out of reach"
)
_REQUIREMENT = (
    "framework id group text levels confidence state controls pass fail not_evaluated note"
)
_CONTROL = (
    "control_id title family severity scored score pass fail not_evaluated not_applicable held "
    "days_in_violation days_unknown"
)
_ACCOUNT = (
    "account_id name environment owner score score_previous coverage open critical high medium low "
    "collected_at carried_from unread"
)
_ACCESS = (
    "account account_id users console without_mfa keys roles roles_with_boundary administrators "
    "aws_roles"
)
_FINDING = (
    "severity control_id title account account_id resource reason movement disposition confirmed "
    "first_seen age_days days_in_violation days_unknown owner due overdue waiver accepted_until "
    "lapsed_waiver"
)
_CLOSED = "severity control_id title account account_id resource first_seen closed_by days_to_fix"
_WAIVER = (
    "id control_id state findings reason compensating_control owner approved_by granted expires"
)
_ATTESTATION = "id control_id accounts state statement by signed expires"
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


def _table(
    title: str, rows: Iterable[Mapping[str, Any]], columns: str, empty: tuple[str, ...] = ()
) -> Table:
    """``columns`` are keys, apart by blanks; those that hold blanks come last, apart by ``;``."""
    first, *rest = columns.split(";")
    keys = (*first.split(), *rest)
    names = tuple(key.replace("_", " ") for key in keys) + empty
    blank = ("",) * len(empty)
    return Table(title, names, [(*(_cell(row[key]) for key in keys), *blank) for row in rows])


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{k}: {v}" for k, v in value.items() if v not in ("", None))
    return value


def as_csv(table: Table) -> bytes:
    """Return a table as CSV (UTF-8 with a byte order mark, which spreadsheets want)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([safe_cell(v) if isinstance(v, str) else v for v in map(shown, row)])
    return stream.getvalue().encode("utf-8-sig", "replace")


def shown(value: Any) -> Any:
    """A cell's value as people read it: yes and no for truth."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def safe_cell(text: str) -> str:
    """Put a quote before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
