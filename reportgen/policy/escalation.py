"""Ways from a principal to an administrator: alone, through a service, or through others.

The known paths are data (paths.csv); what each action does to a principal is applied to it, and
the principal judged again as it would be then. A path ends at an administrator of an account that
is known, or at resources that are open without limit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain

from reportgen.policy.access import Level, together
from reportgen.policy.account import Account
from reportgen.policy.actions import database
from reportgen.policy.administrator import is_administrator, strength
from reportgen.policy.alone import Alone
from reportgen.policy.changes import Change
from reportgen.policy.decision import Levels
from reportgen.policy.effects import Effects, as_state
from reportgen.policy.followers import Followers, Guises
from reportgen.policy.ground import Ground
from reportgen.policy.influence import Influence
from reportgen.policy.paths import Route, Way, route, short
from reportgen.policy.standing import Standing
from reportgen.policy.targets import Targets
from reportgen.policy.through import Through
from reportgen.policy.together import Together

# Further than any way over administrators: a way that takes several principals' rights together.
_TOGETHER = 1_000_000
# Of all actions, the share from which "nearly every action" is said.
_NEARLY = 0.75


class Escalations:
    """All ways to an administrator among the principals of the accounts given.

    ``scps`` maps an account id to the documents of each level above it, root first; ``""`` stands
    for every account that has no entry. ``identity_center`` names the accounts that manage
    Identity Center, where that is known: elsewhere its actions lead nowhere.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        scps: Mapping[str, Levels] | None = None,
        organisation: str = "",
        identity_center: Collection[str] | None = None,
        at: datetime | None = None,
    ) -> None:
        self._ground = Ground(accounts, scps, organisation, at)
        self._effects = Effects(self._ground)
        self._alone = Alone(self._ground, self._effects, self._roles, identity_center)
        self._through = Through(self._effects)
        self._every_role: Targets | None = None
        self.standings: dict[str, Standing] = {}
        for account in accounts:
            for subject in account.subjects.values():
                self.standings[subject.arn] = Standing(subject, self._ground.reach(subject))
        for standing in self.standings.values():
            _grade(standing)
        self._search()

    def _roles(self) -> Targets:
        if self._every_role is None:
            self._every_role = Targets(s for s in self.standings.values() if s.subject.trust)
        return self._every_role

    def _search(self) -> None:
        """From the administrators outwards, one principal further in each round."""
        pending = [
            s
            for s in self.standings.values()
            if s.rank is None and s.subject.kind != "service-linked-role"
        ]
        new = [s for s in self.standings.values() if s.rank is not None]
        alone: dict[str, list[Route]] = {}
        guises: dict[str, list[tuple[Change, Standing]]] = {}
        for standing in pending:
            arn = standing.subject.arn
            alone[arn], guises[arn] = self._by_itself(standing)
            if alone[arn]:
                standing.rank, standing.way = 1, _way(alone[arn][0])
        found = Followers([s for s in pending if s.rank is None], guises)
        waiting = [s for s in pending if s.rank == 1]
        self._outwards(found, guises, new, waiting)
        ranked = Targets(s for s in self.standings.values() if s.rank is not None)
        leads = partial(self._leads, ranked=ranked)
        influence = Influence(self._ground, self._effects, self._through, guises, leads, ranked)
        rest = [s for s in pending if s.rank is None]
        for standing, joint in Together(influence, self._through, found).of(rest):
            standing.rank, standing.way = _TOGETHER, _way(joint)
            alone[standing.subject.arn].append(joint)
        self._collect(pending, alone, guises)

    def _outwards(
        self, found: Followers, guises: Guises, new: list[Standing], waiting: list[Standing]
    ) -> None:
        """Rank those who have a way over the ``new``, and so on; ``waiting`` have rank 1."""
        rank = 0
        while new or waiting:
            targets, rank = Targets(new), rank + 1
            followers = list(found.of(new))
            new, waiting = waiting, []
            for standing in followers:
                if standing.rank is None:
                    over = next(self._over(standing, guises, targets), None)
                    if over is not None:
                        standing.rank, standing.way = rank, _way(over)
                        new.append(standing)

    def _leads(self, changed: Standing, ranked: Targets) -> Route | None:
        """Where a principal leads as it is after a change: the first way that is found."""
        arn = changed.subject.arn
        access = as_state(strength(changed.reach))
        if access:
            said = f"{short(arn)} is then an administrator"
            return route("", (), arn, Way().after(said), access)
        # What it can change of itself then is asked by the search.
        found = chain(self._alone.routes(changed), self._through.routes(changed, ranked))
        return next(found, None)

    def _by_itself(self, standing: Standing) -> tuple[list[Route], list[tuple[Change, Standing]]]:
        """The ways that need nobody else, and what the principal can make of itself."""
        routes = list(self._alone.routes(standing))
        guises: list[tuple[Change, Standing]] = []
        told = {route.id for route in routes}
        reach = standing.reach
        changes, rights = self._effects.changes, self._effects.rights
        for change in chain(changes.of(reach), rights.of(reach, told)):
            reach = self._ground.reach(change.after)
            guise = Standing(change.after, reach, only=change.adds)
            guises.append((change, guise))
            access = as_state(strength(reach))
            if access:
                access = together([change.access, access])
                found = [self._alone.changed(standing, change, access)]
            else:
                found = [_after(change, one) for one in self._alone.routes(guise)]
            # What it can do as it is needs no change.
            for one in found:
                if one.id not in told:
                    told.add(one.id)
                    routes.append(one)
        return routes, guises

    def _over(
        self,
        standing: Standing,
        guises: Guises,
        targets: Targets,
        limit: int | None = None,
        own: Collection[str] = (),
    ) -> Iterator[Route]:
        """The ways over others: as it is, then those that it has only as it can make itself.

        ``own`` are the paths that it has alone, without a change.
        """
        told = set(own)
        for over in self._through.routes(standing, targets, limit):
            told.add(over.id)
            yield over
        for change, guise in guises[standing.subject.arn]:
            for over in self._through.routes(guise, targets, limit):
                found = _after(change, over)
                if found.id not in told:
                    told.add(found.id)
                    yield found

    def _collect(
        self,
        pending: Sequence[Standing],
        alone: Mapping[str, list[Route]],
        guises: Guises,
    ) -> None:
        every = Targets(s for s in self.standings.values() if s.rank is not None)
        for standing in pending:
            if standing.rank is None:
                _explain_none(standing)
                continue
            standing.admin = "escalation"
            # A path is told once: over a principal that is there, if there is one.
            told = {r.id: r for r in alone[standing.subject.arn]}
            over = self._over(standing, guises, every, standing.rank, told.keys())
            told |= {r.id: r for r in list(over)}
            standing.routes = sorted(told.values(), key=lambda r: (r.length, r.id))
            said = f"{len(standing.routes)} paths" if len(standing.routes) > 1 else "1 path"
            standing.reasons.insert(0, f"{said} to an administrator")


