"""Ways to give rights to oneself: by a policy, by a group, by an older version."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.policy.access import NONE, Access, together
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.administrator import SELF_ESCALATING, is_administrator, is_strong, no_limit
from reportgen.policy.effects import Effects, target_kind
from reportgen.policy.fences import aws_policy
from reportgen.policy.ground import (
    Ground,
    editable_policy,
    rewritten,
    unlisted,
)
from reportgen.policy.others import Others
from reportgen.policy.paths import ASSUME, Path, Route, short, told
from reportgen.policy.standing import Standing
from reportgen.policy.written import WaysByGiving

_GIVES = "gives it an administrator's rights"


def _held(subject: Subject) -> bool:
    """Whether a boundary keeps a principal from what it could be given; others are not itself."""
    return subject.boundary is not None and not no_limit(subject.boundary)


def _which(access: Access) -> str:
    """The policy that is attached, where the principal may not attach just any."""
    for call in access.calls:
        arns = dict(call.context).get("iam:policyarn", ())
        if arns and not arns[0].endswith(":aws:policy/AdministratorAccess"):
            return f" of {short(arns[0])}"
    return ""


class Oneself:
    """The ways of one principal to more rights of its own."""

    def __init__(
        self, ground: Ground, effects: Effects, others: Others, written: WaysByGiving
    ) -> None:
        self._ground, self._effects, self._others = ground, effects, others
        self._written = written
        self._strong_groups: dict[str, bool] = {}

    def give(self, standing: Standing, path: Path) -> Iterator[Route]:
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
                    yield told(path, "self", (step,), access)
                    return
        targets: list[tuple[str, Subject | None]] = []
        if kind == subject.kind:
            targets.append((subject.arn, subject))
        elif kind == "group":
            targets += [(group.arn, None) for group in self._ground.groups_of(subject)]
        for arn, target in targets:
            access = self._effects.can(reach, action, target, arn)
            if access:
                step = f"{action}{_which(access)} on {short(arn)} {_GIVES}"
                yield told(path, "self", (step,), access)
                return
        access = NONE
        if not _held(subject):
            access = self._effects.can(reach, action, None, unlisted(subject, kind))
        if access:
            yield told(path, f"any {kind}", (f"{action} on any {kind} {_GIVES}",), access)
        else:
            found: tuple[Route, ...] = ()
            if kind == "role":
                found = tuple(self._others.writable_role(standing, path, (action, ASSUME)))
            yield from found or self._written.routes(standing, path)

    def join(self, standing: Standing, path: Path) -> Iterator[Route]:
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
                    yield told(path, group.arn, steps, access)
                    return
        access = standing.reach.can(action, unlisted(subject, "group"))
        if access:
            yield told(path, "any group", (f"{action} on any group {_GIVES}",), access)

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

    def restore(self, standing: Standing, path: Path) -> Iterator[Route]:
        """SetDefaultPolicyVersion: an older version of one of its policies that holds more."""
        subject, action = standing.subject, path.actions[0]
        account = self._ground.accounts.get(subject.account)
        policies = account.policies if account else {}
        for source in subject.sources:
            policy = policies.get(source.arn)
            if policy is None or aws_policy(policy.arn):
                continue
            access = standing.reach.can(action, policy.arn)
            for version, document in policy.others if access else ():
                if is_strong(document):
                    after = self._effects.rises(rewritten(subject, policy.arn, document))
                    found = together([access, after])
                    if found:
                        where = f"version {version} of {short(policy.arn)}"
                        yield told(path, policy.arn, (f"{action} restores {where}",), found)
                        return
        if not _held(subject) and all(aws_policy(arn) for arn in policies):
            access = standing.reach.can(action, unlisted(subject, "policy"))
            if access:
                said = f"{action} restores an older version of any policy"
                yield told(path, "any policy", (said,), access)
