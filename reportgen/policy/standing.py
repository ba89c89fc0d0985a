"""How near a principal is to an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reportgen.policy.access import Access, together
from reportgen.policy.account import Subject
from reportgen.policy.effective import Reach
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

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The known paths whose every action is possible on something."""
        return tuple(
            path
            for path in within(self.reach.mask & telling())
            if all(action == ASSUME or self.reach.anywhere(action) for action in path.actions)
        )


def scope(standing: Standing, actions: Sequence[str]) -> tuple[str, ...]:
    """The narrowest patterns among the actions that the principal's own policies must allow."""
    listed = [standing.reach.patterns(a) for a in actions if a != ASSUME]
    return min(listed, key=lambda p: (p == ("*",), len(p)), default=("*",))


def rest_of(standing: Standing, path: Path) -> Access:
    """Whether the actions other than PassRole are possible on something."""
    return together([standing.reach.anywhere(a) for a in path.actions if a != PASS])
