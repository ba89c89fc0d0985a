"""Statements that say again what another says."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from reportgen.policy.actions import database
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import DOCUMENT, Finding, LintSubject, at, check, is_star

# Statements for every resource, against which the others are compared.
_MOST_WIDE = 20


def _says(statement: Statement) -> Hashable:
    """What a statement says, whatever its Sid and the order of its lists."""
    listed = (statement.lowered, statement.resources, statement.principals, statement.conditions)
    return (
        statement.effect,
        statement.not_action,
        statement.not_resource,
        statement.not_principal,
        *(None if values is None else frozenset(values) for values in listed),
    )


@check(DOCUMENT, "REDUNDANT_STATEMENT")
def redundant(subject: LintSubject) -> Iterator[Finding]:
    """REDUNDANT_STATEMENT: the same again."""
    seen: dict[Hashable, Statement] = {}
    for statement in subject.document.usable:
        other = seen.setdefault(_says(statement), statement)
        if other is not statement:
            said = f"Says the same as {other.name:.80}. Remove one of them."
            yield at(statement, "REDUNDANT_STATEMENT", said)


@check(DOCUMENT, "STATEMENT_WITHIN_ANOTHER")
def within(subject: LintSubject) -> Iterator[Finding]:
    """All that it says is in a wider statement of the same effect, without a condition."""
    usable = subject.document.usable
    wide = [s for s in usable if is_star(s) and not s.conditions and not s.not_principal]
    for statement in usable if wide and len(usable) > 1 else ():
        other = next((w for w in wide[:_MOST_WIDE] if _is_within(statement, w)), None)
        if other is not None:
            said = f"Says nothing that {other.name:.80} does not. Remove one of them."
            yield at(statement, "STATEMENT_WITHIN_ANOTHER", said)


def _is_within(statement: Statement, wide: Statement) -> bool:
    if wide.effect != statement.effect or wide.principals != statement.principals:
        return False
    if not statement.resources or statement.not_resource or statement.not_action:
        return False
    db = database()
    bits, wider = db.of(statement), db.of(wide)
    # Two that say the same are found as redundant.
    return not bits & ~wider and bits != wider and all(map(db.expand, statement.actions))
