"""Ways over another principal that one gives rights to, and then acts as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from reportgen.policy.access import Access, together
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.effects import Effects, target_kind
from reportgen.policy.ground import Ground, editable_policy
from reportgen.policy.lending import lends
from reportgen.policy.paths import Path, Route, short, told
from reportgen.policy.shapes import any_match
from reportgen.policy.standing import Standing
from reportgen.policy.targets import Targets, lender, trusted_services

_AS_USER = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_REWRITE = "iam:CreatePolicyVersion"


class _Gift(NamedTuple):
    """Something written (a principal, group or policy), and who has rights by it."""

    arn: str
    to: Subject


class WaysByGiving:
    """The ways of one principal over others that it first makes administrators."""

    def __init__(self, ground: Ground, effects: Effects, every_role: Callable[[], Targets]) -> None:
        self._ground, self._effects, self._every_role = ground, effects, every_role

    def routes(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Give rights to somebody by the action of a path, then act as that one."""
        reach, action = standing.reach, path.actions[0]
        for gift in self._gifts(standing, action):
            for how, taken in self._takes(standing, gift.to, action):
                if not taken:
                    continue
                if action == _REWRITE:
                    given = self._effects.rewrites(reach, gift.to, gift.arn)
                else:
                    given = self._effects.can(reach, action, gift.to, gift.arn)
                access = together([given, taken])
                if access:
                    name = short(gift.to.arn)
                    step = f"{action} on {short(gift.arn)} makes {name} an administrator"
                    yield told(path, gift.to.arn, (step, how), access)
                    return
                if not given:
                    break

    def _gifts(self, standing: Standing, action: str) -> Iterator[_Gift]:
        """What the principal may write, and whom that gives rights."""
        subject, kind = standing.subject, target_kind(action)
        patterns = standing.reach.patterns(action)
        if kind == "user":
            yield from (_Gift(s.arn, s) for s in self._ground.ordinary(subject, kind, patterns))
        elif kind == "role":
            for role in self._roles(standing):
                if any_match(patterns, role.arn):
                    yield _Gift(role.arn, role)
        elif kind == "group":
            groups = {group.name: group.arn for group in self._ground.groups(subject)}
            for other in self._ground.ordinary(subject, "user"):
                arns = [groups[name] for name in other.groups if name in groups]
                yield from (_Gift(arn, other) for arn in arns if any_match(patterns, arn))
        else:
            for other in (*self._ground.ordinary(subject, "user"), *self._roles(standing)):
                arns = [s.arn for s in other.sources if editable_policy(s.arn)]
                yield from (_Gift(arn, other) for arn in arns if any_match(patterns, arn))

    def _roles(self, standing: Standing) -> Iterator[Subject]:
        """The other roles of the account that some service might act as for the principal."""
        subject, every = standing.subject, self._every_role()
        lending = (p for p in standing.every_path if p.effect in ("pass", "borrow"))
        found: dict[str, Subject] = {}
        for service in dict.fromkeys(s for path in lending for s in path.services):
            found |= {s.subject.arn: s.subject for s in every.by_service.get(service, ())}
        for role in found.values():
            if role.kind == "role" and role.account == subject.account and role.arn != subject.arn:
                yield role

    def _takes(
        self, standing: Standing, other: Subject, action: str
    ) -> Iterator[tuple[str, Access]]:
        """The ways to act as somebody, the sure ones first, but those that a known path tells.

        Those are AssumeRole and UpdateAssumeRolePolicy on roles, and CreateAccessKey on users whose
        own policies are written.
        """
        reach, name = standing.reach, short(other.arn)
        found: list[tuple[str, Access]] = []
        if other.kind == "user":
            told_elsewhere = _AS_USER[:1] if target_kind(action) == "user" else ()
            for take in _AS_USER:
                if take not in told_elsewhere and reach.mask & database().bit(take):
                    access = self._effects.can(reach, take, other, other.arn)
                    found.append((f"{take} on {name} takes it over", access))
        else:
            services = trusted_services(other)
            for path in standing.every_path:
                for service in path.services if path.effect in ("pass", "borrow") else ():
                    if service in services:
                        access = lends(standing, path, other.arn, service)
                        said = f"{', '.join(path.actions)}: {lender(service)} then acts as {name}"
                        found.append((said, access))
        yield from sorted(found, key=lambda way: -way[1].level)
