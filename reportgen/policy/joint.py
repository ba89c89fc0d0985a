"""Whether conditions can hold together, in one and the same request.

A call is open where one request meets an Allow of each layer and escapes every Deny. Rules one by
one, "allow if the agent is x" and "deny unless the agent is y" both look as if the caller could
have its way; no one request does. ``possible`` looks for that request: keys that are known stay as
they are, keys that the caller chooses are chosen, keys that lie with somebody else make a "maybe".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations

from reportgen.policy.classes import CHOSEN, OPEN, Domain, Values
from reportgen.policy.conditions import Condition, Context, Missing, evaluate
from reportgen.policy.document import Statement
from reportgen.policy.links import Part, parts_of

MOST_STEPS = 20_000


class Can(IntEnum):
    """Whether a request can be: no; maybe, by what the caller does not choose; yes, at will."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True)
class Term:
    """Conditions that must all hold (``wanted``), or of which one at least must not.

    ``variables`` tells whether ``${...}`` in them is replaced.
    """

    conditions: tuple[Condition, ...]
    wanted: bool = True
    variables: bool = True

    @classmethod
    def of(cls, statement: Statement) -> Term:
        """What a statement asks of a request that is to go through: an Allow held, a Deny not."""
        return cls(statement.conditions, statement.effect == "Allow", statement.variables)


# One of its terms must be met. A layer of Allows is one clause; each Deny is a clause of its own.
Clause = Sequence[Term]


@dataclass(frozen=True)
class Answer:
    """Whether all clauses can be met by one request.

    ``request``: values of the keys that were not known, for a request that meets them; no values
    mean the key is left out. ``hangs_on``: for a maybe, the conditions on keys that the caller
    does not choose, and how each must turn out. ``settled`` is False where the search was cut
    short: the answer is then a maybe that may be a no.
    """

    can: Can
    request: tuple[tuple[str, Values], ...] = ()
    hangs_on: tuple[tuple[Condition, bool], ...] = ()
    settled: bool = True


def can_hold(
    conditions: tuple[Condition, ...],
    context: Context,
    domain_of: Callable[[str], Domain],
    *,
    wanted: bool = True,
    variables: bool = True,
) -> Answer:
    """Whether conditions can all hold in one request (or, not ``wanted``, can fail to)."""
    return possible([[Term(conditions, wanted, variables)]], context, domain_of)


def possible(
    clauses: Iterable[Clause], context: Context, domain_of: Callable[[str], Domain]
) -> Answer:
    """Whether one request can meet every clause.

    ``context`` gives what is known, and must be open: a key of which it says UNKNOWN is asked of
    ``domain_of`` (by its name in lower case). An operator that AWS does not have never holds for
    an Allow, and always does for a Deny. The answer is NO only where that is proven, and YES only
    where ``request`` meets the clauses whatever the keys are that the caller does not choose.
    """
    problem = _Problem(clauses, context)
    if problem.closed:
        return Answer(Can.NO)
    if not problem.clauses:
        return Answer(Can.YES)
    return _Search(problem, parts_of(problem.atoms, context, domain_of)).answer()


# A condition whose outcome the context does not tell, and whether its variables are replaced.
Atom = tuple[Condition, bool]
# For each clause, its terms: whether the atoms are wanted, and their numbers.
_Terms = list[tuple[bool, tuple[int, ...]]]


