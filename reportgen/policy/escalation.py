"""Ways from a principal to an administrator: alone, through a service, or through others.

The known paths are data (paths.csv); what each action does to a principal is applied to it, and
the principal judged again as it would be then. A path ends at an administrator of an account that
is known, or at resources that are open without limit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from reportgen.policy.access import Level, together
from reportgen.policy.account import Account
from reportgen.policy.actions import database
from reportgen.policy.administrator import is_administrator, strength
from reportgen.policy.alone import Alone
from reportgen.policy.changes import Change
from reportgen.policy.decision import Levels
from reportgen.policy.effects import Effects, as_state
from reportgen.policy.ground import Ground
from reportgen.policy.paths import ASSUME, PASS, Route, Way, short
from reportgen.policy.standing import Standing, scope
from reportgen.policy.targets import Seekers, Targets, trusted_services, trusts
from reportgen.policy.through import Through

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
        found = _Followers([s for s in pending if s.rank is None], guises)
        waiting = [s for s in pending if s.rank == 1]
        rank = 0
        while new or rank == 0:
            targets, rank = Targets(new), rank + 1
            followers = list(found.of(new))
            new = waiting if rank == 1 else []
            for standing in followers:
                if standing.rank is None:
                    route = next(self._over(standing, guises, targets), None)
                    if route is not None:
                        standing.rank, standing.way = rank, _way(route)
                        new.append(standing)
        self._collect(pending, alone, guises)

    def _by_itself(self, standing: Standing) -> tuple[list[Route], list[tuple[Change, Standing]]]:
        """The ways that need nobody else, and what the principal can make of itself."""
        routes = list(self._alone.routes(standing))
        guises: list[tuple[Change, Standing]] = []
        told = {route.id for route in routes}
        changes = self._effects.changes
        for change in chain(changes.of(standing.reach), changes.rights(standing.reach, told)):
            reach = self._ground.reach(change.after)
            guise = Standing(change.after, reach, only=change.adds)
            guises.append((change, guise))
            access = as_state(strength(reach))
            if access:
                access = together([change.access, access])
                found = [self._alone.changed(standing, change, access)]
            else:
                found = [_after(change, route) for route in self._alone.routes(guise)]
            # What it can do as it is needs no change.
            for route in found:
                if route.id not in told:
                    told.add(route.id)
                    routes.append(route)
        return routes, guises

    def _over(
        self,
        standing: Standing,
        guises: Mapping[str, Sequence[tuple[Change, Standing]]],
        targets: Targets,
        limit: int | None = None,
        own: Collection[str] = (),
    ) -> Iterator[Route]:
        """The ways over others: as it is, then those that it has only as it can make itself.

        ``own`` are the paths that it has alone, without a change.
        """
        told = set(own)
        for route in self._through.routes(standing, targets, limit):
            told.add(route.id)
            yield route
        for change, guise in guises[standing.subject.arn]:
            for route in self._through.routes(guise, targets, limit):
                found = _after(change, route)
                if found.id not in told:
                    told.add(found.id)
                    yield found

    def _collect(
        self,
        pending: Sequence[Standing],
        alone: Mapping[str, list[Route]],
        guises: Mapping[str, Sequence[tuple[Change, Standing]]],
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


class _Followers:
    """Who might have a way over a principal, if that is or becomes an administrator."""

    def __init__(
        self,
        pending: Sequence[Standing],
        guises: Mapping[str, Sequence[tuple[Change, Standing]]],
    ) -> None:
        self._order = {s.subject.arn: (n, s) for n, s in enumerate(pending)}
        self._assume, self._pass, self._take = Seekers(), Seekers(), Seekers()
        self._borrow: dict[str, list[Standing]] = {}
        for standing in pending:
            self._note(standing, standing)
            for _, guise in guises[standing.subject.arn]:
                self._note(standing, guise)

    def _note(self, standing: Standing, guise: Standing) -> None:
        reach = guise.reach
        if reach.mask & database().bit(ASSUME):
            self._assume.add(standing, reach.patterns(ASSUME))
        for path in guise.paths:
            if path.effect == "borrow":
                for service in path.services:
                    self._borrow.setdefault(service, []).append(standing)
            elif path.effect in ("enter", "give+enter"):
                self._take.add(standing, scope(guise, path.actions))
        if any(path.effect == "pass" for path in guise.paths):
            self._pass.add(standing, reach.patterns(PASS))

    def of(self, targets: Iterable[Standing]) -> Iterator[Standing]:
        """Those who might use some of the targets, in the order of the accounts."""
        found: set[str] = set()
        services: set[str] = set()
        for target in targets:
            arns, accounts, anyone = trusts(target.subject)
            if anyone:
                yield from (s for _, s in self._order.values())
                return
            arn = target.subject.arn
            found |= arns & self._order.keys()
            if accounts:
                found.update(s.subject.arn for s in self._assume.of(arn))
            found.update(s.subject.arn for s in self._pass.of(arn))
            found.update(s.subject.arn for s in self._take.of(arn))
            services |= trusted_services(target.subject)
        for service in services:
            found.update(s.subject.arn for s in self._borrow.get(service, ()))
        for arn in sorted(found, key=lambda arn: self._order[arn][0]):
            yield self._order[arn][1]


def _way(route: Route) -> Way:
    return Way(route.steps, route.length)


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
        standing.way = Way().after(f"{name} is an administrator {on}")
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
