"""Ways over principals that are, or can become, an administrator; and whom one can act as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportgen.policy.access import Access, tags_first, together
from reportgen.policy.account import Subject
from reportgen.policy.effective import Reach
from reportgen.policy.effects import Effects, target_kind
from reportgen.policy.ground import unlisted
from reportgen.policy.lending import can_pass
from reportgen.policy.paths import ASSUME, PASS, Path, Route, assume_path, route, short
from reportgen.policy.standing import Standing, rest_of, scope
from reportgen.policy.targets import Targets, lender, nearer


@dataclass(frozen=True)
class Grip:
    """One way in which a principal can act as another: the path, whom, a step that tells it."""

    path: Path
    target: Standing
    step: str
    access: Access

    @property
    def route(self) -> Route:
        """The way over the other to where that leads."""
        way = self.target.way.after(*tags_first(self.access), self.step)
        return route(self.path.id, self.path.actions, self.target.subject.arn, way, self.access)


class Through:
    """The ways of one principal through others; only those nearer than ``limit``, where given."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    def tagged_by(self, tagger: Reach) -> Through:
        """The same, where somebody else tags the others before."""
        return Through(self._effects.tagged_by(tagger))

    def routes(
        self, standing: Standing, targets: Targets, limit: int | None = None
    ) -> Iterator[Route]:
        """Every way over the targets: one for each known path, the nearest target first."""
        told: set[str] = set()
        for grips in self._by_path(standing, targets, limit):
            grip = next(grips, None)
            if grip is not None and grip.path.id not in told:
                told.add(grip.path.id)
                yield grip.route

    def grips(self, standing: Standing, targets: Targets) -> Iterator[Grip]:
        """Every target that the principal can act as, in each way that it can."""
        for grips in self._by_path(standing, targets, None):
            yield from grips

    def _by_path(
        self, standing: Standing, targets: Targets, limit: int | None
    ) -> Iterator[Iterator[Grip]]:
        if not standing.paths and not targets.may_let_in(standing.subject):
            return
        # A trust policy that names the principal needs no policy of its own.
        if standing.asks(assume_path().bits):
            yield self._assume(standing, targets, limit)
        for path in standing.paths:
            if path.effect == "pass":
                yield self._pass(standing, path, targets, limit)
            elif path.effect == "borrow":
                yield self._borrow(standing, path, targets, limit)
            elif path.effect in ("enter", "give+enter"):
                yield self._take_over(standing, path, targets, limit)
            elif path.effect == "federate":
                yield self._federate(standing, path, targets, limit)

    def _assume(self, standing: Standing, targets: Targets, limit: int | None) -> Iterator[Grip]:
        subject, path = standing.subject, assume_path()
        named = targets.named.get(subject.arn, [])
        patterns = standing.reach.patterns(ASSUME) if standing.reach.mask & path.bits else ()
        found = targets.letting_in(subject, patterns, limit)
        for target in sorted(found, key=lambda s: (s.rank or 0, s.subject.arn)):
            access = self._effects.assume(standing.reach, target.subject)
            if access:
                how = "names it" if target in named else "opens it to the account"
                step = f"{short(subject.arn)} assumes {_told(subject, target)}, whose trust {how}"
                yield Grip(path, target, step, access)

    def _pass(
        self, standing: Standing, path: Path, targets: Targets, limit: int | None
    ) -> Iterator[Grip]:
        arn = unlisted(standing.subject, "role")
        patterns = standing.reach.patterns(PASS)
        rest: Access | None = None
        for service in path.services:
            for target in targets.matching(f"service {service}", patterns, limit):
                if not _neighbour(standing, target):
                    continue
                role = target.subject
                found = self._effects.passes(standing.reach, role, service)
                if not found:
                    continue
                # An open PassRole is told once, by the path that needs no known role.
                if can_pass(standing.reach, arn, service):
                    return
                rest = rest or rest_of(standing, path)
                access = together([found, rest])
                if access:
                    step = f"{', '.join(path.actions)}: passes {short(role.arn)} to {service}"
                    yield Grip(path, target, step, access)

    def _borrow(
        self, standing: Standing, path: Path, targets: Targets, limit: int | None
    ) -> Iterator[Grip]:
        for service in path.services:
            for target in nearer(targets.by_service.get(service, ()), limit):
                if not _neighbour(standing, target):
                    continue
                access = rest_of(standing, path)
                if not access:
                    return
                tail = f"acts as {short(target.subject.arn)}, which {lender(service)} may use"
                yield Grip(path, target, f"{', '.join(path.actions)}: {tail}", access)

    def _federate(
        self, standing: Standing, path: Path, targets: Targets, limit: int | None
    ) -> Iterator[Grip]:
        """Act as a role that trusts a SAML provider whose keys one sets.

        The metadata document has the keys that assertions are validated with (IAM API Reference,
        UpdateSAMLProvider). Identity Center's own providers are left out: AWS keeps them.
        """
        for provider, roles in targets.by_provider.items():
            access: Access | None = None
            for target in nearer(roles, limit):
                if not _neighbour(standing, target) or target.subject.aws_managed:
                    continue
                if access is None:
                    access = together([standing.reach.can(a, provider) for a in path.actions])
                if not access:
                    break
                tail = f"signs in as {short(target.subject.arn)}, which trusts it"
                yield Grip(
                    path, target, f"{', '.join(path.actions)} on {short(provider)}: {tail}", access
                )

    def _take_over(
        self, standing: Standing, path: Path, targets: Targets, limit: int | None
    ) -> Iterator[Grip]:
        kinds = {target_kind(action) for action in path.actions}
        if "policy" in kinds:
            return
        group = "users" if kinds == {"user"} else "editable"
        for target in targets.matching(group, scope(standing, path.actions), limit):
            if not _neighbour(standing, target):
                continue
            other = target.subject
            access = together(
                [self._effects.can(standing.reach, a, other, other.arn) for a in path.actions]
            )
            if access:
                step = f"{', '.join(path.actions)} on {short(other.arn)} takes it over"
                yield Grip(path, target, step, access)


def _neighbour(standing: Standing, target: Standing) -> bool:
    """Whether a target is another principal of the same account."""
    subject, other = standing.subject, target.subject
    return other.account == subject.account and other.arn != subject.arn


def _told(subject: Subject, target: Standing) -> str:
    name = short(target.subject.arn)
    other = target.subject.account
    return name if other == subject.account else f"{name} of account {other}"