class _Problem:
    """Clauses, less what the context settles."""

    def __init__(self, clauses: Iterable[Clause], context: Context) -> None:
        self.atoms: list[Atom] = []
        self.clauses: list[_Terms] = []
        self.closed = False
        self._context = context
        self._numbers: dict[Atom, int] = {}
        for clause in clauses:
            terms = self._terms(clause)
            if terms is None:
                continue
            self.closed = self.closed or not terms
            self.clauses.append(terms)

    def _terms(self, clause: Clause) -> _Terms | None:
        """The terms that may be met, or None where one is met already."""
        found: _Terms = []
        for term in clause:
            left = self._left(term)
            if left is None:
                # Some condition does not hold: that is what a Deny needs.
                if not term.wanted:
                    return None
            elif left:
                found.append((term.wanted, left))
            elif term.wanted:
                return None
        return found

    def _left(self, term: Term) -> tuple[int, ...] | None:
        """The conditions of a term that are not settled; None where one does not hold."""
        left = []
        for condition in term.conditions:
            if condition.fault:
                if term.wanted:
                    return None
                continue
            said = evaluate(condition, self._context, term.variables)
            if said is False:
                return None
            if said is None:
                left.append(self._number((condition, term.variables)))
        return tuple(dict.fromkeys(left))

    def _number(self, atom: Atom) -> int:
        found = self._numbers.get(atom)
        if found is None:
            found = self._numbers[atom] = len(self.atoms)
            self.atoms.append(atom)
        return found


def _met(terms: _Terms, said: Mapping[int, bool]) -> bool | None:
    """Whether a clause is met by what is said of its conditions so far; None: not told."""
    open_ = False
    for wanted, numbers in terms:
        outcomes = [said.get(n) for n in numbers]
        holds = False if False in outcomes else None if None in outcomes else True
        if holds is None:
            open_ = True
        elif holds is wanted:
            return True
    return None if open_ else False


class _Search:
    """Looks for a request, key by key."""

    def __init__(self, problem: _Problem, parts: Sequence[Part]) -> None:
        self.problem = problem
        self.mine = [p for p in parts if p.chosen]
        self.others = [p for p in parts if not p.chosen]
        self.complete = all(p.complete for p in parts)
        self.steps = 0

    def answer(self) -> Answer:
        """The answer; of several maybes one that hangs on few keys."""
        for helpers in self._helpers():
            found = self._try([*self.mine, *helpers])
            if found is not None:
                said, request = found
                hangs_on = self._needed(said, helpers)
                can = Can.MAYBE if hangs_on else Can.YES
                return Answer(can, tuple(sorted(request.items())), hangs_on)
        if self.steps > MOST_STEPS or not self.complete:
            return Answer(Can.MAYBE, settled=False)
        return Answer(Can.NO)

    def _helpers(self) -> Iterator[Sequence[Part]]:
        """Which parts that are not the caller's to settle: none, one, two, all."""
        yield ()
        for size in (1, 2):
            if size < len(self.others):
                yield from combinations(self.others, size)
        if self.others:
            yield self.others

    def _try(self, parts: Sequence[Part]) -> tuple[dict[int, bool], dict[str, Values]] | None:
        said: dict[int, bool] = {}
        request: dict[str, Values] = {}

        def settle(at: int) -> bool:
            met = [_met(terms, said) for terms in self.problem.clauses]
            if False in met:
                return False
            if None not in met:
                return True
            if at == len(parts):
                return False
            part = parts[at]
            for outcomes, values in part.ways:
                self.steps += 1
                if self.steps > MOST_STEPS:
                    return False
                said.update(zip(part.atoms, outcomes, strict=True))
                if settle(at + 1):
                    request.update(values)
                    return True
            for number in part.atoms:
                said.pop(number, None)
            return False

        return (said, request) if settle(0) else None

    def _needed(
        self, said: dict[int, bool], helpers: Sequence[Part]
    ) -> tuple[tuple[Condition, bool], ...]:
        """The outcomes that lie with others and without which a clause would not be met."""
        needed = []
        for number in [n for part in helpers for n in part.atoms if n in said]:
            outcome = said.pop(number)
            if all(_met(terms, said) for terms in self.problem.clauses):
                continue
            said[number] = outcome
            needed.append((self.problem.atoms[number][0], outcome))
        return tuple(needed)


__all__ = [
    "CHOSEN",
    "OPEN",
    "Answer",
    "Can",
    "Clause",
    "Domain",
    "Missing",
    "Term",
    "can_hold",
    "possible",
]
