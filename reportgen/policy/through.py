"""Ways over principals that are, or can become, an administrator."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.policy.access import Access, together
from reportgen.policy.account import Subject
from reportgen.policy.assume import assume
from reportgen.policy.effects import Effects, target_kind
from reportgen.policy.ground import unlisted
from reportgen.policy.lending import can_pass
from reportgen.policy.paths import ASSUME, PASS, Path, Route, assume_path, route, short
from reportgen.policy.standing import Standing, rest_of, scope
from reportgen.policy.targets import Targets, nearer


class Through:
    """The ways of one principal through others; only those nearer than ``limit``, where given."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    def routes(
        self, standing: Standing, targets: Targets, limit: int | None = None
    ) -> Iterator[Route]:
        """Every way over the targets: one for each known path, the nearest target first."""
        if not standing.paths and not targets.may_let_in(standing.subject):
            return
        # A trust policy that names the principal needs no policy of its own.
        if standing.asks(assume_path().bits):
            yield from self._assume(standing, targets, limit)
        for path in standing.paths:
            if path.effect == "pass":
                yield from self._pass(standing, path, targets, limit)
            elif path.effect == "borrow":
                yield from self._borrow(standing, path, targets, limit)
            elif path.effect in ("enter", "give+enter"):
                yield from self._take_over(standing, path, targets, limit)

    def _assume(self, standing: Standing, targets: Targets, limit: int | None) -> Iterator[Route]:
        subject, path = standing.subject, assume_path()
        named = targets.named.get(subject.arn, [])
        patterns = standing.reach.patterns(ASSUME) if standing.reach.mask & path.bits else ()
        found = targets.letting_in(subject, patterns, limit)
        for target in sorted(found, key=lambda s: (s.rank or 0, s.subject.arn)):
            access = assume(standing.reach, target.subject)
            if access:
                how = "names it" if target in named else "opens it to the account"
                step = f"{short(subject.arn)} assumes {_told(subject, target)}, whose trust {how}"
                yield _route(path, target, step, access)
                return

    def _pass(
        self, standing: Standing, path: Path, targets: Targets, limit: int | None
    ) -> Iterator[Route]:
        arn = unlisted(standing.subject, "role")
        patterns = standing.reach.patterns(PASS)
        rest: Access | None = None
        for service in path.services:
            for target in targets.matching(f"service {service}", patterns, limit):
                if not _neighbour(standing, target):
                    continue
                role = target.subject
                found = can_pass(standing.reach, role.arn, service)
                if not found:
                    continue
                # An open PassRole is told once, by the path that needs no known role.
                if can_pass(standing.reach, arn, service):
                    return
                rest = rest or rest_of(standing, path)
                access = together([found, rest])
                if access:
                    step = f"{', '.join(path.actions)}: passes {short(role.arn)} to {service}"
                    yield _route(path, target, step, access)
                    return

    def _borrow(
        self, standing: Standing, path: Path, targets: Targets, limit: int | None
    ) -> Iterator[Route]:
        for service in path.services:
            for target in nearer(targets.by_service.get(service, ()), limit):
                if not _neighbour(standing, target):
                    continue
                access = rest_of(standing, path)
                if not access:
                    return
                tail = f"acts as {short(target.subject.arn)}, which {service} may use"
                step = f"{', '.join(path.actions)}: {tail}"
                yield _route(path, target, step, access)
                return

    def _take_over(
        self, standing: Standing, path: Path, targets: Targets, limit: int | None
    ) -> Iterator[Route]:
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
                yield _route(path, target, step, access)
                return


def _neighbour(standing: Standing, target: Standing) -> bool:
    """Whether a target is another principal of the same account."""
    subject, other = standing.subject, target.subject
    return other.account == subject.account and other.arn != subject.arn


def _told(subject: Subject, target: Standing) -> str:
    name = short(target.subject.arn)
    other = target.subject.account
    return name if other == subject.account else f"{name} of account {other}"


def _route(path: Path, target: Standing, step: str, access: Access) -> Route:
    return route(path.id, path.actions, target.subject.arn, target.way.after(step), access)
