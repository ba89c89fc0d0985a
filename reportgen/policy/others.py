"""Ways to take over a user or role of one's choice, or one that can be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from reportgen.policy.access import NONE, together
from reportgen.policy.account import Subject
from reportgen.policy.effects import Effects, gives_rights, target_kind
from reportgen.policy.ground import (
    Ground,
    editable_policy,
    unlisted,
)
from reportgen.policy.paths import ASSUME, Path, Route, short, told
from reportgen.policy.shapes import any_match
from reportgen.policy.standing import Standing, scope
from reportgen.policy.targets import Targets


class Others:
    """The ways of one principal over others that need not be administrators yet."""

    def __init__(self, ground: Ground, effects: Effects, every_role: Callable[[], Targets]) -> None:
        self._ground, self._effects, self._every_role = ground, effects, every_role

    def _open(self, standing: Standing, path: Path) -> Route | None:
        """Every action of a path, on whatever user or role it likes."""
        subject = standing.subject
        kinds = {target_kind(action) for action in path.actions}
        access = together(
            [
                self._effects.can(standing.reach, a, None, unlisted(subject, target_kind(a)))
                for a in path.actions
            ]
        )
        if not access:
            return None
        what = " and ".join(f"any {kind}" for kind in sorted(kinds))
        said = f"{', '.join(path.actions)} on {what} takes it over"
        return told(path, what, (said,), access)

    def enter(self, standing: Standing, path: Path) -> Iterator[Route]:
        found = self._open(standing, path)
        if found is not None:
            yield found

    def give_and_enter(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Take over a principal of one's choice: open to all, or one that can be written."""
        found = self._open(standing, path)
        if found is not None:
            yield found
            return
        kinds = {target_kind(action) for action in path.actions}
        if "policy" in kinds:
            yield from self._writable_policy(standing, path)
        elif kinds == {"role"}:
            yield from self.writable_role(standing, path, path.actions)
        else:
            patterns = scope(standing, path.actions)
            users = self._ground.ordinary(standing.subject, "user", patterns)
            yield from self._writable(standing, path, path.actions, users)

    def writable_role(
        self, standing: Standing, path: Path, actions: Sequence[str]
    ) -> Iterator[Route]:
        patterns = scope(standing, actions)
        roles: Iterable[Subject]
        if ASSUME in actions:
            roles = (r for r in self._assumable(standing) if any_match(patterns, r.arn))
        else:
            roles = self._ground.ordinary(standing.subject, "role", patterns)
        yield from self._writable(standing, path, actions, roles)

    def _writable(
        self, standing: Standing, path: Path, actions: Sequence[str], others: Iterable[Subject]
    ) -> Iterator[Route]:
        for other in others:
            access = together(
                [self._effects.can(standing.reach, a, other, other.arn) for a in actions]
            )
            if access:
                said = f"{', '.join(actions)} on {short(other.arn)} makes it an administrator"
                steps = (said, f"it then acts as {short(other.arn)}")
                yield told(path, other.arn, steps, access)
                return

    def _assumable(self, standing: Standing) -> Iterator[Subject]:
        """Roles of the account whose trust may let the principal in: named, or open to it."""
        every, subject = self._every_role(), standing.subject
        patterns = standing.reach.patterns(ASSUME)
        for other in every.letting_in(subject, patterns):
            role = other.subject
            if role.kind == "role" and role.account == subject.account and role.arn != subject.arn:
                yield role

    def _writable_policy(self, standing: Standing, path: Path) -> Iterator[Route]:
        """CreatePolicyVersion on a policy of a role that it can assume, or make trust it."""
        write = next(a for a in path.actions if gives_rights(a))
        take = next(a for a in path.actions if not gives_rights(a))
        reach = standing.reach
        patterns = reach.patterns(write)
        if take == ASSUME:
            roles = self._assumable(standing)
        else:
            roles = self._ground.ordinary(standing.subject, "role", reach.patterns(take))
        for role in roles:
            arns = [s.arn for s in role.sources if editable_policy(s.arn)]
            arns = [arn for arn in arns if any_match(patterns, arn)]
            taken = self._effects.can(reach, take, role, role.arn) if arns else NONE
            for arn in arns if taken else ():
                access = together([self._effects.rewrites(reach, role, arn), taken])
                if access:
                    said = f"{write} on {short(arn)} makes {short(role.arn)} an administrator"
                    steps = (said, f"{take} then gives it {short(role.arn)}")
                    yield told(path, role.arn, steps, access)
                    return
