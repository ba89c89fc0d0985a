"""How near a principal is to an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reportgen.policy.access import Access, Level, together
from reportgen.policy.account import Subject
from reportgen.policy.clusters import enters
from reportgen.policy.effective import Reach
from reportgen.policy.meeting import meets
from reportgen.policy.paths import ASSUME, PASS, Path, Route, Way, telling, within


@dataclass
class Standing:
    """How near a principal is to an administrator. ``admin``: full, conditional, escalation, none.

    ``rank`` is the number of principals on the way, None where there is no way.
    """

    subject: Subject
    reach: Reach
    admin: str = "none"
    routes: list[Route] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rank: int | None = None
    way: Way = field(default_factory=Way)
    # Where it is what a principal can make of itself: the actions that it then has besides.
    only: int | None = None
    # Of paths, whether what they take besides a role is possible.
    rest: dict[str, Access] = field(default_factory=dict)

    def asks(self, bits: int) -> bool:
        """Whether paths of some actions are to be asked about."""
        return self.only is None or bool(self.only & bits)

    @cached_property
    def every_path(self) -> tuple[Path, ...]:
        """The known paths whose every action is possible on something."""
        return tuple(
            path
            for path in within(self.reach.mask & telling())
            if all(action == ASSUME or self.reach.anywhere(action) for action in path.actions)
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those of them that are to be asked about."""
        if self.only is None:
            return self.every_path
        return tuple(path for path in self.every_path if self.asks(path.bits))


def scope(standing: Standing, actions: Sequence[str]) -> tuple[str, ...]:
    """The narrowest patterns among the actions that the principal's own policies must allow."""
    listed = [standing.reach.patterns(a) for a in actions if a != ASSUME]
    return min(listed, key=lambda p: (p == ("*",), len(p)), default=("*",))


def rest_of(standing: Standing, path: Path) -> Access:
    """Whether the actions other than PassRole are possible, on one resource where they meet."""
    found = standing.rest.get(path.id)
    if found is None:
        reach, actions = standing.reach, [a for a in path.actions if a != PASS]
        found = enters(reach, actions) if path.gives_cluster else meets(reach, actions)
        if found and path.takes:
            found = together([found, Access(Level.MAYBE, (path.takes,))])
        standing.rest[path.id] = found
    return found
