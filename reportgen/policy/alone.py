"""Ways that need no other principal's rights: to give them to oneself, or to whatever is open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from reportgen.policy.access import NONE, Access, together
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.administrator import SELF_ESCALATING, is_administrator, is_strong, no_limit
from reportgen.policy.effects import Change, Effects, gives_rights, target_kind
from reportgen.policy.fences import aws_policy
from reportgen.policy.glob import matches_arn
from reportgen.policy.ground import (
    Ground,
    assume_own,
    bounded,
    editable_policy,
    newcomer,
    unlisted,
)
from reportgen.policy.paths import ASSUME, PASS, Path, Route, Way, route, short
from reportgen.policy.shapes import any_match
from reportgen.policy.standing import Standing
from reportgen.policy.targets import Targets

_GIVES = "gives it an administrator's rights"
# Names tried for a principal that the creator may only call so and so.
_MOST_NAMES = 20


def scope(standing: Standing, actions: Sequence[str]) -> tuple[str, ...]:
    """The narrowest patterns among the actions that the principal's own policies must allow."""
    listed = [standing.reach.patterns(a) for a in actions if a != ASSUME]
    return min(listed, key=lambda p: (p == ("*",), len(p)), default=("*",))


def rest_of(standing: Standing, path: Path) -> Access:
    """Whether the actions other than PassRole are possible on something."""
    return together([standing.reach.anywhere(a) for a in path.actions if a != PASS])


def _held(subject: Subject) -> bool:
    """Whether a boundary keeps a principal from what it could be given; others are not itself."""
    return subject.boundary is not None and not no_limit(subject.boundary)


def _told(path: Path, via: str, steps: Sequence[str], access: Access) -> Route:
    return route(path.id, path.actions, via, Way().after(*steps), access)


