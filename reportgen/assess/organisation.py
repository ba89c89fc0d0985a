"""The organisation above the accounts: its tree, and the SCPs and RCPs in force on each account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from reportgen.assess.records import records
from reportgen.clock import parse_moment, whole_days
from reportgen.errors import IntegrityError
from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError
from reportgen.evidence.store import Snapshot
from reportgen.model import Status
from reportgen.policy.account import document
from reportgen.policy.document import Document

# Without one of these the organisation looks smaller, or freer, than it is.
LISTS = ("Roots", "OrganizationalUnits", "Accounts", "Policies")


class PolicyType(StrEnum):
    """The types of policy that decide on access (AWS Organizations API, "PolicyType")."""

    SCP = "SERVICE_CONTROL_POLICY"
    RCP = "RESOURCE_CONTROL_POLICY"


@dataclass(frozen=True)
class OrganisationPolicy:
    """An SCP or RCP: its document, and the ids of the roots, units and accounts that have it."""

    id: str
    name: str
    type: str
    aws_managed: bool
    document: Document
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Organisation:
    """An organisation as its management account, or a delegated administrator, shows it.

    ``parents`` maps every account and unit to what it lies in; ``names`` ids to names;
    ``enabled`` the policy types that are switched on at the root. ``unplaced``: of some policy it
    is not known where it is attached.
    """

    id: str
    management: str
    evidence: str
    enabled: frozenset[str]
    roots: tuple[str, ...]
    units: tuple[str, ...]
    accounts: tuple[str, ...]
    parents: Mapping[str, str]
    names: Mapping[str, str]
    policies: tuple[OrganisationPolicy, ...]
    problems: tuple[str, ...] = field(default=())
    unplaced: bool = False

    def chain(self, account: str) -> list[str]:
        """The ids from the root down to an account; empty where the account is not in the tree."""
        found = [account]
        while found[-1] in self.parents and len(found) <= 12:
            found.append(self.parents[found[-1]])
        return found[::-1] if found[-1] in self.roots else []

    def attached(self, target: str, kind: str = PolicyType.SCP) -> list[OrganisationPolicy]:
        """The policies of one kind attached to one root, unit or account itself."""
        return [p for p in self.policies if p.type == kind and target in p.targets]

    def scps(self, account: str) -> tuple[tuple[Document, ...], ...]:
        """The SCP documents of each level above an account, root first.

        Empty where none bind: SCPs switched off, or the management account (AWS Organizations
        User Guide, "Service control policies").
        """
        if PolicyType.SCP not in self.enabled or account == self.management:
            return ()
        # A level that looks bare may have the policy whose place is not known.
        spare = (_ALLOW_ALL,) if self.unplaced else ()
        return tuple(
            (*(d for p in self.attached(target) for d in _in_force(p.document)), *spare)
            for target in self.chain(account)
        )


_ALLOW_ALL = document(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    }
)


def _in_force(given: Document) -> tuple[Document, ...]:
    """A policy as far as it can be read: what cannot be read is never taken to forbid."""
    return (given, _ALLOW_ALL) if given.unjudged else (given,)


def find_organisation(
    positions: Mapping[str, Snapshot],
    as_of: datetime,
    maximum_age_days: int,
    *,
    forgiving: bool = False,
) -> Organisation | None:
    """The organisation, from the newest snapshot that could read its policies; None without.

    A newer answer that had to be passed over is among the ``problems``: what it would have shown
    is not known. A member account that may only see that there is an organisation is none.
    ``forgiving``: evidence that is not what was stored is passed over too, and otherwise raises
    IntegrityError.
    """
    best: tuple[datetime, Organisation] | None = None
    passed_over: list[tuple[datetime, str]] = []
    for account, snapshot in positions.items():
        try:
            envelope = snapshot.of_account(account).get("organization")
            if envelope is None or envelope.status is not Status.COLLECTED:
                continue
            if whole_days(as_of, parse_moment(envelope.collected_at)) > maximum_age_days:
                continue
            answer = answers.parse("organization", snapshot.read(envelope), ("Organization",))
        except AnswerError as error:
            passed_over.append((snapshot.collected_at, f"{account}'s answer {error}"))
            continue
        except IntegrityError:
            if not forgiving:
                raise
            passed_over.append((snapshot.collected_at, f"{account}'s evidence is damaged"))
            continue
        # Half of its policies would forbid less, or more, than all of them.
        if answers.is_cut_off(answer):
            passed_over.append((snapshot.collected_at, f"{account}'s answer is cut off"))
            continue
        if "Policies" not in answer or "Roots" not in answer:
            continue
        wrong = damage(answer)
        if wrong:
            passed_over.append((snapshot.collected_at, f"{account}'s {wrong}"))
            continue
        if best is None or snapshot.collected_at > best[0]:
            best = snapshot.collected_at, read_organisation(answer, envelope.id)
    if best is None:
        return None
    when, found = best
    newer = tuple(f"{said}; an older one is judged" for at, said in passed_over if at >= when)
    return replace(found, problems=(*found.problems, *newer))


def damage(answer: Mapping[str, Any]) -> str:
    """What in an answer is not as AWS gives it, so that nothing can rest on it; empty: nothing.

    One account or policy without its id would count as another, or as none.
    """
    about = answer.get("Organization")
    if not isinstance(about, dict) or not _texts(about, "Id", "MasterAccountId"):
        return "Organization has no id, or no management account"
    for key in LISTS:
        value = answer.get(key)
        if not isinstance(value, list):
            return f"{key} is not a list"
        if not all(isinstance(item, dict) and _texts(item, *_NEEDED[key]) for item in value):
            return f"{key} has an item without {' or '.join(_NEEDED[key])}"
    for account in answer["Accounts"]:
        if not _texts({k: v for k, v in account.items() if k in ("State", "Status")}):
            return "Accounts has an item of unknown state"
    for policy in answer["Policies"]:
        if not isinstance(policy.get("AwsManaged"), bool):
            return "Policies has an item that does not say whether it is AWS's own"
        targets = policy.get("Targets")
        if isinstance(targets, list) and not all(_texts(t, "TargetId") for t in targets):
            return "Policies has a target without TargetId"
    return ""


_NEEDED = {
    "Roots": ("Id",),
    "OrganizationalUnits": ("Id", "ParentId"),
    "Accounts": ("Id", "ParentId"),
    "Policies": ("Id", "Type"),
}


def _texts(record: Any, *keys: str) -> bool:
    """Whether a record has texts under the keys; without keys, under all that it has."""
    if not isinstance(record, dict):
        return False
    return all(isinstance(record.get(key), str) and record[key] for key in keys or record)


def read_organisation(answer: Mapping[str, Any], evidence: str = "") -> Organisation:
    """Read the answer of the source ``organization``."""
    about = answer.get("Organization")
    about = about if isinstance(about, dict) else {}
    roots = records(answer.get("Roots"))
    units = records(answer.get("OrganizationalUnits"))
    accounts = records(answer.get("Accounts"))
    enabled = {
        str(kind.get("Type"))
        for root in roots
        for kind in records(root.get("PolicyTypes"))
        if kind.get("Status") == "ENABLED"
    }
    below = [*units, *accounts]
    listed = records(answer.get("Policies"))
    policies = tuple(_policies(listed))
    adrift = [p for p in listed if not isinstance(p.get("Targets"), list)]
    problems = [
        f"{policy.name}: {said}" for policy in policies for said in policy.document.unjudged
    ]
    problems += [f"{p.get('Name', p.get('Id'))}: its targets were not read" for p in adrift]
    return Organisation(
        str(about.get("Id", "")),
        str(about.get("MasterAccountId", "")),
        evidence,
        frozenset(enabled),
        tuple(str(root.get("Id")) for root in roots),
        tuple(str(unit.get("Id")) for unit in units),
        tuple(str(a.get("Id")) for a in accounts if _is_active(a)),
        {str(item.get("Id")): str(item.get("ParentId")) for item in below},
        {str(item.get("Id")): str(item.get("Name", "")) for item in [*roots, *below]},
        policies,
        tuple(problems),
        bool(adrift),
    )


def _is_active(account: Mapping[str, Any]) -> bool:
    """AWS has had State since 2025 and retires Status in September 2026 (API_Account)."""
    return (account.get("State") or account.get("Status") or "ACTIVE") == "ACTIVE"


def _policies(listed: Iterable[Mapping[str, Any]]) -> Iterable[OrganisationPolicy]:
    for record in listed:
        yield OrganisationPolicy(
            str(record.get("Id", "")),
            str(record.get("Name", record.get("Id", ""))),
            str(record.get("Type", PolicyType.SCP)),
            record.get("AwsManaged") in (True, "true"),
            document(record.get("Content")),
            tuple(str(t.get("TargetId")) for t in records(record.get("Targets"))),
        )
