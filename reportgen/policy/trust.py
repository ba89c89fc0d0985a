"""Who can assume a role, as its trust policy says.

IAM User Guide: "Principal", "The confused deputy problem", "Creating a role for OpenID Connect
federation", "Creating a role for SAML federation".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from reportgen.policy.actions import matches_action
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Document, Statement
from reportgen.policy.placeholders import placeholder
from reportgen.policy.principal import DELETED

# The action that fits each kind of principal; with any other the statement is inert.
_FITS = {
    "saml": "sts:AssumeRoleWithSAML",
    "oidc": "sts:AssumeRoleWithWebIdentity",
    "service": "sts:AssumeRole",
    "aws": "sts:AssumeRole",
}
# Issuers that serve many tenants, with the claims of which one must pin the tenant.
# GitHub's is in the IAM User Guide; the others are from the vendors' own conventions.
_SHARED = {
    "token.actions.githubusercontent.com": ("sub", "repository", "repository_owner"),
    "gitlab.com": ("sub", "namespace_path", "project_path"),
    "app.terraform.io": ("sub", "terraform_organization_id", "terraform_workspace_id"),
    "agent.buildkite.com": ("sub", "organization_slug", "organization_id"),
    "accounts.google.com": ("aud", "oaud", "sub"),
    "www.amazon.com": ("app_id", "user_id"),
    "graph.facebook.com": ("app_id", "id"),
    "cognito-identity.amazonaws.com": ("aud",),
}
# Services whose pages ask for aws:SourceAccount or aws:SourceArn in trust policies, since they act
# for whoever names the role. EC2, Lambda and others pass roles within one account only.
_PASSED_WITHIN_ACCOUNT = {
    "ec2",
    "lambda",
    "ecs-tasks",
    "ecs",
    "glue",
    "edgelambda",
    "states",
    "spotfleet",
    "elasticmapreduce",
    "autoscaling",
    "codebuild",
    "codepipeline",
    "codedeploy",
    "cloudformation",
    "eks",
    "pods.eks",
    "opsworks",
}
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGIONAL = re.compile(r"\.[a-z]{2}(-[a-z]+)+-[0-9]")
_ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}")


@dataclass(frozen=True)
class Grant:
    """One principal of one Allow statement of a trust policy.

    ``kind``: public, account, principal, service, saml, oidc, deleted or inert. ``account`` is the
    principal's account; ``relation`` own, organisation, known or unknown. ``external_id`` is
    absent, weak, placeholder or present; ``subject`` (OIDC) pinned, open, missing or broken;
    ``limits`` the conditions that narrow who may come; where everyone is let in, not those on what
    a stranger brings of its own (its tags, the name of its session, an ARN of any account).
    """

    kind: str
    principal: str
    statement: str
    account: str
    relation: str
    external_id: str
    external_values: tuple[str, ...]
    mfa: bool
    source_bound: bool
    organisation_bound: bool
    audience: bool
    subject: str
    issuer: str
    limits: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Surroundings:
    """What is known of the accounts around: the own one, the organisation's, agreed others."""

    account: str
    organisation: str = ""
    accounts: Collection[str] = field(default_factory=frozenset)
    known: Collection[str] = field(default_factory=frozenset)

    def relation(self, account: str) -> str:
        """How an account stands to the own one."""
        if account == self.account:
            return "own"
        if account in self.accounts:
            return "organisation"
        return "known" if account in self.known else "unknown"


def grants(document: Document, around: Surroundings) -> list[Grant]:
    """Everyone whom a trust policy lets in, statement by statement (statements are ORed)."""
    found: list[Grant] = []
    for statement in document.usable:
        if statement.effect == "Allow" and statement.principals is not None:
            found += _grants(statement, around)
    return found


def _grants(statement: Statement, around: Surroundings) -> Iterator[Grant]:
    assumes = [a for a in set(_FITS.values()) if matches_action(statement, a)]
    if not assumes:
        return
    if statement.not_principal:
        yield _grant(statement, "public", "everyone not named", "", around)
        return
    for kind, value in statement.principals or ():
        yield _one(statement, kind, value, around)


