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
    bounding = _Bounding(bounds)
    return replace(bounding.model(summary, "", ""), cuts=tuple(bounding.cuts))


class _Bounding:
    """One summary on its way through the bounds: ``cuts`` is what was cut so far."""

    def __init__(self, bounds: Mapping[str, Bound]) -> None:
        self._bounds = bounds
        # By place: a list has thousands of entries, of the same fields.
        self._fields: dict[str, list[tuple[str, str]]] = {}
        self.cuts: list[Cut] = []

    def model(self, model: Model, place: str, pointer: str) -> Model:
        """``place`` says where a list is by ``BOUNDS``, ``pointer`` where by RFC 6901."""
        changed: dict[str, Any] = {}
        for name, here in self._bounded_fields(model, place):
            value: Any = getattr(model, name)
            found: Any = value
            if isinstance(value, tuple):
                found = self._list(value, here, f"{pointer}/{name}")
            elif is_dataclass(value):
                found = self.model(value, here, f"{pointer}/{name}")
            if found is not value:
                changed[name] = found
        return replace(model, **changed) if changed else model  # type: ignore[type-var]

    def _bounded_fields(self, model: object, place: str) -> list[tuple[str, str]]:
        """The fields of a model at or below which some list has a bound, each with its place."""
        known = self._fields.get(place)
        if known is None:
            names = [field.name for field in fields(model)]  # type: ignore[arg-type]
            places = [(name, f"{place}.{name}" if place else name) for name in names]
            known = [(name, here) for name, here in places if self._has(here)]
            self._fields[place] = known
        return known

    def _has(self, place: str) -> bool:
        return any(bound.startswith(place) for bound in self._bounds)

    def _list(self, rows: tuple[Any, ...], place: str, pointer: str) -> tuple[Any, ...]:
        bound = self._bounds.get(place)
        shown = rows
        if bound is not None and len(rows) > bound.most:
            shown = rows[: bound.most]
            cut = Cut(list=pointer, shown=bound.most, total=len(rows), file=bound.file)
            self.cuts.append(cut)
        inside = f"{place}[]"
        if self._has(inside):
            each = tuple(
                self.model(row, inside, f"{pointer}/{number}") for number, row in enumerate(shown)
            )
            if any(new is not old for new, old in zip(each, shown, strict=True)):
                return each
        return shown
