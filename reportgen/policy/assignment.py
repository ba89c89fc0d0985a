"""Whether one request can meet the conditions of all the Allows it needs and escape every Deny.

The keys of a request hold one value each, for all statements at once. For each key that is open,
the values that could make a difference are tried: those that conditions name, their neighbours,
one that nobody names, and no value at all. What the caller sets as it likes, and what needs
nobody's help, is free; what somebody else holds (a second factor, a network) is a hurdle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reportgen.policy.conditions import Condition, Context, Missing
from reportgen.policy.conditions import evaluate as holds
from reportgen.policy.document import Statement
from reportgen.policy.keys import ALWAYS, ISSUED, MFA_KEYS, chosen
from reportgen.policy.values import is_elsewhere, telling_values

MFA = "with MFA"
# Combinations tried before the answer is "perhaps": no real policy comes near.
_BUDGET = 20_000


class Holder(NamedTuple):
    """Who would make the request, and when; without ``at`` the time is open."""

    is_user: bool
    at: datetime | None = None


@dataclass(frozen=True)
class Assignment:
    """The hurdles on the way (none: the caller can do it alone), and the keys that serve."""

    hurdles: tuple[str, ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()


_PLAIN = Assignment()


class _Test(NamedTuple):
    condition: Condition
    variables: bool


class _Option(NamedTuple):
    """A value of a key (empty: absent), if it is free, and what it makes of each test."""

    values: tuple[str, ...]
    free: bool
    truths: Mapping[_Test, bool]


def assign(
    required: Sequence[Statement], denies: Sequence[Statement], context: Context, holder: Holder
) -> Assignment | None:
    """The easiest way to meet what is required and escape every deny; None if there is none."""
    must: list[_Test] = []
    for statement in required:
        for condition in statement.conditions:
            found = holds(condition, context, statement.variables)
            if found is False:
                return None
            if found is None:
                must.append(_Test(condition, statement.variables))
    avoid: list[tuple[_Test, ...]] = []
    for statement in denies:
        ways = _ways_out(statement, context)
        if ways == ():
            return None
        if ways is not None:
            avoid.append(ways)
    if not must and not avoid:
        return _PLAIN
    return _Search(must, avoid, context, holder).easiest()


def _ways_out(statement: Statement, context: Context) -> tuple[_Test, ...] | None:
    """The open conditions of a deny: none of them, and it holds; None where it does not apply."""
    ways = []
    for condition in statement.conditions:
        found = holds(condition, context, statement.variables)
        if found is False:
            return None
        if found is None:
            ways.append(_Test(condition, statement.variables))
    return tuple(ways)


class _Search:
    """One problem: tests that must hold, denies of which one test each must fail."""

    def __init__(
        self,
        must: Sequence[_Test],
        avoid: Sequence[tuple[_Test, ...]],
        context: Context,
        holder: Holder,
    ) -> None:
        self._must, self._avoid = must, avoid
        tests: dict[str, list[_Test]] = {}
        for test in [*must, *(t for ways in avoid for t in ways)]:
            tests.setdefault(test.condition.lowered, []).append(test)
        self._options = {
            key: list(_options(key, listed, context, holder)) for key, listed in tests.items()
        }

    def easiest(self) -> Assignment | None:
        found = self._choose(free=True)
        if found is not None:
            return Assignment((), found)
        found = self._choose(free=False)
        return None if found is None else Assignment(self._hurdles(), found)

    def _choose(self, *, free: bool) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
        """A value for each key, so that the required tests hold and each deny is escaped."""
        menus: list[tuple[str, list[tuple[int, _Option]]]] = []
        for key, options in self._options.items():
            menu = self._menu(key, options, free)
            if not menu:
                return None
            menus.append((key, menu))
        # What escapes more comes first, so that the first way down is nearly always the last.
        menus.sort(key=lambda m: len(m[1]))
        left = [_BUDGET]
        found = self._descend(menus, 0, (1 << len(self._avoid)) - 1, left)
        if found is None:
            return None
        return tuple(sorted((k, o.values) for k, o in found if o.values))

    def _menu(self, key: str, options: Sequence[_Option], free: bool) -> list[tuple[int, _Option]]:
        """The options that meet what is required of a key, by the denies that each escapes."""
        menu: dict[int, _Option] = {}
        for option in options:
            if free and not option.free:
                continue
            if any(t.condition.lowered == key and not option.truths[t] for t in self._must):
                continue
            mask = 0
            for number, ways in enumerate(self._avoid):
                if any(t.condition.lowered == key and not option.truths[t] for t in ways):
                    mask |= 1 << number
            kept = menu.get(mask)
            if kept is None or (option.free and not kept.free):
                menu[mask] = option
        best = [m for m in menu if not any(m != o and m & ~o == 0 for o in menu)]
        return sorted(((m, menu[m]) for m in best), key=lambda e: -e[0].bit_count())

    def _descend(
        self,
        menus: Sequence[tuple[str, list[tuple[int, _Option]]]],
        depth: int,
        open_denies: int,
        left: list[int],
    ) -> list[tuple[str, _Option]] | None:
        if depth == len(menus):
            return None if open_denies else []
        key, menu = menus[depth]
        for mask, option in menu:
            left[0] -= 1
            if left[0] < 0:
                return None
            rest = self._descend(menus, depth + 1, open_denies & ~mask, left)
            if rest is not None:
                return [(key, option), *rest]
        return None

    def _hurdles(self) -> tuple[str, ...]:
        said = [_said(t, "Allow") for t in self._must if not self._alone(t, True)]
        ways = [
            " or ".join(dict.fromkeys(_said(t, "Deny") for t in ways))
            for ways in self._avoid
            if not any(self._alone(t, False) for t in ways)
        ]
        if not said and not ways:
            # Each could be met alone; together they need what somebody else holds.
            ways = [
                " or ".join(dict.fromkeys(_said(t, "Deny") for t in ways)) for ways in self._avoid
            ] or [_said(t, "Allow") for t in self._must]
        return tuple(dict.fromkeys([*said, *ways]))

    def _alone(self, test: _Test, wanted: bool) -> bool:
        options = self._options[test.condition.lowered]
        return any(o.free and o.truths[test] is wanted for o in options)


def _said(test: _Test, effect: str) -> str:
    if test.condition.lowered in MFA_KEYS:
        return MFA
    return ("if " if effect == "Allow" else "unless ") + test.condition.text


class _OneKey(Context):
    """A context in which one key has a value, or none."""

    def __init__(self, base: Context, key: str, values: tuple[str, ...]) -> None:
        self._base, self._key, self._values = base, key, values

    def get(self, key: str) -> tuple[str, ...] | Missing:
        if key == self._key:
            return self._values or Missing.ABSENT
        return self._base.get(key)


def _options(
    key: str, tests: Sequence[_Test], context: Context, holder: Holder
) -> Iterator[_Option]:
    known = context.get(key)
    if isinstance(known, tuple):
        # The key is known, but a condition compares it with one that is not.
        yield _option(key, known, True, tests, context)
        return
    found = [
        _option(key, values, _free(key, values, tests), tests, context)
        for values in _values(key, tests, holder)
    ]
    if key in ALWAYS and len({tuple(o.truths[t] for t in tests) for o in found}) == 1:
        # Whatever the value is, nothing changes.
        found = [o._replace(free=True) for o in found]
    yield from found
    if can_be_absent(key, holder):
        yield _option(key, (), True, tests, context)


def _option(
    key: str, values: tuple[str, ...], free: bool, tests: Sequence[_Test], context: Context
) -> _Option:
    here = _OneKey(context, key, values)
    truths: dict[_Test, bool] = {}
    musts = [holds(t.condition, here, t.variables) for t in tests]
    for test, truth in zip(tests, musts, strict=True):
        # A value compared with an unknown one can be made to fit where either is the caller's.
        truths[test] = truth is not False
        if truth is None:
            free = free and (chosen(key) or _compares_chosen(test.condition))
    return _Option(values, free, truths)


def _compares_chosen(condition: Condition) -> bool:
    return any("${" + "aws:requesttag/" in v.casefold() for v in condition.values)


def _values(key: str, tests: Sequence[_Test], holder: Holder) -> Iterator[tuple[str, ...]]:
    if key == ISSUED and holder.at is not None:
        # A session that begins now; those begun before end within hours and cannot be had anew.
        yield (holder.at.isoformat(),)
        return
    conditions = [t.condition for t in tests]
    found = telling_values(key, conditions)
    for value in found:
        yield (value,)
    if any(c.qualifier for c in conditions) and len(found) > 1:
        yield tuple(found)


def _free(key: str, values: tuple[str, ...], tests: Sequence[_Test]) -> bool:
    if chosen(key) or key == ISSUED:
        return True
    if key == "aws:multifactorauthpresent":
        return values == ("false",)
    if key == "aws:sourceip":
        return is_elsewhere(values[0], [t.condition for t in tests])
    return False


def can_be_absent(key: str, holder: Holder) -> bool:
    """Whether a request can lack a key without anybody's help."""
    if key in ("aws:multifactorauthpresent", ISSUED):
        # Long-term access keys carry no such key; only users have them.
        return holder.is_user
    return key not in ALWAYS
