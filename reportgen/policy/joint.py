"""Ways that take several principals: change one, act as another, over whomever it takes.

Asked only of those who have no nearer way, and for whom somebody whom they can come to act as can
change a user or role. From each the search goes on until nothing new is found: whom it can act as,
what any of these can change of any, and what the changed ones can do then. Limits only ever fall,
so a principal is looked at again as many times as it has limits, not once for each of their sets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from reportgen.policy.access import Access, Level, tags_first, together
from reportgen.policy.changes import Change
from reportgen.policy.influence import Influence, changing, first_action
from reportgen.policy.nodes import Node
from reportgen.policy.paths import Route, Way, route, short
from reportgen.policy.rights import UNTRIED
from reportgen.policy.standing import Standing
from reportgen.policy.tagsearch import TagSearch, TagWay
from reportgen.policy.targets import Targets
from reportgen.policy.through import Grip

# Principals that a first look goes over.
_NEAR = 20


class Joint:
    """The joint ways of one principal after another."""

    def __init__(self, influence: Influence, targets: Targets) -> None:
        # ``targets``: those that have no way known so far.
        self._influence, self._targets = influence, targets
        self._lost: set[str] = set()
        # Those of one power have a way nearby alike, or nearly so.
        self._looked: set[tuple[object, ...]] = set()
        # Those among whom tags lead nowhere, by their powers.
        self._barren: set[frozenset[object]] = set()

    def route(self, standing: Standing, *, near: bool) -> Route | None:
        """The way of one principal; ``near``: a first look, at those whom it can act as first."""
        power = self._influence.power(standing)
        if standing.subject.arn in self._lost or (near and power in self._looked):
            return None
        self._looked.add(power)
        limit = _NEAR if near else None
        search = _JointSearch(self._influence, standing, self._targets, limit, self._barren)
        found = search.run()
        if found is None and search.whole:
            # Whoever it can act as can do no more than it can.
            self._lost |= search.reached
            self._barren |= search.tags.tried
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
        self,
        influence: Influence,
        standing: Standing,
        targets: Targets,
        limit: int | None,
        barren: Collection[frozenset[object]],
    ) -> None:
        self._influence, self._whose, self._targets = influence, standing, targets
        self._limit = limit
        # Whether nothing was left out.
        self.whole = True
        # Each as it is with the fewest limits; and, to act only, as changes have it that take too.
        self._held: dict[str, Node] = {}
        # The same by the actions that could change them.
        self._open: dict[int, dict[str, Node]] = {}
        self._acting: list[Node] = []
        self._seen: set[tuple[object, ...]] = set()
        self._powers: set[tuple[object, ...]] = set()
        self._changers: dict[tuple[int, object], list[Node]] = {}
        self._queue: deque[Node] = deque()
        self.tags = TagSearch(influence, targets, barren)

    def run(self) -> Route | None:
        """The first way that is found, or what was not tried."""
        start = Node(self._whose)
        self._add(start)
        for change, guise in self._influence.guises(self._whose):
            made = ((change, start),)
            self._add(Node(guise, change.step, change.access, start, start, made))
        while self._queue:
            node = self._queue.popleft()
            found = self._act(node) or self._change(node)
            if found is None and not self._queue:
                found = self._tag()
            if found is not None:
                return found
        return None

    @property
    def reached(self) -> set[str]:
        """Whom the principal can act as as they are."""
        return {node.arn for node in self._acting if not node.made}

    def _add(self, node: Node) -> None:
        if self._limit is not None and len(self._acting) >= self._limit:
            self.whole = False
            return
        key = (node.standing.subject.state, node.standing.only)
        if key not in self._seen:
            self._seen.add(key)
            self._acting.append(node)
            held = self._held.get(node.arn)
            if held is None or all(c.frees for c, _ in node.made):
                if held is not None:
                    del self._open[self._influence.open_to(held.standing)][node.arn]
                self._held[node.arn] = node
                self._open.setdefault(self._influence.open_to(node.standing), {})[node.arn] = node
            self._queue.append(node)

    def _act(self, node: Node) -> Route | None:
        """Come to act as whomever a node lets the principal act as."""
        # Somebody of the same power was here before: only trust policies that name it add to that.
        power = self._influence.power(node.standing)
        named = power in self._powers
        self._powers.add(power)
        grips = self._influence.grips(node.standing, self._targets, named=named)
        if grips is None:
            return self._perhaps(node)
        found = (self._become(grip, node, grip.access) for grip in grips)
        return next((route for route in found if route is not None), None)

    def _become(self, grip: Grip, node: Node, access: Access) -> Route | None:
        other = Node(grip.target, self._said(node, grip.step), access, node)
        if grip.target.rank is not None:
            return _route(grip.path.id, other, grip.target.way)
        if other.arn not in self._held:
            self._add(other)
        return None

    def _change(self, node: Node) -> Route | None:
        """Change whomever it can: a new node by all others, and all others by it."""
        pairs = [(node, node)]
        mask = changing(node.standing)
        if mask:
            # Two of each power, so that there is another for each.
            alike = self._changers.setdefault((mask, self._influence.power(node.standing)), [])
            if len(alike) < 2:
                alike.append(node)
                groups = [found for bits, found in self._open.items() if bits & mask]
                pairs += [
                    (node, o) for found in groups for o in found.values() if o.arn != node.arn
                ]
        could = self._influence.open_to(node.standing)
        for (bits, _), actors in self._changers.items() if self._held[node.arn] is node else ():
            if bits & could:
                pairs += [(actor, node) for actor in actors if actor.arn != node.arn]
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

    def _tag(self) -> Route | None:
        """Tag somebody as one, so that another can act as it, or give it rights.

        Asked once nothing else is left, of those whom the principal can act as by then.
        """
        found = (self._tagged(way) for way in self.tags.ways(self._acting, self._held))
        return next((route for route in found if route is not None), None)

    def _tagged(self, way: TagWay) -> Route | None:
        if way.change is not None and way.whose is not None:
            before, access = self._once_tagged(way, way.change.access)
            return self._changed(before, way.whose, replace(way.change, access=access))
        if way.grip is None:
            return self._perhaps(way.tagger)
        return self._become(way.grip, *self._once_tagged(way, way.grip.access))

    def _once_tagged(self, way: TagWay, access: Access) -> tuple[Node, Access]:
        """The user once the tagger has set the tags that it needs; and what it takes then."""
        before, tags = way.user, tags_first(access)
        for step, part in tags.items():
            said = self._said(way.tagger, step)
            before = Node(way.user.standing, said, part, way.tagger, before)
        told = {call for part in tags.values() for call in part.calls}
        return before, replace(access, calls=tuple(c for c in access.calls if c not in told))

    def _changed(self, actor: Node, whose: Node, change: Change) -> Route | None:
        judged = self._influence.judged(change.after, change.adds)
        if judged is None:
            return self._perhaps(actor)
        standing, leads = judged
        made = (*whose.made, (change, actor))
        step = self._said(actor, change.step)
        after = Node(standing, step, change.access, actor, whose, made)
        if leads is None:
            self._add(after)
            return None
        after, leads = self._least(after, leads)
        return _route(
            after.made[0][0].id, after, Way(leads.steps, leads.length, leads.hurdles), leads
        )

    def _least(self, node: Node, leads: Route) -> tuple[Node, Route]:
        """The same way without the changes that it does not need."""
        for change, actor in node.made[:-1]:
            # What one changes of itself may be what lets it change the rest.
            if any(a.arn == node.arn for _, a in node.made):
                break
            rest = tuple(pair for pair in node.made if pair[0] is not change)
            subject = next(
                n.standing.subject for n in self._acting if n.arn == node.arn and not n.made
            )
            for other, _ in rest:
                subject = other.alter(subject)
            judged = self._influence.judged(subject, None)
            if judged is not None and judged[1] is not None:
                spared = (*node.spared, self._said(actor, change.step))
                node = replace(node, standing=judged[0], made=rest, spared=spared)
                leads = judged[1]
        return node, leads

    def _said(self, node: Node, step: str) -> str:
        """A step, with who takes it where that is not the principal itself."""
        name = short(node.arn)
        if node.arn == self._whose.subject.arn or step.startswith(f"{name} "):
            return step
        return f"as {name}, {step}"

    def _perhaps(self, node: Node) -> Route:
        """What was not tried may lead on."""
        able = next((n for n in self._acting if changing(n.standing)), None)
        trail = (able or node).trail()
        if able is None:
            # Somebody further on can, or it would not have been asked.
            said = "acts as one of very many that can change others"
        else:
            said = f"{first_action(able.standing)} changes one of very many"
        actions = (first_action(able.standing),) if able else ()
        step = self._said(able or node, said)
        access = together([*trail.values(), Access(Level.MAYBE, (UNTRIED,))])
        return route("control-001", actions, "others", Way().after(*trail, step), access)


def _route(id_: str, node: Node, way: Way, leads: Route | None = None) -> Route:
    """The way to a node and from there on."""
    trail = node.trail()
    access = together(list(trail.values()))
    if leads is not None:
        access = together([access, Access(_level(leads), leads.hurdles, leads.calls)])
    actions = tuple(dict.fromkeys(c.action for c in access.calls))
    return route(id_, actions, node.arn, way.after(*trail), access)


def _level(leads: Route) -> Level:
    return Level.MAYBE if leads.hurdles else Level.YES
