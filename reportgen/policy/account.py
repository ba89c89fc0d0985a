"""Accounts as policies see them: principals with all that bears on them.

Read from the answer of iam:GetAccountAuthorizationDetails. Each distinct document is read once in
a process, by the hash of its content.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reportgen.policy.document import Document, decode, digest_of, parse, read
from reportgen.policy.fences import aws_policy, aws_role

# What AWS's own policies of these names say, for exports that leave AWS's policies out.
# Only the exact ARNs below ``iam::aws:policy/`` count; a customer's policy is judged by content.
_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_WELL_KNOWN = {
    "AdministratorAccess": _ALL,
    "IAMFullAccess": {**_ALL, "Action": "iam:*"},
    "PowerUserAccess": {
        "Effect": "Allow",
        "NotAction": ["iam:*", "organizations:*", "account:*"],
        "Resource": "*",
    },
}
# Documents read last, by their content: those of a large organisation, and memory that ends.
MOST_DOCUMENTS = 50_000
_documents: OrderedDict[str, Document] = OrderedDict()


def document(given: Any) -> Document:
    """Read a document, or return it from memory if its like was read not long before."""
    value, fault = decode(given)
    if fault:
        return parse(given)
    digest = digest_of(value)
    found = _documents.get(digest)
    if found is None:
        found = _documents[digest] = read(value, digest)
        while len(_documents) > MOST_DOCUMENTS:
            _documents.popitem(last=False)
    else:
        # Another thread may have dropped it meanwhile.
        with suppress(KeyError):
            _documents.move_to_end(digest)
    return found


@dataclass(frozen=True)
class PolicySource:
    """A document in force, and where it comes from: a label, its ARN if managed, its group."""

    label: str
    document: Document
    arn: str = ""
    inline: bool = False
    group: str = ""


@dataclass(frozen=True)
class ManagedPolicy:
    """A managed policy: the version in force and the others."""

    arn: str
    name: str
    document: Document
    others: tuple[tuple[str, Document], ...] = ()

    @property
    def aws_owned(self) -> bool:
        """Whether AWS owns it, so that nobody in the account can edit it."""
        return aws_policy(self.arn)


@dataclass
class Subject:
    """A user, role or group and what bears on it.

    ``kind`` is user, role, service-linked-role, identity-center-role or group. ``missing`` says
    which of its policies could not be read.
    """

    arn: str
    kind: str
    account: str
    name: str
    path: str
    sources: tuple[PolicySource, ...]
    boundary: Document | None = None
    boundary_arn: str = ""
    groups: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    trust: Document | None = None
    missing: tuple[str, ...] = ()

    @property
    def partition(self) -> str:
        """The AWS partition of its ARN."""
        return self.arn.split(":")[1]

    @property
    def state(self) -> tuple[Any, ...]:
        """What it is and what bears on it, to tell it from itself after a change."""
        texts = tuple((s.arn, s.group, s.document.digest) for s in self.sources)
        limit = self.boundary.digest if self.boundary else ""
        return self.arn, self.boundary_arn, limit, texts, tuple(sorted(self.tags.items()))

    @property
    def boundary_unread(self) -> bool:
        """Whether it has a boundary of which the content is not known."""
        return bool(self.boundary_arn) and self.boundary is None

    @cached_property
    def aws_managed(self) -> bool:
        """Whether only AWS can edit it."""
        return self.kind in ("service-linked-role", "identity-center-role") or aws_role(self.arn)


@dataclass
class Account:
    """Principals and policies of one account; ``problems`` lists records that could not be read."""

    id: str
    subjects: dict[str, Subject]
    groups: dict[str, Subject]
    policies: dict[str, ManagedPolicy]
    problems: list[str]

    @property
    def roles(self) -> list[Subject]:
        """Its roles, those that AWS manages included."""
        return [s for s in self.subjects.values() if s.kind.endswith("role")]


def read_account(answer: Mapping[str, Any], account_id: str = "") -> Account:
    """Read the answer of GetAccountAuthorizationDetails. Bad records are listed, never raised."""
    problems: list[str] = []
    policies = {p.arn: p for p in _policies(answer.get("Policies"), problems)}
    account = _AccountReader(policies, problems, account_id)
    groups: dict[str, Subject] = {}
    for record in _records(answer, "GroupDetailList", problems):
        group = account.subject(record, "group", "GroupName", "GroupPolicyList")
        if group is not None:
            groups[group.name] = group
    subjects: dict[str, Subject] = {}
    for key, kind, name, inline in (
        ("UserDetailList", "user", "UserName", "UserPolicyList"),
        ("RoleDetailList", "role", "RoleName", "RolePolicyList"),
    ):
        for record in _records(answer, key, problems):
            subject = account.subject(record, kind, name, inline)
            if subject is None:
                continue
            if subject.arn in subjects:
                problems.append(f"{subject.arn} is listed twice")
            _join_groups(subject, groups)
            subjects[subject.arn] = subject
    found = account_id or next((s.account for s in subjects.values()), "")
    return Account(found, subjects, groups, policies, problems)


def _records(
    answer: Mapping[str, Any], key: str, problems: list[str]
) -> Iterable[Mapping[str, Any]]:
    listed = answer.get(key)
    if listed is None:
        problems.append(f"the file has no {key}")
        return
    if not isinstance(listed, list):
        problems.append(f"{key} is not a list")
        return
    for number, record in enumerate(listed, start=1):
        if isinstance(record, dict):
            yield record
        else:
            problems.append(f"{key} item {number} is not an object")


def _policies(listed: Any, problems: list[str]) -> Iterable[ManagedPolicy]:
    for record in listed if isinstance(listed, list) else ():
        if not isinstance(record, dict) or not isinstance(record.get("Arn"), str):
            problems.append("a managed policy has no Arn")
            continue
        in_force, others = None, []
        versions = record.get("PolicyVersionList")
        for version in versions if isinstance(versions, list) else ():
            if not isinstance(version, dict) or version.get("Document") is None:
                continue
            if version.get("IsDefaultVersion") in (True, "true"):
                in_force = document(version["Document"])
            else:
                others.append((str(version.get("VersionId", "")), document(version["Document"])))
        name = str(record.get("PolicyName") or record["Arn"].rsplit("/", 1)[-1])
        if in_force is None:
            problems.append(f"{record['Arn']} has no version in force")
            continue
        yield ManagedPolicy(record["Arn"], name, in_force, tuple(others))


def well_known(arn: str) -> Document | None:
    """AWS's own policy of that ARN, for the few whose content is fixed."""
    statement = _WELL_KNOWN.get(arn.split(":policy/", 1)[-1]) if aws_policy(arn) else None
    return document({"Version": "2012-10-17", "Statement": [statement]}) if statement else None


