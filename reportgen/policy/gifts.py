"""An administrator's rights for another: what a principal can give it, whatever limits it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from reportgen.policy.access import Access
from reportgen.policy.account import PolicySource, Subject
from reportgen.policy.actions import database
from reportgen.policy.changes import Change
from reportgen.policy.effective import Reach
from reportgen.policy.effects import Effects
from reportgen.policy.ground import (
    Ground,
    editable_policy,
    everything,
    overwritten,
    rewritten,
    with_policy,
)
from reportgen.policy.paths import short

# The known paths that attach, and that put, a policy.
_PATHS = {
    "User": ("iam-008", "iam-007"),
    "Role": ("iam-009", "iam-005"),
    "Group": ("iam-010", "iam-011"),
}
_REWRITE = "iam:CreatePolicyVersion"
Alter = Callable[[Subject], Subject]


class Gifts:
    """What principals can give each other. Whether it holds is judged of each as it is then."""

    def __init__(self, ground: Ground, effects: Effects) -> None:
        self._ground, self._effects = ground, effects

    def of(self, reach: Reach, subject: Subject) -> Iterator[Change]:
        """What a principal can give another, by itself or by a group that it is in."""
        # IAM's actions are about the caller's own account.
        if reach.subject.account != subject.account:
            return
        own = "User" if subject.kind == "user" else "Role"
        holders: list[tuple[str, str, Subject | None]] = [(subject.arn, own, subject)]
        holders += [(group.arn, "Group", None) for group in self._ground.groups_of(subject)]
        for arn, kind, target in holders:
            attach, put = _PATHS[kind]
            for path_id, verb in ((attach, "Attach"), (put, "Put")):
                action = f"iam:{verb}{kind}Policy"
                if not reach.mask & database().bit(action):
                    continue
                payloads = self._ground.payloads(subject) if verb == "Attach" else [everything()]
                for payload in payloads:
                    known = {"iam:policyarn": payload.arn} if payload.arn else {}
                    access = self._effects.call(reach, action, target, arn, known)
                    if not access:
                        continue
                    said = f" of {short(payload.arn)}" if payload.arn else ""
                    step = f"{action}{said} on {short(arn)} gives it an administrator's rights"
                    for alter in self._ways(subject, arn, payload):
                        yield _given(path_id, action, subject, step, access, alter)
        yield from self._rewritten(reach, subject)

    def _ways(self, subject: Subject, arn: str, payload: PolicySource) -> Iterator[Alter]:
        """One more policy, or one in place of an inline policy whose Deny would hold it."""
        if all(source.document is not payload.document for source in subject.sources):
            yield partial(with_policy, source=payload)
        for source in self._effects.overwritable(subject, arn) if payload.inline else ():
            yield partial(overwritten, source=source, by=payload)

    def _rewritten(self, reach: Reach, subject: Subject) -> Iterator[Change]:
        """A new version of a policy that the other has."""
        for source in subject.sources:
            access = editable_policy(source.arn) and reach.can(_REWRITE, source.arn)
            if access:
                name = short(subject.arn)
                step = f"{_REWRITE} on {short(source.arn)} gives {name} an administrator's rights"
                alter = partial(rewritten, arn=source.arn, text=everything().document)
                yield _given("iam-001", _REWRITE, subject, step, access, alter)


def _given(
    path_id: str, action: str, subject: Subject, step: str, access: Access, alter: Alter
) -> Change:
    """A gift of everything, by which nothing is lost."""
    after = alter(subject)
    return Change(path_id, action, subject.arn, step, access, after, alter, frees=True)
