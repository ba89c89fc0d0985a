"""The statements in force for a principal, by layer: its own policies, its boundary, SCPs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reportgen.policy.actions import database, matches_action
from reportgen.policy.conditions import Context, Missing, resolve
from reportgen.policy.document import Document, Statement
from reportgen.policy.glob import matches_arn
from reportgen.policy.memory import ByIdentity


@dataclass(frozen=True, eq=False)
class Rule:
    """A statement in force, with the actions that it speaks of.

    ``is_open``: for whatever resource, without conditions.
    """

    statement: Statement
    bits: int
    is_open: bool = field(init=False)

    def __post_init__(self) -> None:
        said = self.statement
        everything = not said.not_resource and "*" in (said.resources or ())
        object.__setattr__(self, "is_open", everything and not said.conditions)

    def speaks(self, action: str, bit: int) -> bool:
        """Whether it speaks of an action; ``bit`` is 0 for one that the database lacks."""
        return bool(self.bits & bit) if bit else matches_action(self.statement, action)


def _rules_of(document: Document) -> list[Rule]:
    db = database()
    return [Rule(statement, db.of(statement)) for statement in document.usable]


_of_document = ByIdentity(_rules_of)


def rules(documents: Iterable[Document]) -> list[Rule]:
    """The rules of some documents; those of one are worked out once, whoever has it."""
    return [rule for document in documents for rule in _of_document(document)]


def keys_of(statements: Iterable[Statement]) -> set[str]:
    """The condition keys that statements ask for, in lower case."""
    return {c.lowered for statement in statements for c in statement.conditions}


def resolved(statement: Statement, context: Context) -> Iterator[tuple[str, str | Missing]]:
    """The resource patterns of a statement, each with what it says for one caller."""
    for pattern in statement.resources or ():
        if statement.variables and "${" in pattern:
            yield pattern, resolve(pattern, context)
        else:
            yield pattern, pattern


def reaching(statement: Statement, context: Context) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The patterns that an Allow reaches, each with what it hangs on; ``*`` for NotResource."""
    if statement.not_resource:
        yield "*", ()
        return
    for pattern, found in resolved(statement, context):
        if found is Missing.UNKNOWN:
            yield "*", (f"if {pattern} fits",)
        elif isinstance(found, str):
            yield found, ()


def left_out(statement: Statement, arn: str, context: Context) -> bool:
    """Whether the NotResource of an Allow takes an ARN out; what is unknown takes nothing out."""
    return statement.not_resource and any(
        isinstance(found, str) and matches_arn(found, arn)
        for _, found in resolved(statement, context)
    )


def denies(statement: Statement, arn: str, context: Context) -> bool:
    """Whether a Deny speaks of an ARN; a pattern of which nothing is known speaks of none."""
    if statement.resources is None:
        return False
    hit = False
    for _, found in resolved(statement, context):
        if isinstance(found, Missing):
            if statement.not_resource and found is Missing.UNKNOWN:
                return False
        elif matches_arn(found, arn):
            hit = True
    return hit != statement.not_resource
