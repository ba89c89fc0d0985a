"""Who tags somebody so that another can act as that one, or give it rights."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from reportgen.policy.changes import Change
from reportgen.policy.influence import Influence, giving, tagging
from reportgen.policy.nodes import Node
from reportgen.policy.targets import Targets
from reportgen.policy.through import Grip


class TagWay(NamedTuple):
    """What one does once another has tagged: acts as somebody, or changes ``whose``.

    With neither it says that something was not tried.
    """

    tagger: Node
    user: Node
    grip: Grip | None = None
    change: Change | None = None
    whose: Node | None = None


class TagSearch:
    """The tags of one search; ``barren``: the powers among which they let nobody act as others."""

    def __init__(
        self, influence: Influence, targets: Targets, barren: Collection[frozenset[object]]
    ) -> None:
        self._influence, self._targets, self._barren = influence, targets, barren
        # The powers among which tags were looked for.
        self.tried: set[frozenset[object]] = set()
        self._seen: set[tuple[int, ...]] = set()

    def ways(self, acting: Sequence[Node], held: Mapping[str, Node]) -> Iterator[TagWay]:
        """What tags open to those whom a principal can act as, over whom it holds and others."""
        taggers = [node for node in acting if tagging(node.standing)]
        users = [n for n in acting if self._influence.asks_tags(n.standing)] if taggers else []
        powers = frozenset(self._power(node) for node in (*taggers, *users))
        barren = powers in self._barren
        self.tried.add(powers)
        for tagger, user in product(taggers, users):
            # What one can do with tags that it sets itself was asked before.
            if tagger.arn == user.arn:
                continue
            if not barren:
                yield from self._acts(tagger, user)
            # Whom one holds is another for each principal, whatever powers are alike.
            if giving(user.standing):
                yield from self._gives(tagger, user, list(held.values()))

    def _power(self, node: Node) -> tuple[object, ...]:
        power = self._influence.power(node.standing)
        named = self._influence.is_named(node.standing, self._targets)
        return (node.arn, *power) if named else power

    def _acts(self, tagger: Node, user: Node) -> Iterator[TagWay]:
        if self._is_new(tagger, user):
            grips = self._influence.tagged_grips(user.standing, tagger.standing, self._targets)
            if grips is None:
                yield TagWay(tagger, user)
            else:
                yield from (TagWay(tagger, user, grip) for grip in grips)

    def _gives(self, tagger: Node, user: Node, held: Sequence[Node]) -> Iterator[TagWay]:
        for whose in held:
            if not self._is_new(tagger, user, whose):
                continue
            if not self._influence.spend("pairs"):
                yield TagWay(tagger, user)
                return
            gifts = self._influence.tagged_gifts(user.standing, tagger.standing, whose.standing)
            for change in gifts:
                yield TagWay(tagger, user, change=change, whose=whose)

    def _is_new(self, *nodes: Node) -> bool:
        """Whether some nodes were not tried together yet."""
        key = tuple(id(node) for node in nodes)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new
