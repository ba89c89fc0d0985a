"""Populations: who counts what in each account, how far the counts agree, and what contradicts.

A population is complete where sources that were asked apart count the same (AT-C 205.36); each
difference is told, also where it is zero. Names that only one source has are told one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError, parse_credential_report
from reportgen.evidence.store import Snapshot
from reportgen.model import Envelope, Status
from reportgen.report.packed import Contradiction, Reconciled, Total

_ROOT = "<root_account>"
# Population -> what each source counts: its key in the answer, or a function of the names.
_DETAILS, _REPORT, _SUMMARY = "authorization-details", "credential-report", "account-summary"
_COUNTED: dict[str, dict[str, str]] = {
    "users": {_DETAILS: "UserDetailList", _REPORT: "user", _SUMMARY: "Users"},
    "groups": {_DETAILS: "GroupDetailList", _SUMMARY: "Groups"},
    "roles": {_DETAILS: "RoleDetailList", "roles": "Roles", _SUMMARY: "Roles"},
    "customer policies": {_DETAILS: "Policies", _SUMMARY: "Policies"},
}
_NAMES = {
    "UserDetailList": "UserName",
    "GroupDetailList": "GroupName",
    "RoleDetailList": "RoleName",
    "Roles": "RoleName",
    "Policies": "Arn",
}


class CountedAccount:
    """The sources of one account that count something, each read once."""

    def __init__(self, account_id: str, name: str, snapshot: Snapshot) -> None:
        self._id = account_id
        self._name = name
        self._snapshot = snapshot
        self._envelopes = snapshot.of_account(account_id)
        self._read: dict[str, Any] = {}

    def reconciled(self) -> Iterator[Reconciled]:
        """Every population with each source's count."""
        for population, sources in _COUNTED.items():
            totals = tuple(self._total(population, s, key) for s, key in sources.items())
            counts = [t.count for t in totals if t.count is not None]
            difference = max(counts) - min(counts) if len(counts) > 1 else None
            yield Reconciled(self._id, self._name, population, totals, difference)

    def _total(self, population: str, source: str, key: str) -> Total:
        envelope = self._envelopes.get(source)
        return Total(
            self._id,
            population,
            source,
            envelope.operation if envelope else "",
            envelope.id if envelope else "",
            envelope.collected_at if envelope else "",
            envelope.generated_time if envelope else "",
            self._count(source, key),
        )

    def _count(self, source: str, key: str) -> int | None:
        if source == _SUMMARY:
            numbers = (self._answer(source) or {}).get("SummaryMap")
            value = numbers.get(key) if isinstance(numbers, dict) else None
            return value if type(value) is int else None
        names = self._names(source, key)
        return None if names is None else len(names)

    def _names(self, source: str, key: str) -> list[str] | None:
        """The names that a source lists; None where it was not read, or not to its end."""
        if source == _REPORT:
            rows = self._answer(source)
            return None if rows is None else [str(r.get("user")) for r in rows]
        answer = self._answer(source)
        listed = answer.get(key) if answer is not None else None
        if answer is None or not isinstance(listed, list) or answers.is_cut_off(answer):
            return None
        names = [str(r.get(_NAMES[key])) for r in listed if isinstance(r, dict)]
        if key == "Policies":
            # Attached policies of AWS are among the details; the summary counts customers' only.
            names = [name for name in names if ":iam::aws:policy/" not in name]
        return names

    def _answer(self, source: str) -> Any:
        if source not in self._read:
            self._read[source] = self._parsed(self._envelopes.get(source))
        return self._read[source]

    def _parsed(self, envelope: Envelope | None) -> Any:
        if envelope is None or envelope.status is not Status.COLLECTED:
            return None
        content = self._snapshot.read(envelope)
        try:
            if envelope.source == _REPORT:
                rows = parse_credential_report(content).rows
                return [row for row in rows if row.get("user") != _ROOT]
            return answers.parse(envelope.source, content, _KEYS[envelope.source])
        except AnswerError:
            return None

    # -- contradictions -----------------------------------------------------------------------

    def contradictions(self) -> Iterator[Contradiction]:
        """What one source has and another has not, name by name."""
        yield from self._apart("user", (_DETAILS, "UserDetailList"), (_REPORT, "user"))
        yield from self._apart("role", (_DETAILS, "RoleDetailList"), ("roles", "Roles"))
        yield from self._devices()

    def _apart(self, kind: str, *pair: tuple[str, str]) -> Iterator[Contradiction]:
        (one, first), (other, second) = pair
        here, there = self._names(one, first), self._names(other, second)
        if here is None or there is None:
            return
        for name in sorted(set(here) ^ set(there)):
            said = ("lists it", "does not") if name in set(here) else ("does not", "lists it")
            yield self._contradiction(
                f"{kind} in one source only", name, f"{one} {said[0]}", f"{other} {said[1]}",
                (one, other),
            )  # fmt: skip

    def _devices(self) -> Iterator[Contradiction]:
        """A virtual MFA device of a user who has no MFA by the credential report."""
        answer, rows = self._answer("virtual-mfa-devices"), self._answer(_REPORT)
        if answer is None or rows is None:
            return
        listed = answer.get("VirtualMFADevices")
        users = (d.get("User") for d in listed or () if isinstance(d, dict))
        owners = {str(u.get("Arn")) for u in users if isinstance(u, dict)}
        for row in rows:
            if row.get("mfa_active") == "false" and row.get("arn") in owners:
                yield self._contradiction(
                    "MFA of a user",
                    str(row.get("user")),
                    "virtual-mfa-devices has a device of it",
                    f"{_REPORT} says mfa_active false",
                    ("virtual-mfa-devices", _REPORT),
                )

    def _contradiction(
        self, what: str, thing: str, one: str, other: str, sources: Iterable[str]
    ) -> Contradiction:
        found = (self._envelopes.get(source) for source in sources)
        return Contradiction(
            self._id, self._name, what, thing, one, other, tuple(e.id for e in found if e)
        )


_KEYS: Mapping[str, tuple[str, ...]] = {
    _DETAILS: ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"),
    _SUMMARY: ("SummaryMap",),
    "roles": ("Roles",),
    "virtual-mfa-devices": ("VirtualMFADevices",),
}
Lines = Callable[[Iterable[tuple[Any, ...]]], bytes]


def totals_rows(reconciled: Iterable[Reconciled]) -> Iterator[tuple[Any, ...]]:
    """The lines of ``populations/totals.csv``, its heading first."""
    yield (
        "account_id", "account", "population", "source", "query", "evidence", "collected_at",
        "generated_time", "count", "difference", "state",
    )  # fmt: skip
    for one in reconciled:
        state = {None: "not reconciled", 0: "agree"}.get(one.difference, "differ")
        for t in one.totals:
            yield (
                one.account_id, one.account, one.population, t.source, t.operation, t.evidence,
                t.collected_at, t.generated_time, "not known" if t.count is None else t.count,
                "" if one.difference is None else one.difference, state,
            )  # fmt: skip


def contradiction_rows(contradictions: Iterable[Contradiction]) -> Iterator[tuple[Any, ...]]:
    """The lines of ``populations/contradictions.csv``, its heading first."""
    yield ("account_id", "account", "what", "thing", "one", "other", "evidence")
    for c in contradictions:
        yield (
            c.account_id, c.account, c.what, c.thing, c.one, c.other, " ".join(c.evidence),
        )  # fmt: skip
