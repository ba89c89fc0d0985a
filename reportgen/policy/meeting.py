"""Whether a principal can call several actions on one and the same resource.

Who may make one function and call another has no way by that. Which actions of a path speak of one
resource follows from the kinds that the Service Authorization Reference marks as required for
each: a function that is made and called, a stack of which a change set is made and executed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations

from reportgen.policy.access import NONE, Access, Level, together
from reportgen.policy.actions import database
from reportgen.policy.effective import Reach
from reportgen.policy.opening import MOST_WAYS, ways
from reportgen.policy.shapes import example, templates

# Narrowed patterns of one kind of resource that are tried; the rest is "perhaps".
MOST_PATTERNS = 100
_UNTRIED = Access(Level.MAYBE, ("if one of very many resource patterns fits",))
# What is taken out of one cluster may be put into another.
_APART = {"ecs:DeregisterContainerInstance"}


@dataclass(frozen=True)
class Calls:
    """The calls of one principal, by what they must carry and what they must be about.

    ``known`` are condition keys by action, ``within`` patterns by the kind of resource, which is
    told as ``templates`` gives it.
    """

    reach: Reach
    known: Mapping[str, Mapping[str, str]]
    within: Mapping[str, str]

    def can(self, action: str, on: Mapping[str, str] | None = None) -> Access:
        """Whether one of them goes through; ``on`` are resources by their kind."""
        if not self.within and not on and action not in self.known:
            return self.reach.anywhere(action)
        where = {**self.within, **(on or {})}
        return self.reach.can(action, known=self.known.get(action), on=where)

    def shared(self, actions: Sequence[str]) -> list[tuple[str, list[str]]]:
        """The kinds of resource that several actions speak of, each with these actions."""
        found: dict[str, list[str]] = {}
        whose = self.reach.subject
        for action in actions:
            if action not in _APART:
                for kind in templates(action, whose.partition, whose.account)[0]:
                    found.setdefault(kind, []).append(action)
        return [(kind, some) for kind, some in found.items() if kind != "*" and len(some) > 1]


def meets(
    reach: Reach,
    actions: Sequence[str],
    known: Mapping[str, Mapping[str, str]] | None = None,
    within: Mapping[str, str] | None = None,
) -> Access:
    """Whether actions are all possible, those about one kind of resource on one of that kind."""
    calls = Calls(reach, known or {}, within or {})
    if not all(calls.can(action) for action in actions):
        return NONE
    on: dict[str, str] = {}
    doubts: list[Access] = []
    for kind, some in calls.shared(actions):
        arn, found = _one_for_all(calls, kind, some)
        if not found:
            return NONE
        if arn:
            on[kind] = arn
        else:
            doubts.append(found)
    return together([*(calls.can(action, on) for action in actions), *doubts])


def _one_for_all(calls: Calls, kind: str, actions: Sequence[str]) -> tuple[str, Access]:
    """The resource of a kind that serves all actions best; none where that cannot be said."""
    best = "", NONE
    patterns, complete = _narrowed(calls, kind, actions)
    for arn in _candidates(calls, kind, actions, patterns):
        access = together([calls.can(action, {kind: arn}) for action in actions])
        if access.level > best[1].level:
            best = arn, access
        if access.level is Level.YES:
            return best
    if not best[1] and _of_versions(calls.reach, actions):
        return "", Access(Level.YES)
    if not best[1] and not complete:
        return "", _UNTRIED
    return best


def _candidates(
    calls: Calls, kind: str, actions: Sequence[str], patterns: Sequence[str]
) -> Iterator[str]:
    """Resources that could serve: one that nobody has in mind, then what each action is open to."""
    account = calls.reach.subject.account
    for pattern in (calls.within.get(kind, kind), *patterns):
        yield example(pattern, account)
    for pattern in patterns:
        for action in actions:
            for call in calls.can(action, {kind: pattern}).calls[:1]:
                yield call.resource


def _narrowed(calls: Calls, kind: str, actions: Sequence[str]) -> tuple[list[str], bool]:
    """What the Allows of all actions leave of a kind, as patterns; and whether that is all."""
    found, complete = [calls.within.get(kind, kind)], True
    for action in actions:
        narrower = (w for pattern in found for w in _left(calls.reach, action, pattern))
        some = list(islice(dict.fromkeys(narrower), MOST_PATTERNS + 1))
        complete = complete and len(some) <= MOST_PATTERNS
        found = some[:MOST_PATTERNS]
    return found, complete


def _left(reach: Reach, action: str, target: str) -> Iterator[str]:
    """What the Allows of all layers together leave of a pattern for one action."""
    allows, _ = reach.speaking(action, database().bit(action))
    context = reach.contexts.of(action, None, {}, ())
    return (wanted for wanted, _, _ in islice(ways(allows, target, context), MOST_WAYS))


def _of_versions(reach: Reach, actions: Sequence[str]) -> bool:
    """Whether one action is allowed on a version, or an alias, of what another is allowed on."""
    listed = {action: set(reach.named(action)) for action in actions}
    return any(
        pattern.rpartition(":")[0] in listed[other]
        for one, other in permutations(actions, 2)
        for pattern in listed[one]
    )
