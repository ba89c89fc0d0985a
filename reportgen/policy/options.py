"""What the keys of a request can be, and what each choice makes of the conditions that ask.

Keys stand alone, but where a condition compares one with another (``aws:ResourceTag/team`` with
``${aws:PrincipalTag/team}``): those are looked at together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations, islice, product
from typing import NamedTuple

from reportgen.policy.conditions import Condition, Context, Missing, evaluate, resolve
from reportgen.policy.document import Statement
from reportgen.policy.keys import ALWAYS, ISSUED, chosen, multivalued
from reportgen.policy.memory import ByIdentity
from reportgen.policy.values import SOURCE_IP, is_elsewhere, telling_values
from reportgen.policy.witnesses import unused

# Choices of values tried for keys that hang together, or for one key of many values.
MOST_CHOICES = 2_000
_MFA = "aws:multifactorauthpresent"
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_ONLY_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_DEFAULT = re.compile(r",\s*'(.*)'\s*$", re.DOTALL)
# Values of one key; none is an absent key.
Values = tuple[str, ...]


@dataclass(frozen=True)
class Holder:
    """Who would make the request, and when; without ``at`` the time is open.

    ``own`` are keys that it always brings, with what they say if nobody changes them.
    """

    is_user: bool
    at: datetime | None = None
    own: Mapping[str, str] = field(default_factory=dict)


class Test(NamedTuple):
    """A condition whose outcome is not known, and whether its variables are replaced."""

    condition: Condition
    variables: bool


class Option(NamedTuple):
    """Values of some keys, if the caller can have them alone, and what they make of each test."""

    values: tuple[tuple[str, Values], ...]
    free: bool
    truths: Mapping[Test, bool]


@dataclass(frozen=True)
class Part:
    """Keys that hang together, and what they can be. ``complete``: there is no other way."""

    keys: tuple[str, ...]
    options: tuple[Option, ...]
    complete: bool


class _Given(Context):
    """A context in which some keys have values, or none."""

    def __init__(self, base: Context, given: Mapping[str, Values]) -> None:
        self._base, self._given = base, given

    def get(self, key: str) -> Values | Missing:
        found = self._given.get(key)
        if found is None:
            return self._base.get(key)
        return found or Missing.ABSENT


def parts_of(tests: Sequence[Test], context: Context, holder: Holder) -> Iterator[Part]:
    """The parts of the keys that tests ask for and the context does not know."""
    needs = [_unknown(test, context) for test in tests]
    for keys in _groups(needs):
        here = [t for t, need in zip(tests, needs, strict=True) if need[0] in keys]
        lone = all(t.condition.lowered == keys[0] and not keys_in(t) for t in here)
        make = _alone if len(keys) == 1 and lone else _tied
        yield make(keys, [fixed(t, context) for t in here], here, context, holder)


def keys_in(test: Test) -> list[str]:
    """The keys that the variables of a test ask for."""
    condition = test.condition
    if not test.variables or not condition.base.startswith(("String", "Arn")):
        return []
    return variables_in(condition.values)


def variables_in(texts: Iterable[str]) -> list[str]:
    """The keys that the variables of some texts ask for, in lower case."""
    inside = [name for text in texts for name in _VARIABLE.findall(text)]
    keys = [name.split(",")[0].strip().casefold() for name in inside]
    return [key for key in keys if key not in ("*", "?", "$")]


def _in_variables_of(statement: Statement) -> tuple[str, ...]:
    if not statement.variables:
        return ()
    found = variables_in(statement.resources or ())
    for condition in statement.conditions:
        found += keys_in(Test(condition, variables=True))
    return tuple(found)


_in_variables = ByIdentity(_in_variables_of)


def named_in_variables(statements: Iterable[Statement]) -> set[str]:
    """The keys that variables in the resources and conditions of statements ask for."""
    return {key for statement in statements for key in _in_variables(statement)}


def _unknown(test: Test, context: Context) -> list[str]:
    keys = [test.condition.lowered, *keys_in(test)]
    return [key for key in dict.fromkeys(keys) if context.get(key) is Missing.UNKNOWN]


def _groups(needs: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Keys by what hangs together, in the order of their first mention."""
    groups: list[dict[str, None]] = []
    for need in needs:
        joined = dict.fromkeys(need)
        apart = []
        for group in groups:
            if group.keys() & joined.keys():
                joined = group | joined
            else:
                apart.append(group)
        groups = [*apart, joined]
    return [tuple(group) for group in groups]


def fixed(test: Test, context: Context) -> Condition:
    """The condition with what its known variables stand for, and without the unknown ones."""
    condition = test.condition
    if not keys_in(test) and "${" not in "".join(condition.values):
        return condition
    if not test.variables or not condition.base.startswith(("String", "Arn")):
        return condition
    values = [resolve(value, context) for value in condition.values]
    return replace(condition, values=tuple(v for v in values if isinstance(v, str)))


# -- one key --------------------------------------------------------------------------------