def _way(route: Route) -> Way:
    return Way(route.steps, route.length, route.hurdles)


def _after(change: Change, route: Route) -> Route:
    """A way that opens once the principal has changed itself."""
    way = _way(route).after(change.step)
    actions = tuple(dict.fromkeys((change.action, *route.actions)))
    hurdles = tuple(dict.fromkeys((*change.access.hurdles, *route.hurdles)))
    calls = (*change.access.calls, *route.calls)
    return replace(
        route,
        id=change.id if change.names_route else route.id,
        actions=actions,
        steps=way.steps,
        length=way.length,
        hurdles=hurdles,
        calls=calls,
    )


def _grade(standing: Standing) -> None:
    """Whether a principal is an administrator as it stands."""
    access = strength(standing.reach)
    name = short(standing.subject.arn)
    if access.level is Level.YES:
        standing.admin, standing.rank = "full", 0
        standing.way = Way().after(f"{name} is an administrator")
        sure, every = standing.reach.broad[0], database().everything
        said = "an administrator's actions"
        if sure.bit_count() >= _NEARLY * every.bit_count():
            said = "every action" if sure == every else "nearly every action"
        standing.reasons.append(f"{said} on all resources: {_grants(standing)}")
    elif access:
        standing.admin, standing.rank = "conditional", 0
        on = "; ".join(access.hurdles[:4])
        standing.way = Way(hurdles=access.hurdles).after(f"{name} is an administrator {on}")
        standing.reasons.append(f"an administrator {on}: {_grants(standing)}")
    standing.reasons += standing.subject.missing


def _grants(standing: Standing) -> str:
    names = [
        f"{source.label}, {statement.name}"
        for source in standing.subject.sources
        for statement in source.document.usable
        if statement.effect == "Allow" and database().of(statement).bit_count() > 1000
    ]
    return "; ".join(names[:3]) or "its policies together"


def _explain_none(standing: Standing) -> None:
    bits = 0
    for source in standing.subject.sources:
        for statement in source.document.usable:
            whole = statement.resources is not None and "*" in statement.resources
            if statement.effect == "Allow" and (whole or statement.not_resource):
                bits |= database().of(statement)
    if is_administrator(bits):
        cut = "its boundary, an SCP or a deny cuts them"
        standing.reasons.insert(0, f"its policies alone are an administrator's, but {cut}")
