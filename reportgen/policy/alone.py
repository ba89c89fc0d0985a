"""Ways that need no other principal's rights: each known path by what it does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from reportgen.policy.access import Access
from reportgen.policy.changes import Change
from reportgen.policy.create import Creation
from reportgen.policy.effects import Effects
from reportgen.policy.ground import (
    Ground,
)
from reportgen.policy.lent import Lent
from reportgen.policy.oneself import Oneself
from reportgen.policy.others import Others
from reportgen.policy.paths import Path, Route, Way, route, short
from reportgen.policy.standing import Standing
from reportgen.policy.targets import Targets
from reportgen.policy.written import WaysByGiving


class Alone:
    """The ways of one principal by itself."""

    def __init__(
        self,
        ground: Ground,
        effects: Effects,
        every_role: Callable[[], Targets],
        managing: Collection[str] | None,
    ) -> None:
        self._others = Others(ground, effects, every_role)
        written = WaysByGiving(ground, effects, every_role)
        self._oneself = Oneself(ground, effects, self._others, written)
        self._lent = Lent(ground, managing)
        self._creation = Creation(ground, effects)

    def routes(self, standing: Standing) -> Iterator[Route]:
        """Every way by known paths, then by making a principal of one's own."""
        by_effect: dict[str, Callable[[Standing, Path], Iterator[Route]]] = {
            "give": self._oneself.give,
            "join": self._oneself.join,
            "restore": self._oneself.restore,
            "enter": self._others.enter,
            "give+enter": self._others.give_and_enter,
            "pass": self._lent.pass_anything,
            "borrow": self._lent.borrow_unknown,
            "set": self._lent.set_rights,
        }
        for path in standing.paths:
            found = by_effect.get(path.effect)
            if found is not None:
                yield from found(standing, path)
        yield from self._creation.routes(standing)

    def changed(self, standing: Standing, change: Change, access: Access) -> Route:
        """A change of oneself that alone makes an administrator."""
        subject = standing.subject
        way = Way().after(change.step, f"{short(subject.arn)} is then an administrator")
        return route(change.id, (change.action,), change.via, way, access)
