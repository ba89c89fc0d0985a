"""Tag conditions on actions that no tags come with (IAM User Guide, "Tags for access")."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from reportgen.policy.actions import database
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import USABLE, Finding, LintSubject, at, check, some

_TAG = "aws:resourcetag/"


@lru_cache(maxsize=512)
def _has_tags(service: str) -> bool:
    """Whether any action or resource of a service comes with aws:ResourceTag."""
    db = database()
    entries = [*db.resource_types(service).values(), *_actions(service)]
    return any(
        str(key).casefold().startswith(_TAG) for e in entries for key in e.get("conditionKeys", ())
    )


def _actions(service: str) -> Iterator[dict[str, object]]:
    db = database()
    for name in db.list(db.service_bits(service)):
        details = db.details(name) or {}
        yield details
        yield from details.get("resourceTypes", ())


def _untagged(statement: Statement) -> list[str]:
    """Services of the statement's actions none of whose requests carries tags of resources."""
    db = database()
    services = dict.fromkeys(a.split(":", 1)[0] for a in statement.lowered if ":" in a)
    return [s for s in services if db.service_bits(s) and not _has_tags(s)]


def _tag_tests(statement: Statement) -> Iterator[Condition]:
    for c in statement.conditions:
        if c.lowered.startswith(_TAG) and c.base != "Null" and not c.if_exists and not c.negated:
            yield c


@check(
    USABLE,
    "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
)
def unsupported(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: it denies nothing; ALLOW_... likewise.

    By service, as AWS's message is; one that knows tags for some of its resources is left alone.
    """
    for c in () if statement.not_action else _tag_tests(statement):
        lost = _untagged(statement)
        if lost:
            verb = {"Allow": "allows", "Deny": "denies"}[statement.effect]
            said = (
                f"Requests to {some(lost)} never carry {c.key}, so this {verb} nothing of theirs."
            )
            code = f"{statement.effect.upper()}_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
            yield at(statement, code, said, "Condition", c.operator, c.key)


@check(
    USABLE,
    "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
)
def not_action(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """DENY_NOTACTION_..., ALLOW_NOTACTION_...: most actions come with no tags."""
    for c in _tag_tests(statement) if statement.not_action else ():
        verb = {"Allow": "allowed", "Deny": "denied"}[statement.effect]
        said = f"Actions that carry no {c.key} are not {verb} by this. List the actions."
        code = (
            f"{statement.effect.upper()}_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
        )
        yield at(statement, code, said, "Condition", c.operator, c.key)
