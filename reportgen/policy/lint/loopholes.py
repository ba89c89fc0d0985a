"""Conditions that hold for everyone, or do not do what they are there for."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import USABLE, Finding, LintSubject, at, check
from reportgen.policy.lint.operators import matches_all

_ALWAYS_THERE = {"aws:principalarn", "aws:userid", "aws:principaltype", "aws:principalaccount"}
# Keys of which an absent value means a stranger.
_WHO = {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:sourceaccount",
    "aws:sourcearn",
    "sts:externalid",
}
_EVERYWHERE = ("0.0.0.0/0", "::/0")


@check(USABLE, "CONDITION_ALWAYS_TRUE")
def always(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: an Allow that a condition seems to narrow."""
    for c in statement.conditions if statement.effect == "Allow" else ():
        steps = ("Condition", c.operator, c.key)
        if c.lowered in _ALWAYS_THERE and c.base in ("StringLike", "ArnLike") and "*" in c.values:
            said = f"{c.text:.100} holds for everyone. Name who is meant, or drop it."
            yield at(statement, "CONDITION_ALWAYS_TRUE", said, *steps)
        if c.base == "IpAddress" and any(v in _EVERYWHERE for v in c.values):
            yield at(statement, "CONDITION_ALWAYS_TRUE", f"{c.text:.100} holds everywhere.", *steps)


@check(USABLE, "IF_EXISTS_OPENS_ALLOW")
def if_exists(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: an Allow for callers who do not carry the key at all."""
    for c in statement.conditions if statement.effect == "Allow" else ():
        if c.if_exists and c.lowered in _WHO and not c.negated:
            said = f"{c.operator} holds for callers that carry no {c.key}. Drop IfExists."
            steps = ("Condition", c.operator, c.key)
            yield at(statement, "IF_EXISTS_OPENS_ALLOW", said, *steps)


def only_presence(c: Condition) -> bool:
    """Whether a condition asks for any value of a key, and not for which."""
    if c.base == "Null":
        return any(value.casefold() == "false" for value in c.values)
    return matches_all(c) and not c.negated


@check(USABLE, "CONDITION_TESTS_PRESENCE_ONLY")
def presence(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: any organisation, any network, any external id will do."""
    if statement.effect != "Allow":
        return
    firm = {c.lowered for c in statement.conditions if not only_presence(c) and not c.negated}
    for c in statement.conditions:
        if c.lowered in _WHO and c.lowered not in firm and only_presence(c):
            said = f"Any value of {c.key} will do, so a stranger's too. Name the values."
            steps = ("Condition", c.operator, c.key)
            yield at(statement, "CONDITION_TESTS_PRESENCE_ONLY", said, *steps)


@check(USABLE, "SOURCE_IP_IN_ALLOW")
def address_in_allow(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: what a service does for the caller comes from another address."""
    for c in statement.conditions if statement.effect == "Allow" else ():
        if c.base != "IpAddress" or c.lowered != "aws:sourceip" or set(c.values) & {*_EVERYWHERE}:
            continue
        said = (
            "aws:SourceIp is absent or another address through VPC endpoints and AWS services, "
            "which this Allow then refuses. A Deny with exemptions is the usual form."
        )
        yield at(statement, "SOURCE_IP_IN_ALLOW", said, "Condition", c.operator, c.key)


@check(USABLE, "SOURCE_IP_DENIES_SERVICES")
def address_in_deny(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: the same of a Deny that does not exempt services."""
    for c in statement.conditions if statement.effect == "Deny" else ():
        exempt = any(
            o.lowered in ("aws:viaawsservice", "aws:principalisawsservice")
            for o in statement.conditions
        )
        if c.lowered == "aws:sourceip" and c.base == "NotIpAddress" and not exempt:
            said = "Also denies what AWS services do for the caller. Add aws:ViaAWSService false."
            yield at(statement, "SOURCE_IP_DENIES_SERVICES", said, "Condition", c.operator, c.key)
