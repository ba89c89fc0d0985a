"""The populations of a moment: every row, where it is from, and one root over all of them.

What an auditor asks of a list that the organisation hands over (AICPA AT-C 205.36, PCAOB AS
1105.10A): the source and the query, when it was read, that it is complete, that it was not
changed. An account whose source was not read is named in ``missing``; it never shows as empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from reportgen.clock import to_text
from reportgen.errors import UsageError
from reportgen.model import AccountAssessment, Status, canonical_json
from reportgen.review.merkle import Tree


@dataclass(frozen=True)
class PopulationRow:
    """One member of a population. ``id`` is unique in it and stays the same from month to month;
    ``cells`` are text by column; ``subject`` names the person that the row is about, if one.
    """

    id: str
    account_id: str
    cells: Mapping[str, str]
    subject: tuple[str, ...] = ()

    @property
    def content(self) -> bytes:
        """What is hashed: the id, the account and the cells as canonical JSON."""
        return canonical_json({"id": self.id, "account": self.account_id, "cells": self.cells})


@dataclass(frozen=True)
class Kind:
    """How a population is made: of which list of assess/population.py, from which evidence."""

    name: str
    about: str
    list: Literal["users", "access_keys", "roles", "assignments", "results"]
    sources: tuple[str, ...]
    query: str
    row: Callable[[str, Mapping[str, Any]], PopulationRow]


@dataclass(frozen=True)
class Population:
    """All rows of one kind as they stood at ``as_of``, in the order of their ids.

    ``snapshots`` are the ids of the snapshots read, by account; ``missing`` says by account why its
    rows are not known, or may not be all.
    """

    kind: Kind
    as_of: str
    rows: tuple[PopulationRow, ...]
    snapshots: Mapping[str, str]
    missing: Mapping[str, str]

    @cached_property
    def tree(self) -> Tree:
        """The Merkle tree over ``PopulationRow.content``, in order."""
        return Tree([row.content for row in self.rows])

    def to_json(self) -> dict[str, Any]:
        """What identifies the population, without its rows."""
        return {
            "name": self.kind.name,
            "about": self.kind.about,
            "sources": list(self.kind.sources),
            "query": self.kind.query,
            "as_of": self.as_of,
            "rows": len(self.rows),
            "root": self.tree.root,
            "snapshots": dict(self.snapshots),
            "missing": dict(self.missing),
        }


NOT_KNOWN = "not known"
# What a cell says where the evidence does not tell; two such cells are no different access.
UNTOLD = (NOT_KNOWN, "unreadable", "unknown")


def _text(value: Any) -> str:
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return str(value)


def _cells(row: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: _text(row[name]) for name in names}


def _user(account: str, row: Mapping[str, Any]) -> PopulationRow:
    cells = _cells(row, "name", "power", "grants", "created", "console", "last_sign_in", "mfa")
    cells["active_keys"] = NOT_KNOWN if row["keys_unread"] else str(len(row["keys"]))
    return PopulationRow(str(row["arn"] or row["name"]), account, cells, (row["name"], row["arn"]))


def _key(account: str, row: Mapping[str, Any]) -> PopulationRow:
    cells = _cells(row, "user", "number", "power", "active", "rotated", "last_used")
    # A key that was made anew in the same place is another key.
    identity = f"{row['arn'] or row['user']}#{row['number']}@{row['rotated'] or 'never rotated'}"
    return PopulationRow(identity, account, cells, (row["user"], row["arn"]))


def _role(account: str, row: Mapping[str, Any]) -> PopulationRow:
    names = ("name", "power", "grants", "trusts", "boundary", "created", "last_used")
    cells = _cells(row, *names)
    if not row["usage_known"]:
        cells["last_used"] = NOT_KNOWN
    return PopulationRow(str(row["arn"]), account, cells)


def _assignment(_: str, row: Mapping[str, Any]) -> PopulationRow:
    cells = _cells(row, "permission_set", "principal_type", "principal_id", "grants")
    identity = f"{row['arn']}|{row['account_id']}|{row['principal_type']}|{row['principal_id']}"
    person = (row["principal_id"],) if row["principal_type"] == "USER" else ()
    return PopulationRow(identity, str(row["account_id"]), cells, person)


def _result(account: str, row: Mapping[str, Any]) -> PopulationRow:
    cells = _cells(row, "control", "resource", "verdict", "severity", "reason", "evidence")
    return PopulationRow(f"{row['control']}|{account}|{row['resource']}", account, cells)


_DETAILS = "authorization-details"
_REPORT = "credential-report"
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "users",
            "IAM users, with what they may do and when they last signed in",
            "users",
            (_REPORT, _DETAILS),
            "every line of the credential report but root's",
            _user,
        ),
        Kind(
            "access-keys",
            "active access keys of IAM users",
            "access_keys",
            (_REPORT, _DETAILS),
            "access_key_1_active and access_key_2_active of the credential report are true, "
            "or cannot be read",
            _key,
        ),
        Kind(
            "roles",
            "IAM roles that the organisation can change, with whom they trust",
            "roles",
            (_DETAILS,),
            "RoleDetailList, without service-linked roles and those of Identity Center",
            _role,
        ),
        Kind(
            "assignments",
            "who may take on which permission set of Identity Center in which account",
            "assignments",
            ("identity-center",),
            "Assignments of every permission set",
            _assignment,
        ),
        Kind(
            "results",
            "every verdict on every resource",
            "results",
            (),
            "the results of `reportgen assess` at that moment",
            _result,
        ),
    )
}
# What reviewers decide on; results are not theirs.
REVIEWED = ("users", "access-keys", "roles", "assignments")


def kind_named(name: str) -> Kind:
    """The kind of a name. Raises UsageError."""
    if name not in KINDS:
        raise UsageError(f"Unknown population {name!r}.", f"Choose one of {', '.join(KINDS)}.")
    return KINDS[name]


def population(kind: Kind, accounts: Sequence[AccountAssessment]) -> Population:
    """The population of a kind over accounts that were judged with ``populations=True``."""
    rows: list[PopulationRow] = []
    missing: dict[str, str] = {}
    # Identity Center is read where it is managed; of other accounts nothing is to be told.
    elsewhere = kind.name == "assignments"
    for account in accounts:
        number = account.info.account_id
        listed = _listed(kind, account)
        if listed is not None:
            rows += [kind.row(number, row) for row in listed]
            gaps = [g["why"] for g in account.populations.get("gaps", ()) if g["list"] == kind.list]
            if gaps:
                missing[number] = "; ".join(gaps)
        elif not elsewhere or _read_here(account):
            missing[number] = _why(kind, account)
    if elsewhere and not any("assignments" in a.populations for a in accounts):
        missing.setdefault("organisation", "identity-center was read in no account")
    return Population(
        kind,
        to_text(accounts[0].as_of) if accounts else "",
        tuple(sorted(_unique(rows), key=lambda row: row.id)),
        {a.info.account_id: a.snapshot_id for a in accounts},
        missing,
    )


def _listed(kind: Kind, account: AccountAssessment) -> Sequence[Mapping[str, Any]] | None:
    if kind.name == "results":
        return [
            {
                "control": result.control_id,
                "resource": result.resource,
                "verdict": result.verdict.value,
                "severity": result.severity.value,
                "reason": result.reason,
                "evidence": list(result.evidence),
            }
            for result in account.results
        ]
    lists = account.populations
    if kind.list not in lists:
        return None
    if kind.list == "users":
        # A key of which it cannot be told whether it is active is no key that is gone.
        keys = lists.get("access_keys", ())
        unread = {(key["user"], key["arn"]) for key in keys if key["active"] is None}
        return [
            {**row, "keys_unread": (row["name"], row["arn"]) in unread} for row in lists["users"]
        ]
    if kind.list == "roles":
        return [row for row in lists["roles"] if not row["aws_managed"]]
    return lists["access_keys"] if kind.list == "access_keys" else lists["assignments"]


def _read_here(account: AccountAssessment) -> bool:
    envelope = account.envelopes.get("identity-center")
    return envelope is not None and envelope.status is not Status.NOT_ENABLED


def _why(kind: Kind, account: AccountAssessment) -> str:
    for source in kind.sources:
        envelope = account.envelopes.get(source)
        if envelope is None:
            return f"{source} was not collected"
        if envelope.status is not Status.COLLECTED:
            return f"{source}: {envelope.status.value} {envelope.detail}".strip()
    return f"{kind.sources[0]} is too old, or cannot be read"


def _unique(rows: Iterable[PopulationRow]) -> list[PopulationRow]:
    """Rows that share an id are told apart by their number, in the order of their content."""
    seen: Counter[str] = Counter()
    found = []
    for row in sorted(rows, key=lambda row: (row.id, row.content)):
        seen[row.id] += 1
        again = seen[row.id]
        identity = row.id if again == 1 else f"{row.id} ({again})"
        found.append(PopulationRow(identity, row.account_id, row.cells, row.subject))
    return found
