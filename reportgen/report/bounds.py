"""How long a list may grow in summary.json and on a page: the one place that says so.

An organisation of a thousand accounts has lists that nobody reads in a document. They are whole in
the tables (workbook, CSV, Parquet); a document shows the first of each, in the report's own order
(worst first where it has one), and says how many there are and in which file. Counts in the text
are of the whole. Lists that grow with the catalogue alone have no bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from reportgen.report.summary import Cut, Summary

# Rows of the two lists that an auditor follows row by row: findings and evidence.
LONG = 2000
# Entries of any other list of the report.
LIST = 500
# Entries of a list inside an entry.
NESTED = 50

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Bound:
    """At most ``most`` entries; ``file`` of the folder of CSV files has them all."""

    most: int
    file: str


# By the place of a list in the summary; ``[]`` stands for each entry of a list.
BOUNDS: Mapping[str, Bound] = {
    "register": Bound(LONG, "findings.csv"),
    "register[].evidence": Bound(NESTED, "findings.csv"),
    "evidence": Bound(LONG, "evidence.csv"),
    "movement.closed_rows": Bound(LIST, "closed.csv"),
    "like_for_like.joined": Bound(LIST, "summary.csv"),
    "like_for_like.left": Bound(LIST, "summary.csv"),
    "trend[].carried": Bound(NESTED, "trend.csv"),
    "trend[].unread": Bound(NESTED, "trend.csv"),
    "accounts": Bound(LIST, "accounts.csv"),
    "accounts[].unread": Bound(NESTED, "accounts.csv"),
    "owners": Bound(LIST, "owners.csv"),
    "families[].accounts": Bound(LIST, "families.csv"),
    "sheets[].exceptions": Bound(NESTED, "findings.csv"),
    "finding_pages[].rows": Bound(NESTED, "findings.csv"),
    "finding_pages[].rows[].evidence": Bound(NESTED, "findings.csv"),
    "finding_pages[].evidence": Bound(NESTED, "findings.csv"),
    "finding_pages[].lapsed": Bound(NESTED, "waivers.csv"),
    "finding_pages[].responses": Bound(NESTED, "responses.csv"),
    "finding_pages[].responses[].actions": Bound(NESTED, "responses.csv"),
    "waivers": Bound(LIST, "waivers.csv"),
    "severities": Bound(LIST, "severities.csv"),
    "attestations": Bound(LIST, "attestations.csv"),
    "attestations[].accounts": Bound(NESTED, "attestations.csv"),
    "attestations[].attachments": Bound(NESTED, "attestations.csv"),
    "responses": Bound(LIST, "responses.csv"),
    "responses[].actions": Bound(NESTED, "responses.csv"),
    "reviews": Bound(LIST, "reviews.csv"),
    "reviews[].reviewers": Bound(NESTED, "reviewers.csv"),
    "reviews[].followed": Bound(LIST, "revocations.csv"),
    "reminders": Bound(LIST, "reminders.csv"),
    "register_notes": Bound(LIST, "register-notes.csv"),
    "access.accounts": Bound(LIST, "access.csv"),
    "access.users": Bound(LIST, "users.csv"),
    "access.users[].grants": Bound(NESTED, "users.csv"),
    "access.roles": Bound(LIST, "roles.csv"),
    "access.roles[].trusts": Bound(NESTED, "roles.csv"),
    "access.roles[].grants": Bound(NESTED, "roles.csv"),
    "access.permission_sets": Bound(LIST, "permission-sets.csv"),
    "access.permission_sets[].grants": Bound(NESTED, "permission-sets.csv"),
    "access.permission_sets[].accounts": Bound(NESTED, "permission-sets.csv"),
    "access.permission_sets[].account_names": Bound(NESTED, "permission-sets.csv"),
    "role_usage.idle": Bound(LIST, "roles.csv"),
    "role_usage.idle[].trusts": Bound(NESTED, "roles.csv"),
    "role_usage.idle[].grants": Bound(NESTED, "roles.csv"),
    "monthly_review.new_users": Bound(LIST, "users.csv"),
    "monthly_review.new_users[].grants": Bound(NESTED, "users.csv"),
    "monthly_review.unused_keys": Bound(LIST, "keys.csv"),
    "monthly_review.without_mfa": Bound(LIST, "users.csv"),
    "monthly_review.without_mfa[].grants": Bound(NESTED, "users.csv"),
    "proposals": Bound(LIST, "proposals.csv"),
    "not_evaluated": Bound(LIST, "not-evaluated.csv"),
    "events": Bound(LIST, "events.csv"),
    "control_totals": Bound(LIST, "control-totals.csv"),
}


def bounded(summary: Summary, bounds: Mapping[str, Bound] = BOUNDS) -> Summary:
    """The summary as summary.json has it: no list longer than its bound.

    ``cuts`` of the result names every list that is cut, with its whole length and the file that has
    all of it. A summary within all bounds comes back equal to what was given.
    """
    cuts: list[Cut] = []
    return replace(_bounded(summary, "", "", bounds, cuts), cuts=tuple(cuts))


def _bounded(
    model: Model, place: str, pointer: str, bounds: Mapping[str, Bound], cuts: list[Cut]
) -> Model:
    """``place`` says where a list is by ``BOUNDS``, ``pointer`` where by RFC 6901."""
    changed: dict[str, Any] = {}
    for field in fields(model):  # type: ignore[arg-type]
        name = field.name
        here = f"{place}.{name}" if place else name
        if not any(bound.startswith(here) for bound in bounds):
            continue
        value: Any = getattr(model, name)
        found: Any = value
        if isinstance(value, tuple):
            found = _list(value, here, f"{pointer}/{name}", bounds, cuts)
        elif is_dataclass(value):
            found = _bounded(value, here, f"{pointer}/{name}", bounds, cuts)
        if found is not value:
            changed[name] = found
    return replace(model, **changed) if changed else model  # type: ignore[type-var]


def _list(
    rows: tuple[Any, ...],
    place: str,
    pointer: str,
    bounds: Mapping[str, Bound],
    cuts: list[Cut],
) -> tuple[Any, ...]:
    bound = bounds.get(place)
    shown = rows
    if bound is not None and len(rows) > bound.most:
        shown = rows[: bound.most]
        cuts.append(Cut(list=pointer, shown=bound.most, total=len(rows), file=bound.file))
    inside = f"{place}[]"
    if any(name.startswith(inside) for name in bounds):
        each = tuple(
            _bounded(row, inside, f"{pointer}/{number}", bounds, cuts)
            for number, row in enumerate(shown)
        )
        if any(new is not old for new, old in zip(each, shown, strict=True)):
            return each
    return shown