class _AccountReader:
    def __init__(
        self, policies: dict[str, ManagedPolicy], problems: list[str], account_id: str
    ) -> None:
        self._policies = policies
        self._problems = problems
        self._account = account_id

    def managed(self, arn: str) -> Document | None:
        """The version in force of a managed policy, if it was read."""
        found = self._policies.get(arn)
        return found.document if found else well_known(arn)

    def subject(
        self, record: Mapping[str, Any], kind: str, name_key: str, inline_key: str
    ) -> Subject | None:
        arn = record.get("Arn")
        if not isinstance(arn, str) or arn.count(":") < 5:
            self._problems.append(f"a {kind} has no Arn")
            return None
        for key in (name_key, "Path"):
            if not isinstance(record.get(key, ""), str):
                self._problems.append(f"{arn} has a {key} that is no text")
        path = str(record.get("Path") or "/")
        if kind == "role":
            if path.startswith("/aws-service-role/"):
                kind = "service-linked-role"
            elif path.startswith("/aws-reserved/sso.amazonaws.com/"):
                kind = "identity-center-role"
        missing: list[str] = []
        sources = list(self._attached(record, missing))
        for item in _objects(record, inline_key, missing):
            label = f"inline policy {item.get('PolicyName', '')}"
            sources.append(PolicySource(label, document(item.get("PolicyDocument")), inline=True))
        boundary, boundary_arn = None, ""
        if "PermissionsBoundary" in record:
            limit = record["PermissionsBoundary"]
            arn_given = limit.get("PermissionsBoundaryArn") if isinstance(limit, dict) else None
            boundary_arn = str(arn_given or "of unknown name")
            boundary = self.managed(boundary_arn)
            if boundary is None:
                missing.append(f"its boundary {boundary_arn} is not in the file")
            else:
                missing += [f"its boundary: {said}" for said in boundary.unjudged]
        trust = record.get("AssumeRolePolicyDocument")
        for source in sources:
            missing += [f"{source.label}: {said}" for said in source.document.unjudged]
        listed = record.get("GroupList")
        return Subject(
            arn,
            kind,
            arn.split(":")[4] or self._account,
            str(record.get(name_key) or arn.rsplit("/", 1)[-1]),
            path,
            tuple(sources),
            boundary,
            boundary_arn,
            tuple(str(g) for g in listed) if isinstance(listed, list) else (),
            _tags(record.get("Tags")),
            document(trust) if trust is not None else None,
            tuple(missing),
        )

    def _attached(self, record: Mapping[str, Any], missing: list[str]) -> Iterable[PolicySource]:
        for item in _objects(record, "AttachedManagedPolicies", missing):
            arn = item.get("PolicyArn", "")
            if not isinstance(arn, str):
                missing.append("an attached policy has no ARN")
                continue
            name = str(item.get("PolicyName") or arn.rsplit("/", 1)[-1])
            found = self.managed(arn)
            if found is None:
                missing.append(f"policy {arn or name} is not in the file")
            else:
                yield PolicySource(f"policy {name}", found, arn)


def _objects(
    record: Mapping[str, Any], key: str, missing: list[str]
) -> Iterable[Mapping[str, Any]]:
    """The objects of a list of policies; what is none is noted, since it may hold a policy."""
    # AWS leaves out what would be empty; null says nothing.
    listed = record.get(key, [])
    if not isinstance(listed, list):
        missing.append(f"its {key} is not a list")
        return
    for item in listed:
        if isinstance(item, dict):
            yield item
        else:
            missing.append(f"its {key} holds what is no policy")


def _tags(listed: Any) -> dict[str, str]:
    return {
        str(tag.get("Key")): str(tag.get("Value", ""))
        for tag in (listed if isinstance(listed, list) else ())
        if isinstance(tag, dict)
    }


def _join_groups(subject: Subject, groups: Mapping[str, Subject]) -> None:
    """Add to a user what it has through its groups."""
    sources: Sequence[PolicySource] = subject.sources
    missing = list(subject.missing)
    for name in subject.groups:
        group = groups.get(name)
        if group is None:
            missing.append(f"group {name} is not in the file")
            continue
        through = [
            PolicySource(f"{s.label} (group {name})", s.document, s.arn, s.inline, name)
            for s in group.sources
        ]
        sources = [*sources, *through]
        missing += [f"group {name}: {said}" for said in group.missing]
    subject.sources, subject.missing = tuple(sources), tuple(missing)