def _one(statement: Statement, kind: str, value: str, around: Surroundings) -> Grant:
    if kind == "Service":
        return _fitting(statement, "service", value, around)
    if kind == "Federated":
        is_saml = ":saml-provider/" in value
        return _fitting(statement, "saml" if is_saml else "oidc", value, around)
    if value == "*":
        return _grant(statement, "public", "*", "", around)
    if DELETED.fullmatch(value):
        return _grant(statement, "deleted", value, "", around)
    if value.isdigit() and len(value) == 12:
        return _fitting(statement, "aws", value, around, value)
    parts = value.split(":", 5)
    if len(parts) < 6 or "*" in value:
        return _grant(statement, "inert", value, "", around, why="it is no ARN that IAM accepts")
    return _fitting(statement, "aws", value, around, parts[4])


def _fitting(
    statement: Statement, family: str, value: str, around: Surroundings, account: str = ""
) -> Grant:
    if not matches_action(statement, _FITS[family]):
        why = f"{_FITS[family]} is what such a principal calls"
        return _grant(statement, "inert", value, account, around, why=why)
    kind = family
    if family == "aws":
        kind = "account" if value == account or value.endswith(":root") else "principal"
    return _grant(statement, kind, value, account, around)


def _grant(
    statement: Statement,
    kind: str,
    value: str,
    account: str,
    around: Surroundings,
    why: str = "",
) -> Grant:
    conditions = statement.conditions
    external, values = _external_id(conditions)
    issuer, subject = "", ""
    audience = _pins(conditions, "saml:aud")
    if kind == "oidc":
        issuer = value.rpartition(":oidc-provider/")[2]
        audience = _pins(conditions, f"{issuer}:aud")
        subject = _subject(conditions, issuer)
    relation = around.relation(account) if account else ""
    return Grant(
        kind,
        value,
        statement.name,
        account,
        relation,
        external,
        values,
        any(_asks_mfa(c) for c in conditions),
        any(_pins([c], k) for c in conditions for k in _SOURCE),
        _in_organisation(conditions, around),
        audience,
        subject,
        issuer,
        tuple(c.text for c in conditions if _limits(c, kind, around)),
        why,
    )


_SOURCE = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")
# Where a request comes from, which nobody brings along.
_PLACES = ("aws:sourcevpce", "aws:sourcevpc", "aws:sourceip")
# Of the caller, as its own account or organisation says.
_OF_ACCOUNT = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:sourceidentity",
    "aws:userid",
    "sts:rolesessionname",
)
_PRINCIPAL_TAG = "aws:principaltag/"


def _firm(condition: Condition) -> bool:
    """Whether a condition fails for a caller that lacks the key, and asks for a match."""
    return not condition.if_exists and condition.qualifier != "all" and not condition.negated


def _pins(conditions: Collection[Condition], key: str) -> bool:
    """Whether some condition asks for a value of the key that is not open."""
    return any(
        c.lowered == key.casefold()
        and c.base != "Null"
        and _firm(c)
        and bool(c.values)
        and not any(not v.strip("*?") or v in _EVERYWHERE for v in c.values)
        for c in conditions
    )


def _limits(condition: Condition, kind: str, around: Surroundings) -> bool:
    """Whether a condition narrows who may come of those whom the principal names."""
    key = condition.lowered
    if not _pins([condition], key):
        return False
    if key in _PLACES:
        return True
    if key == "aws:principalarn":
        return kind != "public" or all(_of_one_account(v, around) for v in condition.values)
    # Every account tags its principals and names its sessions as it likes; that only one's own
    # organisation or accounts may come is ``organisation_bound``.
    return kind != "public" and (key in _OF_ACCOUNT or key.startswith(_PRINCIPAL_TAG))


