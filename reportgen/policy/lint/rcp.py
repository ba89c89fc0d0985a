"""Resource control policies (AWS Organizations User Guide, "RCP syntax")."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.policy.actions import database
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import (
    RCP,
    STATEMENT,
    USABLE,
    Finding,
    LintSubject,
    at,
    check,
    principal_key,
    some,
)

_EVERYONE = (("AWS", "*"),)
_IS_SERVICE = "aws:principalisawsservice"
# Keys that say who asks, which a service that acts for itself does not carry.
_OF_PRINCIPALS = ("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount")
# Keys that say for whom a service asks, which nobody else carries.
_OF_SERVICES = ("aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceaccount", "aws:sourcearn")
_PRESENT = ("aws:sourceaccount", "aws:sourcearn")


@check(STATEMENT, "RCP_SYNTAX_ERROR_PRINCIPAL", kinds=(RCP,))
def principal(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RCP_SYNTAX_ERROR_PRINCIPAL: everyone and nothing else."""
    if statement.principals is None or (
        statement.principals == _EVERYONE and not statement.not_principal
    ):
        return
    said = 'An RCP is for every principal: write "Principal": "*".'
    yield at(statement, "RCP_SYNTAX_ERROR_PRINCIPAL", said, principal_key(statement))


@check(STATEMENT, "RCP_SYNTAX_ERROR_ALLOW", kinds=(RCP,))
def allow(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RCP_SYNTAX_ERROR_ALLOW: only the policy that AWS makes allows, and that everything."""
    if statement.effect != "Allow":
        return
    if statement.resources == ("*",) and not statement.not_resource and not statement.conditions:
        return
    said = "An RCP allows everything or denies: an Allow has Resource * and no Condition."
    yield at(statement, "RCP_SYNTAX_ERROR_ALLOW", said, "Effect")


@check(STATEMENT, "RCP_SYNTAX_ERROR_NOTACTION", kinds=(RCP,))
def not_action(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RCP_SYNTAX_ERROR_NOTACTION."""
    if statement.not_action:
        said = "An RCP takes no NotAction. List the actions."
        yield at(statement, "RCP_SYNTAX_ERROR_NOTACTION", said, "NotAction")


@check(STATEMENT, "RCP_SYNTAX_ERROR_ACTION", kinds=(RCP,))
def action(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RCP_SYNTAX_ERROR_ACTION: the services that RCPs bind are a list of AWS's."""
    if statement.not_action or (statement.effect == "Allow" and statement.actions == ("*",)):
        return
    supported = database().rcp_services
    lost = [a for a in statement.lowered if a.split(":", 1)[0] not in supported]
    if lost:
        said = f"RCPs do not bind these: {some(lost)}. Services: {some(sorted(supported), 40)}."
        yield at(statement, "RCP_SYNTAX_ERROR_ACTION", said, "Action")


def _asks(statement: Statement, value: str) -> bool:
    return any(
        c.lowered == _IS_SERVICE and c.base == "Bool" and value in (v.casefold() for v in c.values)
        for c in statement.conditions
    )


def _binding(statement: Statement, keys: tuple[str, ...]) -> Iterator[Condition]:
    if statement.effect == "Deny":
        yield from (c for c in statement.conditions if c.lowered in keys and c.base != "Null")


@check(USABLE, "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", kinds=(RCP,))
def services_spared(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY: services would be shut out with strangers."""
    for c in _binding(statement, _OF_PRINCIPALS):
        if not _asks(statement, "false"):
            said = (
                f"Services carry no {c.key}, so this denies them too. Add "
                "BoolIfExists aws:PrincipalIsAWSService false."
            )
            code = "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY"
            yield at(statement, code, said, "Condition", c.operator, c.key)


@check(USABLE, "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", kinds=(RCP,))
def people_spared(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY: users and roles would be shut out."""
    for c in _binding(statement, _OF_SERVICES):
        if not _asks(statement, "true"):
            said = (
                f"Users and roles carry no {c.key}, so this may deny them. Add BoolIfExists "
                "aws:PrincipalIsAWSService true."
            )
            code = "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY"
            yield at(statement, code, said, "Condition", c.operator, c.key)


@check(USABLE, "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", kinds=(RCP,))
def null_check(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK: some services name no source at all."""
    present = any(
        c.base == "Null" and c.lowered in _PRESENT and "false" in (v.casefold() for v in c.values)
        for c in statement.conditions
    )
    for c in _binding(statement, _OF_SERVICES):
        if not present:
            said = (
                f"Some services ask without {c.key}, and this denies them. Add Null "
                "aws:SourceAccount false."
            )
            code = "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK"
            yield at(statement, code, said, "Condition", c.operator, c.key)
