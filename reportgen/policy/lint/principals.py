"""Principals of resource policies and trust policies."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import (
    RESOURCE,
    STATEMENT,
    TRUST,
    USABLE,
    Finding,
    LintSubject,
    at,
    check,
    principal_key,
    some,
)
from reportgen.policy.lint.loopholes import only_presence
from reportgen.policy.lint.values import is_service
from reportgen.policy.principal import DELETED

_SOURCES = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
# A service that acts for itself is in no organisation ("AWS global condition context keys").
_OF_MEMBERS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_BOTH = (TRUST, RESOURCE)


def _values(statement: Statement, kind: str) -> list[str]:
    return [value for name, value in statement.principals or () if name == kind]


@check(USABLE, "ALLOW_WITH_NOT_PRINCIPAL", kinds=_BOTH)
def not_principal(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """ALLOW_WITH_NOT_PRINCIPAL: everyone else, strangers too."""
    if statement.not_principal and statement.effect == "Allow":
        said = "Allow with NotPrincipal lets in everyone else, strangers too. Name who may."
        yield at(statement, "ALLOW_WITH_NOT_PRINCIPAL", said, "NotPrincipal")


@check(USABLE, "UNSUPPORTED_WILDCARD_IN_PRINCIPAL", kinds=_BOTH)
def wildcard(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """UNSUPPORTED_WILDCARD_IN_PRINCIPAL: the star alone is everyone, within a name nobody."""
    for kind, value in statement.principals or ():
        if ("*" in value or "?" in value) and (kind != "AWS" or value != "*"):
            said = f"{value:.100}: a principal takes no wildcard. Use aws:PrincipalArn."
            key = principal_key(statement)
            yield at(statement, "UNSUPPORTED_WILDCARD_IN_PRINCIPAL", said, key)


@check(STATEMENT, "INVALID_SERVICE_PRINCIPAL_FORMAT", kinds=_BOTH)
def service_form(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """INVALID_SERVICE_PRINCIPAL_FORMAT: name.amazonaws.com, in lower case."""
    for value in _values(statement, "Service"):
        if "*" not in value and not is_service(value):
            said = f"{value!r:.100} is no service principal: name.amazonaws.com, in lower case."
            key = principal_key(statement)
            yield at(statement, "INVALID_SERVICE_PRINCIPAL_FORMAT", said, key)


@check(STATEMENT, "INVALID_ROLE_REFERENCE", "INVALID_USER_REFERENCE", kinds=_BOTH)
def reference(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """INVALID_ROLE_REFERENCE, INVALID_USER_REFERENCE: the id AWS leaves of what was deleted."""
    for value in _values(statement, "AWS"):
        if DELETED.fullmatch(value):
            what = "ROLE" if value.startswith("AROA") else "USER"
            said = f"{value} is the id of a {what.lower()} that was deleted. Remove it."
            yield at(statement, f"INVALID_{what}_REFERENCE", said, principal_key(statement))


@check(USABLE, "FEDERATED_PRINCIPAL_NOT_SUPPORTED", kinds=(RESOURCE,))
def federated(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """FEDERATED_PRINCIPAL_NOT_SUPPORTED: only trust policies take them."""
    for value in _values(statement, "Federated"):
        said = f"{value:.100}: only a trust policy takes an identity provider. Name the role."
        yield at(statement, "FEDERATED_PRINCIPAL_NOT_SUPPORTED", said, principal_key(statement))


@check(USABLE, "PUBLIC_PRINCIPAL", kinds=(RESOURCE,))
def public(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: open to the public, whatever only asks that some key be there."""
    if statement.effect != "Allow" or statement.not_principal:
        return
    firm = any(
        not c.if_exists and c.qualifier != "all" and not only_presence(c)
        for c in statement.conditions
    )
    if ("AWS", "*") in (statement.principals or ()) and not firm:
        said = "Open to every AWS account and the public. Name who may, or add a condition."
        yield at(statement, "PUBLIC_PRINCIPAL", said, "Principal")


@check(
    USABLE,
    "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
    "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
    kinds=(RESOURCE,),
)
def confused_deputy(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL; RECOMMENDED_... where only aws:Referer binds it."""
    services = _values(statement, "Service")
    if not services or statement.effect != "Allow" or statement.not_principal:
        return
    if any(c.lowered in _SOURCES and not c.if_exists for c in statement.conditions):
        return
    key = principal_key(statement)
    if any(c.lowered == "aws:referer" for c in statement.conditions):
        said = f"{some(services)}: write aws:SourceAccount or aws:SourceArn instead of aws:Referer."
        yield at(statement, "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", said, key)
    else:
        said = f"{some(services)} may act for any account. Add aws:SourceAccount or aws:SourceArn."
        yield at(statement, "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", said, key)


@check(USABLE, "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", kinds=_BOTH)
def members_key(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL: services are in no organisation."""
    if not _values(statement, "Service"):
        return
    for c in statement.conditions:
        if c.lowered in _OF_MEMBERS and not c.if_exists and c.base != "Null":
            said = f"Services carry no {c.key}. Use aws:SourceOrgID, or a statement of their own."
            code = "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL"
            yield at(statement, code, said, "Condition", c.operator, c.key)