class Alone:
    """The ways of one principal by itself."""

    def __init__(
        self,
        ground: Ground,
        effects: Effects,
        every_role: Callable[[], Targets],
        managing: Collection[str] | None,
    ) -> None:
        self._ground, self._effects = ground, effects
        self._every_role, self._managing = every_role, managing
        self._strong_groups: dict[str, bool] = {}

    def routes(self, standing: Standing) -> Iterator[Route]:
        """Every way by known paths, then by making a principal of one's own."""
        by_effect: dict[str, Callable[[Standing, Path], Iterator[Route]]] = {
            "give": self._give,
            "join": self._join,
            "restore": self._restore,
            "enter": self._enter,
            "give+enter": self._give_and_enter,
            "pass": self._pass_anything,
            "borrow": self._borrow_unknown,
            "set": self._set,
        }
        for path in standing.paths:
            found = by_effect.get(path.effect)
            if found is not None:
                yield from found(standing, path)
        yield from self._create(standing)

    def changed(self, standing: Standing, change: Change, access: Access) -> Route:
        """A change of oneself that alone makes an administrator."""
        subject = standing.subject
        way = Way().after(change.step, f"{short(subject.arn)} is then an administrator")
        return route(change.id, (change.action,), change.via, way, access)

    def _give(self, standing: Standing, path: Path) -> Iterator[Route]:
        subject, reach = standing.subject, standing.reach
        action = path.actions[0]
        kind = target_kind(action)
        if kind == "policy":
            for source in subject.sources:
                access = editable_policy(source.arn) and self._effects.rewrites(
                    reach, subject, source.arn
                )
                if access:
                    step = f"{action} on {short(source.arn)} {_GIVES}"
                    yield _told(path, "self", (step,), access)
                    return
        targets: list[tuple[str, Subject | None]] = []
        if kind == subject.kind:
            targets.append((subject.arn, subject))
        elif kind == "group":
            targets += [(group.arn, None) for group in self._ground.groups_of(subject)]
        for arn, target in targets:
            access = self._effects.can(reach, action, target, arn)
            if access:
                yield _told(path, "self", (f"{action} on {short(arn)} {_GIVES}",), access)
                return
        access = NONE
        if not _held(subject):
            access = self._effects.can(reach, action, None, unlisted(subject, kind))
        if access:
            yield _told(path, f"any {kind}", (f"{action} on any {kind} {_GIVES}",), access)
        elif kind == "role":
            yield from self._writable_role(standing, path, (action, ASSUME))

    def _join(self, standing: Standing, path: Path) -> Iterator[Route]:
        subject, action = standing.subject, path.actions[0]
        if _held(subject):
            return
        account = self._ground.accounts.get(subject.account)
        for group in account.groups.values() if account else ():
            if self._strong(group):
                access = standing.reach.can(action, group.arn)
                if access:
                    step = f"{action} puts a user of its choice in {short(group.arn)}"
                    steps = (step, f"{short(group.arn)} holds an administrator's rights")
                    yield _told(path, group.arn, steps, access)
                    return
        access = standing.reach.can(action, unlisted(subject, "group"))
        if access:
            yield _told(path, "any group", (f"{action} on any group {_GIVES}",), access)

    def _strong(self, group: Subject) -> bool:
        """Whether a group holds an administrator's rights, or can take them."""
        found = self._strong_groups.get(group.arn)
        if found is None:
            bits = self._ground.reach(group).broad[1]
            found = is_administrator(bits) or any(
                bits & database().bit(action) for action in SELF_ESCALATING
            )
            self._strong_groups[group.arn] = found
        return found

    def _restore(self, standing: Standing, path: Path) -> Iterator[Route]:
        """SetDefaultPolicyVersion: an older version of one of its policies that holds more."""
        subject, action = standing.subject, path.actions[0]
        if _held(subject):
            return
        account = self._ground.accounts.get(subject.account)
        policies = account.policies if account else {}
        for source in subject.sources:
            policy = policies.get(source.arn)
            if policy is None or aws_policy(policy.arn):
                continue
            for version, document in policy.others:
                access = standing.reach.can(action, policy.arn)
                if access and is_strong(document):
                    where = f"version {version} of {short(policy.arn)}"
                    yield _told(path, policy.arn, (f"{action} restores {where}",), access)
                    return
        if all(aws_policy(arn) for arn in policies):
            access = standing.reach.can(action, unlisted(subject, "policy"))
            if access:
                said = f"{action} restores an older version of any policy"
                yield _told(path, "any policy", (said,), access)

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
        return _told(path, what, (said,), access)

    def _enter(self, standing: Standing, path: Path) -> Iterator[Route]:
        found = self._open(standing, path)
        if found is not None:
            yield found

    def _give_and_enter(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Take over a principal of one's choice: open to all, or one that can be written."""
        found = self._open(standing, path)
        if found is not None:
            yield found
            return
        kinds = {target_kind(action) for action in path.actions}
        if "policy" in kinds:
            yield from self._writable_policy(standing, path)
        elif kinds == {"role"}:
            yield from self._writable_role(standing, path, path.actions)
        else:
            patterns = scope(standing, path.actions)
            users = self._ground.ordinary(standing.subject, "user", patterns)
            yield from self._writable(standing, path, path.actions, users)

    def _writable_role(
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
                yield _told(path, other.arn, steps, access)
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
            taken = self._effects.can(reach, take, role, role.arn) if arns else None
            for arn in arns if taken else ():
                access = together([self._effects.rewrites(reach, role, arn), taken])
                if access:
                    said = f"{write} on {short(arn)} makes {short(role.arn)} an administrator"
                    steps = (said, f"{take} then gives it {short(role.arn)}")
                    yield _told(path, role.arn, steps, access)
                    return

    def _pass_anything(self, standing: Standing, path: Path) -> Iterator[Route]:
        arn = unlisted(standing.subject, "role")
        for service in path.services:
            found = standing.reach.can(PASS, arn, known={"iam:passedtoservice": service})
            if found:
                access = together([found, rest_of(standing, path)])
                if access:
                    said = f"{', '.join(path.actions)}: passes any role to {service} and acts as it"
                    yield _told(path, "any role", (said,), access)
                return

    def _borrow_unknown(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Existing resources of a service, where the file shows no role that could say more."""
        if next(self._ground.ordinary(standing.subject, "role"), None) is None:
            access = rest_of(standing, path)
            if access:
                said = f"{', '.join(path.actions)}: acts as a role already at work in the service"
                yield _told(path, "existing roles, which the file does not show", (said,), access)

    def _set(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Rights of Identity Center, where this account manages it."""
        if self._managing is not None and standing.subject.account not in self._managing:
            return
        access = rest_of(standing, path)
        if access:
            said = f"{', '.join(path.actions)} gives a permission set more than it has"
            where = "permission sets, if this account manages Identity Center"
            yield _told(path, where, (said,), access)

    # -- a principal of one's own -------------------------------------------------------------

    def _create(self, standing: Standing) -> Iterator[Route]:
        """Create a user or role, give it an administrator's rights, and act as it.

        A new role can trust whoever made it by name, which needs no sts:AssumeRole of one's own.
        """
        for path_id, kind, takes in (
            ("create-001", "User", ("iam:CreateAccessKey", "iam:CreateLoginProfile")),
            ("create-002", "Role", ()),
        ):
            if standing.reach.mask & database().bit(f"iam:Create{kind}"):
                for arn in self._names(standing, kind):
                    found = self._made(standing, path_id, kind, takes, arn)
                    if found is not None:
                        yield found
                        break

    def _names(self, standing: Standing, kind: str) -> Iterator[str]:
        """Names that the creator may choose: any, or a new one that fits what it is allowed."""
        account = self._ground.accounts.get(standing.subject.account)
        taken = account.subjects if account else {}
        kin = f"arn:*:iam::*:{kind.lower()}/*"
        patterns = standing.reach.named(f"iam:Create{kind}")
        named = [p.replace("*", "zz").replace("?", "z") for p in patterns]
        yield unlisted(standing.subject, kind.lower())
        yield from [arn for arn in named if matches_arn(kin, arn) and arn not in taken][:_MOST_NAMES]

    def _made(
        self, standing: Standing, path_id: str, kind: str, takes: Sequence[str], arn: str
    ) -> Route | None:
        """A way over one new principal: without a boundary, or with one that allows everything."""
        subject, reach = standing.subject, standing.reach
        create, plain = f"iam:Create{kind}", newcomer(subject, kind.lower(), arn)
        made: list[tuple[Subject, Access]] = [
            (plain, reach.can(create, arn, absent=["iam:permissionsboundary"]))
        ]
        if "iam:permissionsboundary" in reach.keys:
            for limit, text in self._ground.open_boundaries(subject):
                known = {"iam:permissionsboundary": limit}
                made.append((bounded(plain, limit, text), reach.can(create, arn, known=known)))
        for new, first in made:
            if not first:
                continue
            for verb in ("Attach", "Put"):
                give = f"iam:{verb}{kind}Policy"
                given = self._effects.can(reach, give, new, arn)
                into = self._into(standing, takes, arn) if given else []
                for take, taken in into:
                    actions = tuple(a for a in (create, give, take) if a)
                    said = f"{', '.join(actions)} makes a {kind.lower()} that is an administrator"
                    access = together([first, given, taken])
                    return route(
                        path_id, actions, f"a new {kind.lower()}", Way().after(said), access
                    )
        return None

    def _into(self, standing: Standing, takes: Sequence[str], arn: str) -> list[tuple[str, Access]]:
        if not takes:
            access = assume_own(standing.reach, arn)
            return [("", access)] if access else []
        found = [(t, self._effects.can(standing.reach, t, None, arn)) for t in takes]
        return [(take, access) for take, access in found if access][:1]
