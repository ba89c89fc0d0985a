"""Rights that a principal can take, or give, which are not an administrator's but may lead on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial

from reportgen.policy import paths
from reportgen.policy.access import CHANGING, Access, Level
from reportgen.policy.account import PolicySource, Subject
from reportgen.policy.actions import database
from reportgen.policy.changes import Actor, Change, any_bit, denies_something
from reportgen.policy.document import Document
from reportgen.policy.effective import Reach
from reportgen.policy.ground import (
    Ground,
    bounded,
    editable_policy,
    everything,
    joined,
    rewritten,
    with_policy,
)
from reportgen.policy.memory import ByIdentity
from reportgen.policy.paths import short

# Groups, policies or versions that might be taken or given, each judged as it is then.
_MOST_RIGHTS = 50
_TO_ONES_OWN = (
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
)
UNTRIED = "if one of very many that were not tried leads on"

Alter = Callable[[Subject], Subject]
Right = tuple[str, Access, Alter]


class Rights:
    """The rights short of an administrator's that principals can take, or give to others."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def of(
        self, reach: Reach, told: Collection[str] = (), whose: Reach | None = None
    ) -> Iterator[Change]:
        """What a principal can add to its own rights, or to those of another (``whose``).

        ``told`` are the paths that it has already.
        """
        actor = Actor(reach, whose or reach)
        subject, kind = actor.subject, actor.kind
        if reach.subject.account != subject.account:
            return
        is_user = kind == "User"
        ways: tuple[tuple[str, str, Callable[[Actor, str], Iterator[Right]]], ...] = (
            ("iam-013", "iam:AddUserToGroup", self._groups),
            ("iam-008" if is_user else "iam-009", f"iam:Attach{kind}Policy", self._policies),
            ("extra-014", "iam:SetDefaultPolicyVersion", self._versions),
            (
                "extra-010" if is_user else "extra-009",
                f"iam:Put{kind}PermissionsBoundary",
                self._boundaries,
            ),
        )
        for path_id, action, found in ways:
            if path_id in told or not reach.mask & database().bit(action):
                continue
            tried = 0
            for step, access, alter in found(actor, action):
                if not access:
                    continue
                tried += 1
                if tried > _MOST_RIGHTS:
                    yield _untried(actor, path_id, action, step, access)
                    break
                after = alter(subject)
                adds = _added(subject, after)
                yield Change(path_id, action, actor.via, step, access, after, alter, True, adds)

    def _groups(self, actor: Actor, action: str) -> Iterator[Right]:
        subject = actor.subject
        whom = "it" if actor.itself else actor.name
        for group in self._ground.groups(subject) if subject.kind == "user" else ():
            if group.name not in subject.groups:
                access = actor.reach.can(action, group.arn)
                step = f"{action} puts {whom} in {short(group.arn)}"
                yield step, access, partial(joined, group=group)

    def _policies(self, actor: Actor, action: str) -> Iterator[Right]:
        subject, reach = actor.subject, actor.reach
        held = {source.arn for source in subject.sources}
        seen: set[int] = set()
        known: dict[str, str] = {}
        if subject.boundary_arn:
            known["iam:permissionsboundary"] = subject.boundary_arn
        for policy in self._ground.policies(subject):
            writes = editable_policy(policy.arn) and reach.can(_TO_ONES_OWN[0], policy.arn)
            # Policies of one content lead to one place, unless they can be written.
            if policy.arn in held or not (writes or leads_on(policy.document)):
                continue
            if id(policy.document) in seen and not writes:
                continue
            source = PolicySource(f"policy {policy.name}", policy.document, policy.arn)
            access = reach.can(action, subject.arn, known={**known, "iam:policyarn": policy.arn})
            if access:
                seen.add(id(policy.document))
                step = f"{action} of {short(policy.arn)} on {actor.name}"
                yield step, access, partial(with_policy, source=source)

    def _versions(self, actor: Actor, action: str) -> Iterator[Right]:
        subject = actor.subject
        others = {policy.arn: policy.others for policy in self._ground.policies(subject)}
        for source in subject.sources:
            arn = source.arn
            for version, text in others.get(arn, ()):
                opens = leads_on(text) or denies_something(source)
                if editable_policy(arn) and opens:
                    step = f"{action} restores version {version} of {short(arn)}"
                    access = actor.reach.can(action, arn)
                    yield step, access, partial(rewritten, arn=arn, text=text)

    def _boundaries(self, actor: Actor, action: str) -> Iterator[Right]:
        """Boundaries that limit otherwise; those that limit nothing are told elsewhere."""
        subject = actor.subject
        for policy in self._ground.policies(subject) if subject.boundary is not None else ():
            if policy.arn != subject.boundary_arn and leads_on(policy.document):
                known = {"iam:permissionsboundary": policy.arn}
                step = f"{action} on {actor.name} puts {short(policy.arn)} in place of its boundary"
                access = actor.reach.can(action, subject.arn, known=known)
                yield step, access, partial(bounded, arn=policy.arn, text=policy.document)


def _untried(actor: Actor, path_id: str, action: str, step: str, access: Access) -> Change:
    """What stands for all that were not tried: perhaps one of them leads on."""
    hurdles = (*access.hurdles, UNTRIED)
    doubtful = Access(Level.MAYBE, hurdles, access.calls)
    alter = partial(with_policy, source=everything())
    return Change(
        path_id, action, actor.via, step, doubtful, alter(actor.subject), alter, names_route=True
    )


def _added(before: Subject, after: Subject) -> int | None:
    """The actions that more documents allow; None where anything else is another too."""
    count = len(before.sources)
    # What it could not do to a policy or group that was not its own, it can do to one that is.
    bits = any_bit(*_TO_ONES_OWN)
    if after.sources[:count] != before.sources or after.boundary is not before.boundary:
        return None
    for source in after.sources[count:]:
        for statement in source.document.usable:
            if statement.effect == "Allow":
                bits |= database().of(statement)
    return bits


def _leads_on(document: Document) -> bool:
    # To take a Deny away or to set a tag is no path alone, and may be what opens one.
    leading = paths.telling() | any_bit(*CHANGING)
    return any(s.effect == "Allow" and database().of(s) & leading for s in document.usable)


# Whether a document allows anything that some known path takes, or that changes somebody.
leads_on = ByIdentity(_leads_on)
