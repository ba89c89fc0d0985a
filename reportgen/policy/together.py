"""Who has a way that takes several principals, of those who have no nearer one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.policy.followers import Followers
from reportgen.policy.influence import Influence, changing
from reportgen.policy.joint import Joint
from reportgen.policy.paths import Route
from reportgen.policy.standing import Standing
from reportgen.policy.targets import Targets
from reportgen.policy.through import Through


class Together:
    """The order in which joint ways are asked for, so that few have to be."""

    def __init__(self, influence: Influence, through: Through, followers: Followers) -> None:
        self._influence, self._through, self._followers = influence, through, followers

    def of(self, rest: Sequence[Standing]) -> Iterator[tuple[Standing, Route]]:
        """Those of the rest who have a way, each with it; the caller ranks each before the next."""
        able = self._able(rest)
        if not able:
            return
        joint = Joint(self._influence, Targets(rest))
        # First those who have a way nearby, and whoever can act as them; then those first whom
        # nobody can act as, since where they have none, nobody has whom they can act as.
        for near in (True, False):
            for standing in able if near else joint.outermost(able):
                found = joint.route(standing, near=near) if standing.rank is None else None
                if found is not None:
                    yield standing, found
                    yield from self._behind(standing)

    def _behind(self, first: Standing) -> Iterator[tuple[Standing, Route]]:
        """Whoever can act as somebody of a way just found, and so on."""
        new = [first]
        while new:
            targets, followers = Targets(new), list(self._followers.of(new))
            new = []
            for standing in followers:
                if standing.rank is None:
                    route = next(self._through.routes(standing, targets), None)
                    if route is not None:
                        new.append(standing)
                        yield standing, route

    def _able(self, rest: Sequence[Standing]) -> list[Standing]:
        """Who can change somebody, or come to act as one who can; the nearest first."""
        guises = {s.subject.arn: [guise for _, guise in self._influence.guises(s)] for s in rest}
        new = [s for s in rest if any(changing(g) for g in (s, *guises[s.subject.arn]))]
        able = {s.subject.arn: s for s in new}
        while new:
            targets, followers = Targets(new), list(self._followers.of(new))
            new = []
            for standing in followers:
                arn = standing.subject.arn
                if standing.rank is not None or arn in able:
                    continue
                if any(
                    next(self._through.routes(one, targets), None) is not None
                    for one in (standing, *guises[arn])
                ):
                    able[arn] = standing
                    new.append(standing)
        return list(able.values())
