"""Who might have a way over somebody, without asking everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reportgen.policy.actions import database
from reportgen.policy.changes import Change
from reportgen.policy.paths import ASSUME, PASS
from reportgen.policy.standing import Standing, scope
from reportgen.policy.targets import Seekers, saml_providers, trusted_services, trusts

Guises = Mapping[str, Sequence[tuple[Change, Standing]]]


class Followers:
    """Who might have a way over a principal, if that is or becomes an administrator."""

    def __init__(
        self,
        pending: Sequence[Standing],
        guises: Guises,
    ) -> None:
        self._order = {s.subject.arn: (n, s) for n, s in enumerate(pending)}
        self._assume, self._pass, self._take = Seekers(), Seekers(), Seekers()
        self._federate = Seekers()
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
            elif path.effect == "federate":
                self._federate.add(standing, scope(guise, path.actions))
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
            for provider in saml_providers(target.subject):
                found.update(s.subject.arn for s in self._federate.of(provider))
        for service in services:
            found.update(s.subject.arn for s in self._borrow.get(service, ()))
        for arn in sorted(found, key=lambda arn: self._order[arn][0]):
            yield self._order[arn][1]
