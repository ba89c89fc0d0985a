"""Builds policies and accounts for tests, and asks the engine about them."""

from __future__ import annotations

from typing import Any

from reportgen.policy.access import Call
from reportgen.policy.account import Account, document, read_account
from reportgen.policy.analyse import analyse
from reportgen.policy.cases import read_case
from reportgen.policy.decision import ALLOWED, Decision, Levels, Policies, Request, decide
from reportgen.policy.document import Document

OWN = "210987654321"
OTHER = "998877665544"
USER = f"arn:aws:iam::{OWN}:user/dana"
ROLE = f"arn:aws:iam::{OWN}:role/worker"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/worker/run-1"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """A statement: everything on everything but for what is given."""
    found: dict[str, Any] = {"Effect": effect, "Action": "*", "Resource": "*", **elements}
    for name in ("Action", "Resource"):
        if f"Not{name}" in elements:
            del found[name]
    return found


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    """A policy of some statements."""
    return {"Version": version, "Statement": list(statements)}


def allow(**elements: Any) -> dict[str, Any]:
    """A policy of one Allow."""
    return policy(statement("Allow", **elements))


def deny(**elements: Any) -> dict[str, Any]:
    """A policy of one Deny."""
    return policy(statement("Deny", **elements))


def resource_policy(principal: Any, effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """A resource policy of one statement."""
    return policy(statement(effect, Principal=principal, **elements))


def trust_policy(principal: Any, action: Any = "sts:AssumeRole", **elements: Any) -> dict[str, Any]:
    """A trust policy of one statement."""
    one = {"Effect": "Allow", "Principal": principal, "Action": action, **elements}
    return policy(one)


def ask(action: str, *identity: Any, principal: str = USER, **case: Any) -> Decision:
    """Decide one case; ``identity`` are the caller's own policies."""
    given = {"principal": principal, "action": action, "identity_policies": list(identity)}
    return decide(*read_case({**given, **case}))


def said(action: str, *identity: Any, **case: Any) -> str:
    """The decision alone."""
    return ask(action, *identity, **case).decision


def user(name: str, *inline: Any, boundary: str = "", **more: Any) -> dict[str, Any]:
    """A user record of GetAccountAuthorizationDetails."""
    return {
        "UserName": name,
        "Path": "/",
        "Arn": f"arn:aws:iam::{OWN}:user/{name}",
        "UserPolicyList": _inline(inline),
        **_bound(boundary),
        **more,
    }


def role(
    name: str, trust: Any, *inline: Any, boundary: str = "", path: str = "/", **more: Any
) -> dict[str, Any]:
    """A role record; ``trust`` is a principal element, or a whole trust policy."""
    is_policy = isinstance(trust, dict) and "Statement" in trust
    return {
        "RoleName": name,
        "Path": path,
        "Arn": f"arn:aws:iam::{OWN}:role{path}{name}",
        "AssumeRolePolicyDocument": trust if is_policy else trust_policy(trust),
        "RolePolicyList": _inline(inline),
        **_bound(boundary),
        **more,
    }


def managed(name: str, document: Any, *older: Any, arn: str = "") -> dict[str, Any]:
    """A managed policy record with older versions."""
    versions = [{"VersionId": "v9", "IsDefaultVersion": True, "Document": document}]
    versions += [
        {"VersionId": f"v{i}", "IsDefaultVersion": False, "Document": d}
        for i, d in enumerate(older, 1)
    ]
    return {
        "PolicyName": name,
        "Arn": arn or f"arn:aws:iam::{OWN}:policy/{name}",
        "PolicyVersionList": versions,
    }


def attached(*arns: str) -> list[dict[str, str]]:
    """AttachedManagedPolicies; a bare name is a customer managed policy."""
    full = [a if a.startswith("arn:") else f"arn:aws:iam::{OWN}:policy/{a}" for a in arns]
    return [{"PolicyName": a.rsplit("/", 1)[-1], "PolicyArn": a} for a in full]


def _inline(documents: Any) -> list[dict[str, Any]]:
    return [{"PolicyName": f"p{i}", "PolicyDocument": d} for i, d in enumerate(documents)]


def _bound(name: str) -> dict[str, Any]:
    if not name:
        return {}
    arn = name if name.startswith("arn:") else f"arn:aws:iam::{OWN}:policy/{name}"
    return {"PermissionsBoundary": {"PermissionsBoundaryArn": arn}}


ASSUMING = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def confirmed(call: Call, found: Account, scps: Levels = ()) -> bool:
    """Whether the decision engine allows a call of whoever makes it, as that one is then."""
    resource: Document | None = None
    who = call.by
    assert who is not None
    assert who.arn == call.principal
    if call.action in ASSUMING:
        target = found.subjects.get(call.resource)
        # A role that it makes trusts whoever made it.
        resource = target.trust if target else document(trust_policy({"AWS": who.arn}))
    policies = Policies(
        tuple(s.document for s in who.sources), who.boundary, resource=resource, scps=scps
    )
    request = Request(call.principal, call.action, call.resource, context=dict(call.context))
    return decide(request, policies).decision == ALLOWED


def account(*records: dict[str, Any]) -> Account:
    """An account of users, roles, groups and managed policies."""
    answer: dict[str, list[Any]] = {
        "UserDetailList": [r for r in records if "UserName" in r],
        "RoleDetailList": [r for r in records if "RoleName" in r],
        "GroupDetailList": [r for r in records if "GroupName" in r],
        "Policies": [r for r in records if "PolicyVersionList" in r],
    }
    return read_account(answer)


def judged(*records: dict[str, Any], scps: Any = ()) -> dict[str, dict[str, Any]]:
    """The analysis of an account by the name of each principal."""
    rows = analyse([account(*records)], {"": scps} if scps else {})
    return {row["arn"].rsplit("/", 1)[-1]: row for row in rows}


def admin(*records: dict[str, Any], scps: Any = ()) -> str:
    """What the first of the records is, by name: full, conditional, escalation, none."""
    first = records[0]
    found: str = judged(*records, scps=scps)[first.get("UserName") or first["RoleName"]]["admin"]
    return found
