"""Whether one request can meet the conditions of all the Allows it needs and escape every Deny.

The keys of a request have one value each, for all statements at once. For each key that is open,
the values that could make a difference are tried: those that conditions name, their neighbours,
one that nobody names, and no value at all. What the caller sets as it likes, and what needs
nobody's help, is free; what somebody else holds (a second factor, a network) is a hurdle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportgen.policy.conditions import Context
from reportgen.policy.conditions import evaluate as holds
from reportgen.policy.document import Statement
from reportgen.policy.keys import MFA_KEYS
from reportgen.policy.options import Holder, Option, Part, Test, Values, parts_of

MFA = "with MFA"
UNSETTLED = "if one of very many values of its condition keys fits"
# Combinations of values tried before the answer is "perhaps": no real policy comes near.
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Assignment:
    """The hurdles on the way (none: the caller can do it alone), and the keys that serve.

    The hurdle UNSETTLED alone says that the search was cut short: there may be no way at all.
    """

    hurdles: tuple[str, ...] = ()
    keys: tuple[tuple[str, Values], ...] = ()


_PLAIN = Assignment()


def assign(
    required: Sequence[Statement], denies: Sequence[Statement], context: Context, holder: Holder
) -> Assignment | None:
    """The easiest way to meet what is required and escape every deny; None if there is none.

    ``context`` must be open. An operator that AWS does not have never holds for what is required,
    and always does for a deny.
    """
    must: list[Test] = []
    for statement in required:
        for condition in statement.conditions:
            found = holds(condition, context, statement.variables)
            if found is False or condition.fault:
                return None
            if found is None:
                must.append(Test(condition, statement.variables))
    avoid: list[tuple[Test, ...]] = []
    for statement in denies:
        ways = _ways_out(statement, context)
        if ways == ():
            return None
        if ways is not None:
            avoid.append(ways)
    if not must and not avoid:
        return _PLAIN
    return _Search(must, avoid, context, holder).easiest()


def _ways_out(statement: Statement, context: Context) -> tuple[Test, ...] | None:
    """The open conditions of a deny: none of them, and it holds; None where it does not apply."""
    ways = []
    for condition in statement.conditions:
        found = holds(condition, context, statement.variables)
        if found is False:
            return None
        if found is None and not condition.fault:
            ways.append(Test(condition, statement.variables))
    return tuple(ways)


# Which denies an option escapes (a bit each), and the option.
_Menu = list[tuple[int, Option]]


class _Search:
    """One problem: tests that must hold, denies of which one test each must fail."""

    def __init__(
        self,
        must: Sequence[Test],
        avoid: Sequence[tuple[Test, ...]],
        context: Context,
        holder: Holder,
    ) -> None:
        self._must, self._avoid = must, avoid
        tests = list(dict.fromkeys([*must, *(t for ways in avoid for t in ways)]))
        self._parts = list(parts_of(tests, context, holder))
        self._settled = all(part.complete for part in self._parts)

    def easiest(self) -> Assignment | None:
        found = self._choose(free=True)
        if found is not None:
            return Assignment((), found)
        found = self._choose(free=False)
        if found is not None:
            return Assignment(self._hurdles(), found)
        return None if self._settled else Assignment((UNSETTLED,))

    def _choose(self, *, free: bool) -> tuple[tuple[str, Values], ...] | None:
        """A value for each key, so that the required tests hold and each deny is escaped."""
        menus = [self._menu(part, free) for part in self._parts]
        # The shortest first: what is settled early is not tried again, and an empty one ends it.
        menus.sort(key=len)
        found = self._descend(menus, 0, (1 << len(self._avoid)) - 1, [MOST_STEPS])
        if found is None:
            return None
        return tuple(sorted(pair for o in found for pair in o.values if pair[1]))

    def _menu(self, part: Part, free: bool) -> _Menu:
        """The options that meet what is required of a part, by the denies that each escapes."""
        menu: dict[int, Option] = {}
        for option in part.options:
            if free and not option.free:
                continue
            if not all(option.truths.get(test, True) for test in self._must):
                continue
            mask = 0
            for number, ways in enumerate(self._avoid):
                if not all(option.truths.get(test, True) for test in ways):
                    mask |= 1 << number
            kept = menu.get(mask)
            if kept is None or (option.free and not kept.free):
                menu[mask] = option
        best = [m for m in menu if not any(m != o and m & ~o == 0 for o in menu)]
        # What escapes more comes first, so that the first way down is nearly always the last.
        return sorted(((m, menu[m]) for m in best), key=lambda e: -e[0].bit_count())

    def _descend(
        self, menus: Sequence[_Menu], depth: int, open_denies: int, left: list[int]
    ) -> list[Option] | None:
        if depth == len(menus):
            return None if open_denies else []
        for mask, option in menus[depth]:
            left[0] -= 1
            if left[0] < 0:
                self._settled = False
                return None
            rest = self._descend(menus, depth + 1, open_denies & ~mask, left)
            if rest is not None:
                return [option, *rest]
        return None

    def _hurdles(self) -> tuple[str, ...]:
        said = [_said(t, "Allow") for t in self._must if not self._alone(t, True)]
        outs = [ways for ways in self._avoid if not any(self._alone(t, False) for t in ways)]
        if not said and not outs:
            # Each could be met alone; together they need what somebody else holds.
            outs = list(self._avoid)
            said = [] if outs else [_said(t, "Allow") for t in self._must]
        said += [" or ".join(dict.fromkeys(_said(t, "Deny") for t in ways)) for ways in outs]
        return tuple(dict.fromkeys(said))

    def _alone(self, test: Test, wanted: bool) -> bool:
        options = (o for part in self._parts for o in part.options if test in o.truths)
        return any(o.free and o.truths[test] is wanted for o in options)


def _said(test: Test, effect: str) -> str:
    if test.condition.lowered in MFA_KEYS:
        return MFA
    return ("if " if effect == "Allow" else "unless ") + test.condition.text
