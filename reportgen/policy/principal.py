"""Who calls: a principal's ARN taken apart, and how the Principal element of a policy matches it.

IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from reportgen.policy.document import Statement

_ACCOUNT = re.compile(r"\d{12}")
# Unique ids of a deleted user or role, which IAM leaves in place of the ARN.
DELETED = re.compile(r"(AIDA|AROA)[A-Z0-9]{8,}")


class Match(IntEnum):
    """How closely a policy names a principal; a higher one bypasses more."""

    NONE = 0
    # The whole account: leaves the decision to that account's identity policies.
    ACCOUNT = 1
    # The role of a session: still held by its boundary and session policy.
    ROLE = 2
    # The user, the session itself, everyone, a service or an identity provider.
    DIRECT = 3


@dataclass(frozen=True)
class Caller:
    """A principal. ``kind`` is user, role, session, federated-user, root, service, provider,
    anonymous or unknown; ``name`` the user's or role's name without its path."""

    arn: str
    kind: str
    partition: str = "aws"
    account: str = ""
    name: str = ""
    path: str = "/"

    @property
    def role_arn(self) -> str:
        """The ARN of the role behind a session (its path is not in a session's ARN)."""
        if self.kind == "session":
            return f"arn:{self.partition}:iam::{self.account}:role/{self.name}"
        return self.arn

    @property
    def service_linked(self) -> bool:
        """Whether it is a service-linked role, to which SCPs and RCPs do not apply."""
        return self.kind == "role" and self.path.startswith("/aws-service-role/")


@lru_cache(maxsize=65536)
def caller(text: str) -> Caller:
    """Take a principal apart: an ARN, an account id, a service, a provider, or ``*``."""
    if text in ("", "*", "anonymous"):
        return Caller("*", "anonymous")
    if _ACCOUNT.fullmatch(text):
        return Caller(f"arn:aws:iam::{text}:root", "root", account=text)
    if not text.startswith("arn:"):
        # accounts.google.com and the like are providers; *.amazonaws.com are services.
        is_provider = not text.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"))
        if text == "cognito-identity.amazonaws.com":
            is_provider = True
        return Caller(text, "provider" if is_provider else "service")
    parts = text.split(":", 5)
    if len(parts) < 6:
        return Caller(text, "unknown")
    _, partition, service, _, account, resource = parts
    kind, _, rest = resource.partition("/")
    path, _, name = f"/{rest}".rpartition("/")
    if kind in ("saml-provider", "oidc-provider"):
        # Whoever signs in there is in no account yet.
        return Caller(text, "provider", partition)
    if resource == "root":
        return Caller(text, "root", partition, account)
    if service == "sts" and kind == "assumed-role":
        return Caller(text, "session", partition, account, rest.split("/", 1)[0])
    known = {
        "user": "user",
        "role": "role",
        "federated-user": "federated-user",
    }
    return Caller(text, known.get(kind, "unknown"), partition, account, name, f"{path}/")


def root_account(value: str) -> str:
    """The account that a principal element names whole, by its id or its root; empty if none."""
    found = caller(value)
    return found.account if found.kind == "root" else ""


def _names(value: str, kind: str, who: Caller, *, deny: bool) -> Match:
    if value == "*":
        return Match.DIRECT if kind == "AWS" else Match.NONE
    if kind == "Service":
        return Match.DIRECT if who.kind == "service" and value == who.arn else Match.NONE
    if kind == "Federated":
        same = who.kind == "provider" and value == who.arn
        return Match.DIRECT if same else Match.NONE
    if kind != "AWS" or not who.account:
        return Match.NONE
    if root_account(value) == who.account:
        return Match.DIRECT if who.kind == "root" or deny else Match.ACCOUNT
    if value == who.arn:
        return Match.ROLE if who.kind == "role" else Match.DIRECT
    if who.kind == "session" and ":role/" in value:
        named = caller(value)
        if named.account == who.account and named.name == who.name:
            return Match.ROLE
    return Match.NONE


def match_principal(statement: Statement, who: Caller, *, bounded: bool = False) -> Match:
    """How the statement's Principal or NotPrincipal speaks of the caller.

    ``bounded``: the caller has a permissions boundary; a Deny with NotPrincipal then always holds
    (IAM User Guide, "NotPrincipal").
    """
    if statement.principals is None:
        return Match.NONE
    deny = statement.effect == "Deny"
    if statement.not_principal and deny:
        return Match.NONE if not bounded and _spared(statement, who) else Match.DIRECT
    found = max(
        (_names(value, kind, who, deny=deny) for kind, value in statement.principals),
        default=Match.NONE,
    )
    if not statement.not_principal:
        return found
    return Match.NONE if found is not Match.NONE else Match.DIRECT


def _spared(statement: Statement, who: Caller) -> bool:
    """Whether a Deny with NotPrincipal leaves the caller alone.

    AWS asks for the account first, then for the user or role, then for the session, and denies at
    the first that is not listed (IAM User Guide, "NotPrincipal"). An account alone spares its root
    user and nobody in it; a role spares its sessions, unless some of them are listed by name.
    """
    listed = statement.principals or ()
    if not who.account or ("AWS", "*") in listed:
        return any(_names(value, kind, who, deny=True) for kind, value in listed)
    return _lists_account(statement, who) and (who.kind == "root" or _lists_self(statement, who))


def _lists_account(statement: Statement, who: Caller) -> bool:
    return any(
        caller(value).kind == "root" and caller(value).account == who.account
        for kind, value in statement.principals or ()
        if kind == "AWS"
    )


def _lists_self(statement: Statement, who: Caller) -> bool:
    named = [caller(value) for kind, value in statement.principals or () if kind == "AWS"]
    if who.kind not in ("session", "role"):
        return any(n.arn == who.arn for n in named)
    same = [n for n in named if (n.account, n.name) == (who.account, who.name)]
    if not any(_is_role(n, who) for n in same):
        return False
    sessions = [n for n in same if n.kind == "session"]
    return not sessions or any(n.arn == who.arn for n in sessions)


def _is_role(named: Caller, who: Caller) -> bool:
    # The path of a role is not in the ARN of its sessions.
    return named.kind == "role" and (who.kind == "session" or named.arn == who.arn)


def spared_but_for(statement: Statement, who: Caller, *, bounded: bool) -> str:
    """Why a Deny holds although its NotPrincipal lists the caller; empty where nothing is odd."""
    if not statement.not_principal or statement.effect != "Deny":
        return ""
    if not any(_names(v, k, who, deny=True) for k, v in statement.principals or ()):
        return ""
    if bounded:
        return ": NotPrincipal spares nobody who has a permissions boundary"
    if not _lists_account(statement, who):
        return ": NotPrincipal lists the caller, but not its account too"
    return ": NotPrincipal lists the account, but not the role or user itself"
