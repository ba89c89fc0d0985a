"""Ways that take several principals: change one, act as another, over whomever it takes.

Asked only of those who have no nearer way, and for whom somebody whom they can come to act as can
change a user or role. From each the search goes on until nothing new is found: whom it can act as,
what any of these can change of any, and what the changed ones can do then. Limits only ever fall,
so a principal is looked at again as many times as it has limits, not once for each of their sets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from reportgen.policy.access import Access, Level, together
from reportgen.policy.account import Subject
from reportgen.policy.changes import Change
from reportgen.policy.influence import Influence, changing
from reportgen.policy.paths import Route, Way, route, short
from reportgen.policy.rights import UNTRIED
from reportgen.policy.standing import Standing
from reportgen.policy.targets import Targets

# Principals that a first look goes over.
_NEAR = 20


@dataclass(frozen=True)
class _Node:
    """Somebody whom the principal can act as, as it then is: what was done to come there.

    ``made`` are the changes of it, each with who made it.
    """

    standing: Standing
    steps: tuple[str, ...] = ()
    accesses: tuple[Access, ...] = ()
    made: tuple[tuple[Change, _Node], ...] = ()

    @property
    def arn(self) -> str:
        return self.standing.subject.arn


class Joint:
    """The joint ways of one principal after another."""

    def __init__(self, influence: Influence, targets: Targets) -> None:
        # ``targets``: those that have no way known so far.
        self._influence, self._targets = influence, targets
        self._lost: set[str] = set()
        # Those of one power have a way nearby alike, or nearly so.
        self._looked: set[tuple[object, ...]] = set()

    def route(self, standing: Standing, *, near: bool) -> Route | None:
        """The way of one principal; ``near``: a first look, at those whom it can act as first."""
        power = self._influence.power(standing)
        if standing.subject.arn in self._lost or (near and power in self._looked):
            return None
        self._looked.add(power)
        search = _JointSearch(self._influence, standing, self._targets, _NEAR if near else None)
        found = search.run()
        if found is None and search.whole:
            # Whoever it can act as can do no more than it can.
            self._lost |= search.reached
        return found

    def outermost(self, standings: Sequence[Standing]) -> list[Standing]:
        """Principals in such an order that each comes before those whom it can act as.

        Where several can act as each other, one of them comes first.
        """
        done: dict[str, Standing] = {}
        powers: set[tuple[object, ...]] = set()
        for first in standings:
            stack = [(first, self._below(first, powers))] if first.subject.arn not in done else []
            seen = {first.subject.arn}
            while stack:
                standing, below = stack[-1]
                following = next(below, None)
                if following is None:
                    done[standing.subject.arn] = standing
                    stack.pop()
                elif following.subject.arn not in done and following.subject.arn not in seen:
                    seen.add(following.subject.arn)
                    stack.append((following, self._below(following, powers)))
        wanted = {standing.subject.arn for standing in standings}
        return [standing for arn, standing in reversed(done.items()) if arn in wanted]

    def _below(self, standing: Standing, powers: set[tuple[object, ...]]) -> Iterator[Standing]:
        power = self._influence.power(standing)
        named = power in powers
        powers.add(power)
        grips = self._influence.grips(standing, self._targets, named=named) or ()
        return iter([grip.target for grip in grips])


class _JointSearch:
    """The search for one principal."""

    def __init__(
        self, influence: Influence, standing: Standing, targets: Targets, limit: int | None
    ) -> None:
        self._influence, self._whose, self._targets = influence, standing, targets
        self._limit = limit
        # Whether nothing was left out.
        self.whole = True
        # Each as it is with the fewest limits; and, to act only, as changes have it that take too.
        self._held: dict[str, _Node] = {}
        self._acting: list[_Node] = []
        self._seen: set[tuple[object, ...]] = set()
        self._powers: set[tuple[object, ...]] = set()
        self._changers: dict[tuple[object, ...], list[_Node]] = {}
        self._queue: deque[_Node] = deque()

    def run(self) -> Route | None:
        """The first way that is found, or what was not tried."""
        start = _Node(self._whose)
        self._add(start)
        for change, guise in self._influence.guises(self._whose):
            self._add(_Node(guise, (change.step,), (change.access,), ((change, start),)))
        while self._queue:
            node = self._queue.popleft()
            found = self._act(node) or self._change(node)
            if found is not None:
                return found
        return None

    @property
    def reached(self) -> set[str]:
        """Whom the principal can act as as they are."""
        return {node.arn for node in self._acting if not node.made}

    def _add(self, node: _Node) -> None:
        if self._limit is not None and len(self._acting) >= self._limit:
            self.whole = False
            return
        key = (node.standing.subject.state, node.standing.only)
        if key not in self._seen:
            self._seen.add(key)
            self._acting.append(node)
            if node.arn not in self._held or all(c.frees for c, _ in node.made):
                self._held[node.arn] = node
            self._queue.append(node)

    def _act(self, node: _Node) -> Route | None:
        """Come to act as whomever a node lets the principal act as."""
        # Somebody of the same power was here before: only trust policies that name it add to that.
        power = self._influence.power(node.standing)
        named = power in self._powers
        self._powers.add(power)
        grips = self._influence.grips(node.standing, self._targets, named=named)
        if grips is None:
            return self._perhaps(node)
        for grip in grips:
            step = self._said(node, grip.step)
            other = _Node(grip.target, (*node.steps, step), (*node.accesses, grip.access))
            if grip.target.rank is not None:
                return _route(grip.path.id, other, grip.target.way)
            if other.arn not in self._held:
                self._add(other)
        return None

    def _change(self, node: _Node) -> Route | None:
        """Change whomever it can: a new node by all others, and all others by it."""
        others = [other for other in self._held.values() if other.arn != node.arn]
        if changing(node.standing):
            self._changers.setdefault(self._influence.power(node.standing), []).append(node)
        # Two of each power, so that there is another for each.
        actors = [a for alike in self._changers.values() for a in alike[:2] if a.arn != node.arn]
        if node not in (a for alike in self._changers.values() for a in alike[:2]):
            others = []
        pairs = chain(
            [(node, node)],
            ((node, other) for other in others),
            ((actor, node) for actor in actors),
        )
        for actor, whose in pairs:
            # By a change that takes something too it may act, but others change it no more.
            if actor is not whose and self._held.get(whose.arn) is not whose:
                continue
            if not actor.standing.reach.mask & self._influence.open_to(whose.standing):
                continue
            if not self._influence.spend("pairs"):
                return self._perhaps(actor)
            for change in self._influence.changes(actor.standing, whose.standing):
                # After what takes something too, tags upon tags would have no end.
                lasts = change.frees or change.names_route
                if actor is whose and not lasts and not all(c.frees for c, _ in node.made):
                    continue
                found = self._changed(actor, whose, change)
                if found is not None:
                    return found
        return None

    def _changed(self, actor: _Node, whose: _Node, change: Change) -> Route | None:
        judged = self._influence.judged(change.after, change.adds)
        if judged is None:
            return self._perhaps(actor)
        standing, leads = judged
        after = self._after(actor, whose, change, standing)
        if leads is None:
            self._add(after)
            return None
        after, leads = self._least(after, leads)
        first = after.made[0][0]
        return _route(first.id, after, Way(leads.steps, leads.length), leads)

    def _after(self, actor: _Node, whose: _Node, change: Change, standing: Standing) -> _Node:
        step = self._said(actor, change.step)
        steps = tuple(dict.fromkeys((*actor.steps, step, *whose.steps)))
        accesses = (*actor.accesses, change.access, *whose.accesses)
        if actor.arn == whose.arn:
            steps = (*whose.steps, step)
            accesses = (*whose.accesses, change.access)
        return _Node(standing, steps, accesses, (*whose.made, (change, actor)))

    def _least(self, node: _Node, leads: Route) -> tuple[_Node, Route]:
        """The same way without the changes that it does not need."""
        for change, actor in node.made[:-1]:
            # What one changes of itself may be what lets it change the rest.
            if any(a.arn == node.arn for _, a in node.made):
                break
            rest = tuple(pair for pair in node.made if pair[0] is not change)
            subject = self._ground_of(node.arn)
            for other, _ in rest:
                subject = other.alter(subject)
            judged = self._influence.judged(subject, None)
            if judged is not None and judged[1] is not None:
                said = self._said(actor, change.step)
                node = replace(
                    node,
                    standing=judged[0],
                    steps=tuple(s for s in node.steps if s != said),
                    accesses=tuple(a for a in node.accesses if a is not change.access),
                    made=rest,
                )
                leads = judged[1]
        return node, leads

    def _ground_of(self, arn: str) -> Subject:
        return next(n.standing.subject for n in self._acting if n.arn == arn and not n.made)

    def _said(self, node: _Node, step: str) -> str:
        """A step, with who takes it where that is not the principal itself."""
        name = short(node.arn)
        if node.arn == self._whose.subject.arn or step.startswith(f"{name} "):
            return step
        return f"as {name}, {step}"

    def _perhaps(self, node: _Node) -> Route:
        """What was not tried may lead on."""
        able = [n for n in self._acting if changing(n.standing)]
        if not able:
            # Somebody further on can, or it would not have been asked.
            step = self._said(node, "acts as one of very many that can change others")
            access = together([*node.accesses, Access(Level.MAYBE, (UNTRIED,))])
            return route("control-001", (), "others", Way().after(*node.steps, step), access)
        actor, action = able[0], changing(able[0].standing)
        step = self._said(actor, f"{action} changes one of very many")
        doubtful = Access(Level.MAYBE, (UNTRIED,))
        actions = tuple(c.action for a in actor.accesses for c in a.calls)
        access = together([*actor.accesses, doubtful])
        way = Way().after(*actor.steps, step)
        return route("control-001", (*actions, action), "others", way, access)


def _route(id_: str, node: _Node, way: Way, leads: Route | None = None) -> Route:
    """The way to a node and from there on."""
    access = together(node.accesses)
    if leads is not None:
        access = together([access, Access(_level(leads), leads.hurdles, leads.calls)])
    actions = tuple(dict.fromkeys(c.action for c in access.calls))
    return route(id_, actions, node.arn, way.after(*node.steps), access)


def _level(leads: Route) -> Level:
    return Level.MAYBE if leads.hurdles else Level.YES