def _alone(
    keys: tuple[str, ...],
    plain: Sequence[Condition],
    tests: Sequence[Test],
    context: Context,
    holder: Holder,
) -> Part:
    (key,) = keys
    choices, complete = _choices(key, tuple(plain), holder)
    if key in holder.own:
        choices.insert(0, (holder.own[key],))
    found: dict[tuple[bool, tuple[bool, ...]], Option] = {}
    for values in choices:
        option = _option(((key, values),), _free(key, values, plain, holder), tests, context)
        found.setdefault((option.free, tuple(option.truths.values())), option)
    options = list(found.values())
    if key in ALWAYS and len({tuple(o.truths.values()) for o in options}) == 1:
        # Whatever the value is, nothing changes.
        options = [o._replace(free=True) for o in options]
    if can_be_absent(key, holder):
        options.append(_option(((key, ()),), True, tests, context))
    return Part(keys, tuple(options), complete)


def _choices(
    key: str, conditions: tuple[Condition, ...], holder: Holder
) -> tuple[list[Values], bool]:
    if key == ISSUED and holder.at is not None:
        # A session that begins now; those begun before end within hours and cannot be had anew.
        return [(holder.at.isoformat(),)], True
    values, complete = telling_values(key, conditions)
    found: list[Values] = [(value,) for value in values]
    if multivalued(key) and any(c.qualifier for c in conditions):
        # A condition on a set turns on one value of it: a value for each is enough.
        most = min(len(conditions), len(values))
        sets = (some for size in range(2, most + 1) for some in combinations(values, size))
        found += islice(sets, MOST_CHOICES)
        complete = complete and next(sets, None) is None
    return found, complete


def _option(
    values: tuple[tuple[str, Values], ...], free: bool, tests: Sequence[Test], context: Context
) -> Option:
    here = _Given(context, dict(values))
    truths = {t: evaluate(t.condition, here, t.variables) is True for t in tests}
    return Option(values, free, truths)


def _free(key: str, values: Values, conditions: Sequence[Condition], holder: Holder) -> bool:
    """Whether the caller needs nobody to have such values."""
    if key in holder.own:
        return values == (holder.own[key],)
    if not values or chosen(key) or key == ISSUED:
        return True
    if key == _MFA:
        return values == ("false",)
    return key == SOURCE_IP and all(is_elsewhere(value, conditions) for value in values)


def can_be_absent(key: str, holder: Holder) -> bool:
    """Whether a request can lack a key without anybody's help."""
    if key in (_MFA, ISSUED):
        # Long-term access keys carry no such key; only users have them.
        return holder.is_user
    return key not in ALWAYS and key not in holder.own


# -- keys that hang together ------------------------------------------------------------------


def _tied(
    keys: tuple[str, ...],
    plain: Sequence[Condition],
    tests: Sequence[Test],
    context: Context,
    holder: Holder,
) -> Part:
    named, complete = _named(plain, tests, context)
    spare = list(unused("".join([*named, *(v for c in plain for v in c.values)]), len(keys)))
    menus: list[list[Values]] = []
    for key in keys:
        own = [holder.own[key]] if key in holder.own else []
        menu: list[Values] = [(value,) for value in dict.fromkeys([*own, *spare, *named])]
        menus.append([*menu, ()] if can_be_absent(key, holder) else menu)
    # A value that nobody names, where the other key is the caller's to make the same.
    helped = any(chosen(key) for key in keys)
    found: dict[tuple[bool, tuple[bool, ...]], Option] = {}
    every = product(*menus)
    for values in islice(every, MOST_CHOICES):
        pairs = tuple(zip(keys, values, strict=True))
        free = all(
            _free(k, v, plain, holder) or (helped and k not in holder.own and v[0] in spare)
            for k, v in pairs
        )
        option = _option(pairs, free, tests, context)
        found.setdefault((free, tuple(option.truths.values())), option)
    # Only of comparisons of whole values is it known that no other value does more.
    complete = complete and all(_compares_whole(t) for t in tests) and next(every, None) is None
    return Part(keys, tuple(found.values()), complete)


def _named(
    plain: Sequence[Condition], tests: Sequence[Test], context: Context
) -> tuple[list[str], bool]:
    """The values that conditions and their variables name, or the known keys have."""
    found: dict[str, None] = {}
    for condition in plain:
        if condition.base.startswith(("String", "Arn")):
            found |= dict.fromkeys(v for v in condition.values if not {"*", "?"} & set(v))
    telling = telling_values("", tuple(plain))
    found |= dict.fromkeys(telling.values)
    for test in tests:
        for value in test.condition.values if test.variables else ():
            for inside in _VARIABLE.findall(value):
                default = _DEFAULT.search(inside)
                found |= {default[1]: None} if default else {}
        known = context.get(test.condition.lowered)
        found |= dict.fromkeys(known if isinstance(known, tuple) else ())
    return list(found), telling.complete


def _compares_whole(test: Test) -> bool:
    condition = test.condition
    if condition.base == "Null":
        return True
    if condition.base not in ("StringEquals", "StringNotEquals"):
        return False
    if condition.qualifier and multivalued(condition.lowered):
        return False
    values = condition.values if test.variables else ()
    return all("${" not in v or _ONLY_VARIABLE.fullmatch(v) for v in values)