def _of_one_account(arn: str, around: Surroundings) -> bool:
    """Whether a pattern of ARNs speaks of one account, and of the whole of none but our own."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not _ACCOUNT.fullmatch(parts[4]):
        return False
    kind, _, name = parts[5].partition("/")
    is_ours = around.relation(parts[4]) in ("own", "organisation")
    return is_ours or ("*" not in kind and "?" not in kind and bool(name.strip("*?/")))


def _in_organisation(conditions: Collection[Condition], around: Surroundings) -> bool:
    """Whether only the own organisation, or named accounts of it, can come."""
    for c in conditions:
        if not _firm(c) or c.base == "Null":
            continue
        if c.lowered == "aws:principalorgid":
            own = around.organisation
            if all(v == own if own else _ORGANISATION.fullmatch(v) for v in c.values):
                return True
        if c.lowered == "aws:principalorgpaths":
            own = around.organisation or "o-"
            if all(v.startswith(own) and "*" not in v.split("/")[0] for v in c.values):
                return True
        if c.lowered == "aws:principalaccount" and all(
            around.relation(v) in ("own", "organisation") for v in c.values
        ):
            return True
    return False


def _asks_mfa(c: Condition) -> bool:
    if c.if_exists or c.qualifier == "all":
        return False
    if c.lowered == "aws:multifactorauthpresent" and c.base in ("Bool", "StringEquals"):
        return all(v.casefold() == "true" for v in c.values)
    return c.lowered == "aws:multifactorauthage" and c.base.startswith("NumericLess")


def _external_id(conditions: Collection[Condition]) -> tuple[str, tuple[str, ...]]:
    found = [c for c in conditions if c.lowered == "sts:externalid" and c.base != "Null"]
    if not found:
        return "absent", ()
    values = tuple(v for c in found for v in c.values)
    for c in found:
        is_like = c.base == "StringLike"
        open_value = is_like and any(len(v.replace("*", "").replace("?", "")) < 2 for v in c.values)
        if _firm(c) and not open_value and c.values:
            weak = any(placeholder(v) for v in c.values)
            return ("placeholder" if weak else "present"), values
    return "weak", values


def _subject(conditions: Collection[Condition], issuer: str) -> str:
    """Whether the claims of an OIDC issuer that serves many tenants pin one of them.

    For an issuer of one's own the audience or the subject is enough.
    """
    claims = _SHARED.get(issuer)
    if claims is None:
        claims = ("sub",) if issuer.startswith("oidc.eks.") else ("aud", "sub")
    worst = "missing"
    for condition in conditions:
        prefix, _, claim = condition.lowered.rpartition(":")
        if prefix != issuer.casefold() or claim not in claims or condition.base == "Null":
            continue
        found = _claim(condition, claim, issuer)
        if found == "pinned":
            # Conditions are ANDed: one that pins is enough.
            return "pinned"
        worst = found
    return worst


def _claim(condition: Condition, claim: str, issuer: str) -> str:
    if not _firm(condition) or not condition.values:
        return "open"
    if condition.base in ("StringEquals", "StringEqualsIgnoreCase"):
        wild = [v for v in condition.values if "*" in v or "?" in v]
        if wild and claim == "sub":
            # StringEquals takes a star for a star: such a value matches no token.
            return "broken" if len(wild) == len(condition.values) else "pinned"
        return "pinned"
    if condition.base not in ("StringLike", "ArnLike", "ArnEquals"):
        return "open"
    return "open" if any(_open_claim(v, issuer) for v in condition.values) else "pinned"


def _open_claim(value: str, issuer: str) -> bool:
    """Whether a pattern can match another tenant: a wildcard before the tenant's name ends."""
    wild = re.search(r"[*?]", value)
    if wild is None:
        return False
    fixed = value[: wild.start()]
    if issuer.startswith("oidc.eks."):
        # system:serviceaccount:namespace:name - the cluster is the tenant, the pod the subject.
        return fixed.count(":") < 3
    if issuer == "token.actions.githubusercontent.com" and fixed.startswith("repo:"):
        return "/" not in fixed
    # name:tenant:... or name:tenant/...: the tenant must be whole.
    tail = fixed.partition(":")[2] if ":" in fixed else fixed
    return not re.search(r"[:/]", tail)


def needs_source(service: str) -> bool:
    """Whether a service that assumes roles is one that could be made to do so for a stranger."""
    name = service.partition(".amazonaws.com")[0]
    # A regional name, such as logs.ap-southeast-2.
    return _REGIONAL.sub("", name) not in _PASSED_WITHIN_ACCOUNT
