"""The values of a tag that could turn a condition, for whoever may set the tag.

A condition names them, or compares one tag with another by a variable: then they are those that
the other has (IAM User Guide, "What is ABAC for AWS?" and "IAM policy elements: Variables and
tags").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from reportgen.policy.account import Account
from reportgen.policy.conditions import Condition, Context, evaluate, resolve
from reportgen.policy.contexts import RESOURCE_TAGS
from reportgen.policy.document import Statement
from reportgen.policy.glob import literal, matches_arn, plain
from reportgen.policy.options import Test, fixed, keys_in, named_in_variables, variables_in
from reportgen.policy.rules import keys_of
from reportgen.policy.shapes import UNLISTED
from reportgen.policy.values import telling_values

PRINCIPAL_TAG = "aws:principaltag/"
# Values of one tag that are tried, one for each way in which the conditions on it can turn out; of
# those that it is compared with as many.
MOST_VALUES = 100
# Stands in a pattern for the value that is looked for; no ARN has such a character.
_MARK = "\ue00f"
_PARTS = re.compile(r"[/:]")
_WILD = re.compile(r"[*?]")


@dataclass(frozen=True)
class Tagged:
    """What tags are in the evidence: their values by name in lower case; and the ARNs there are."""

    values: Mapping[str, Sequence[str]]
    arns: Sequence[str]
    # What makes a pattern name one of the ARNs, by the pattern.
    filling: dict[str, tuple[str, ...]] = field(default_factory=dict)


def tagged_in(accounts: Iterable[Account]) -> Tagged:
    """The tags of users and roles, and the ARNs that a resource pattern may name by a tag."""
    values: dict[str, dict[str, None]] = {}
    arns: list[str] = []
    for account in accounts:
        for subject in account.subjects.values():
            for name, value in subject.tags.items():
                values.setdefault(name.casefold(), {})[value] = None
        arns += [*account.subjects, *(g.arn for g in account.groups.values()), *account.policies]
    return Tagged({name: tuple(found) for name, found in values.items()}, arns)


def name_of(key: str) -> str:
    """The tag that a condition key is about."""
    return key.split("/", 1)[1]


def tag_keys(statements: Sequence[Statement], heads: str | tuple[str, ...]) -> list[str]:
    """The keys of tags that conditions and variables of statements ask for."""
    asked = keys_of(statements) | set(named_in_variables(statements))
    return sorted(key for key in asked if key.startswith(heads) and name_of(key))


def telling(
    key: str, statements: Sequence[Statement], context: Context, tagged: Tagged
) -> list[str]:
    """The values of a tag that could turn a condition of statements, for a caller's context."""
    named: dict[Condition, None] = {}
    compared: dict[str, None] = {}
    for statement in statements:
        for condition in statement.conditions:
            test = Test(condition, statement.variables)
            if condition.lowered == key:
                named[fixed(test, context)] = None
                others = keys_in(test)
            else:
                others = [condition.lowered] if key in keys_in(test) else []
            for other in others:
                compared |= dict.fromkeys(_values_of(other, context, tagged))
        for pattern in statement.resources or () if statement.variables else ():
            if key in variables_in([pattern]):
                compared |= dict.fromkeys(_filling(pattern, key, context, tagged))
    found = list(telling_values(key, tuple(named)).values)[:MOST_VALUES] if named else []
    return list(dict.fromkeys([*found, *list(compared)[:MOST_VALUES]]))


def _values_of(other: str, context: Context, tagged: Tagged) -> Iterator[str]:
    """What the key can be that a tag is compared with; what nobody has yet, both could have."""
    known = context.get(other)
    if isinstance(known, tuple):
        yield from known
    elif other.startswith(RESOURCE_TAGS):
        yield from tagged.values.get(name_of(other), ())[:MOST_VALUES]
        yield UNLISTED


def _filling(pattern: str, key: str, context: Context, tagged: Tagged) -> Sequence[str]:
    """The values of a tag by which a resource pattern names somebody that there is."""
    shown = resolve(pattern, context.with_keys({key: _MARK}))
    if not isinstance(shown, str) or _MARK not in shown:
        return ()
    found = tagged.filling.get(shown)
    if found is None:
        found = tagged.filling[shown] = tuple(islice(_fitting(shown, tagged.arns), MOST_VALUES))
    return found


def _fitting(shown: str, arns: Iterable[str]) -> Iterator[str]:
    """Parts of ARNs that make the pattern match the ARN, in the place of the mark."""
    head, _, tail = shown.partition(_MARK)
    # What stands beside the mark within one part of a path, and whether more may stand there.
    left, right = _PARTS.split(head)[-1], _PARTS.split(tail)[0]
    before, after = plain(_WILD.split(left)[-1]), plain(_WILD.split(right)[0])
    for arn in arns:
        for part in _PARTS.split(arn):
            start = part.rfind(before) if _WILD.search(left) else 0
            end = part.find(after, start + len(before)) if _WILD.search(right) and after else None
            value = part[start:end]
            if end is None and after:
                value = value.removesuffix(after)
            value = value.removeprefix(before)
            if value and matches_arn(shown.replace(_MARK, literal(value)), arn):
                yield value
                break


def several(statement: Statement, heads: str | tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Tags that together meet what a statement asks of several, in keys that begin so."""
    asked = [c for c in statement.conditions if c.lowered.startswith(heads)]
    keys = dict.fromkeys(c.lowered for c in asked)
    found = []
    for key in keys if len(keys) > 1 else ():
        own = tuple(c for c in asked if c.lowered == key)
        for value in telling_values(key, own).values[:MOST_VALUES]:
            if all(evaluate(c, Context({key: value}), statement.variables) for c in own):
                found.append((name_of(key), value))
                break
    return tuple(found)
