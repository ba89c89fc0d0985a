"""What a principal can change of itself or of another, other than to give it rights.

Each change is told with what its target is afterwards, so that it can be judged as it is then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from reportgen.policy.access import Access
from reportgen.policy.account import PolicySource, Subject
from reportgen.policy.actions import database
from reportgen.policy.administrator import no_limit
from reportgen.policy.effective import Reach
from reportgen.policy.ground import (
    Ground,
    bounded,
    editable_policy,
    everything,
    left,
    rewritten,
    tagged,
    without,
)
from reportgen.policy.memory import ByIdentity
from reportgen.policy.paths import short
from reportgen.policy.tagging import PRINCIPAL_TAG, name_of, several, tag_keys, telling

# What a tag opens that only trust policies ask for.
_LET_IN = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


@dataclass(frozen=True)
class Change:
    """A change of a principal: which path it is, and what the principal is afterwards.

    ``alter`` makes the same change of it as it may be by then.
    """

    id: str
    action: str
    via: str
    step: str
    access: Access
    after: Subject
    alter: Callable[[Subject], Subject] = field(compare=False)
    # Whatever it leads to is told as this path, which is a known one.
    names_route: bool = False
    # The actions that it adds, where it does no more than add some; what needs none of them is as
    # it was before.
    adds: int | None = None
    # Whether it does no more than take limits away, so that nothing is lost by it.
    frees: bool = False


@dataclass(frozen=True)
class Actor:
    """Who changes whom: what the one can do, and what bears on the other, which may be itself."""

    reach: Reach
    whose: Reach

    @property
    def subject(self) -> Subject:
        """Whose change it is."""
        return self.whose.subject

    @property
    def kind(self) -> str:
        """User or Role, as the names of actions have it."""
        return "User" if self.subject.kind == "user" else "Role"

    @property
    def itself(self) -> bool:
        """Whether the two are one."""
        return self.reach.subject.arn == self.subject.arn

    @property
    def name(self) -> str:
        """What the changed one is called."""
        return "itself" if self.itself else short(self.subject.arn)

    @property
    def via(self) -> str:
        """Over whom the change leads."""
        return "self" if self.itself else self.subject.arn

    def whose_limit(self, what: str) -> str:
        """The boundary, say, of the changed one."""
        return f"its {what}" if self.itself else f"the {what} of {self.name}"


class Changes:
    """The limits that principals can take from themselves and others, and the tags they can set."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._trust_tells = bool(tag_keys(ground.trust_statements, PRINCIPAL_TAG))
        # Whoever sets them, they are the same.
        self._telling_tags = ByIdentity(self._tags_that_tell)

    def of(self, reach: Reach, whose: Reach | None = None) -> Iterator[Change]:
        """What a principal can change of itself, or of another (``whose``)."""
        actor = Actor(reach, whose or reach)
        if actor.reach.subject.account != actor.subject.account:
            return
        yield from self._past_boundary(actor)
        yield from self._past_deny(actor)
        yield from self._tags(actor)

    def _past_boundary(self, actor: Actor) -> Iterator[Change]:
        """Ways to be rid of a boundary, where it is the boundary that holds."""
        subject, reach, kind = actor.subject, actor.reach, actor.kind
        if subject.boundary is None or no_limit(subject.boundary):
            return
        path_id = "extra-010" if kind == "User" else "extra-009"
        # Put carries the new boundary, which need not be the old; Delete carries the old.
        own = subject.boundary_arn
        ways: list[tuple[str, str, Callable[[Subject], Subject]]] = [
            ("Delete", own, partial(bounded, arn="", text=None)),
            *(
                ("Put", arn, partial(bounded, arn=arn, text=text))
                for arn, text in self._ground.open_boundaries(subject)
            ),
        ]
        for verb, carried, alter in ways:
            action = f"iam:{verb}{kind}PermissionsBoundary"
            access = reach.can(action, subject.arn, known={"iam:permissionsboundary": carried})
            if access:
                step = f"{action} on {actor.name} takes its boundary away"
                after = alter(subject)
                yield Change(path_id, action, actor.via, step, access, after, alter, frees=True)
                break
        if editable_policy(own):
            yield from self._past_its_text(actor)

    def _past_its_text(self, actor: Actor) -> Iterator[Change]:
        """Another text of the policy that is the boundary: a new version, or an older one."""
        subject, own = actor.subject, actor.subject.boundary_arn
        written = everything().document
        texts = [("iam:CreatePolicyVersion", "rewrites", written)]
        texts += [
            ("iam:SetDefaultPolicyVersion", f"restores version {version} of", text)
            for policy in self._ground.policies(subject)
            if policy.arn == own
            for version, text in policy.others
            if no_limit(text)
        ]
        for action, how, text in texts:
            access = actor.reach.can(action, own)
            if access:
                step = f"{action} {how} {actor.whose_limit('boundary')}"
                after = rewritten(subject, own, text)
                yield Change(
                    "boundary-001",
                    action,
                    own,
                    step,
                    access,
                    after,
                    partial(rewritten, arn=own, text=text),
                    frees=all(source.arn != own for source in subject.sources),
                )

    def _past_deny(self, actor: Actor) -> Iterator[Change]:
        """Detach or delete the policy whose Deny holds a principal, or leave its group."""
        subject = actor.subject
        for source in subject.sources:
            if not denies_something(source):
                continue
            # A policy of a group is taken from the group, whoever its members are.
            holder, kind = subject.arn, actor.kind
            if source.group:
                found = self._ground.group(subject, source.group)
                if found is None:
                    continue
                holder, kind = found.arn, "Group"
                yield from self._leaves(actor, found)
            action = f"iam:{'Delete' if source.inline else 'Detach'}{kind}Policy"
            access = actor.reach.can(action, holder, known={"iam:policyarn": source.arn})
            if access:
                whom = "it" if actor.itself else actor.name
                what = f"{source.label}, whose Deny holds {whom}"
                step = f"{action} on {short(holder)} takes away {what}"
                yield Change(
                    "deny-001",
                    action,
                    holder if source.group else actor.via,
                    step,
                    access,
                    without(subject, source),
                    partial(without, source=source),
                    frees=not _allows_something([source]),
                )

    def _leaves(self, actor: Actor, group: Subject) -> Iterator[Change]:
        action = "iam:RemoveUserFromGroup"
        access = actor.reach.can(action, group.arn)
        if access:
            whom = "it" if actor.itself else actor.name
            step = f"{action} takes {whom} out of {short(group.arn)}, whose Deny holds {whom}"
            after = left(actor.subject, group)
            frees = not _allows_something(group.sources)
            yield Change(
                "deny-001",
                action,
                group.arn,
                step,
                access,
                after,
                partial(left, group=group),
                frees=frees,
            )

    def tags_tell(self, whose: Reach) -> bool:
        """Whether tags of a principal could change what it can do."""
        return self._trust_tells or any(k.startswith(PRINCIPAL_TAG) for k in whose.asked)

    def _tags(self, actor: Actor) -> Iterator[Change]:
        """Tags that conditions on aws:PrincipalTag ask for (IAM User Guide, "ABAC")."""
        subject, reach, kind = actor.subject, actor.reach, actor.kind
        if not reach.mask & any_bit(f"iam:Tag{kind}", f"iam:Untag{kind}"):
            return
        if not self.tags_tell(actor.whose):
            return
        present = {k.casefold(): v for k, v in subject.tags.items()}
        for tags in self._telling_tags(actor.whose):
            if any(present.get(name) != value for name, value in tags.items()):
                yield from _tag(actor, tags)

    def _tags_that_tell(self, whose: Reach) -> tuple[Mapping[str, str | None], ...]:
        """The tags of a principal that could change what it can do; None removes one."""
        subject = whose.subject
        present = {k.casefold() for k in subject.tags}
        statements = [*whose.statements(), *self._ground.trust_statements]
        context = whose.contexts.with_own_tags
        found: list[Mapping[str, str | None]] = []
        for key in tag_keys(statements, PRINCIPAL_TAG):
            name = name_of(key)
            found += [{name: v} for v in telling(key, statements, context, self._ground.tagged)]
            if name in present:
                found.append({name: None})
        several_at_once = dict.fromkeys(several(s, PRINCIPAL_TAG) for s in statements)
        return (*found, *(dict(wanted) for wanted in several_at_once if len(wanted) > 1))


def _tag(actor: Actor, tags: Mapping[str, str | None]) -> Iterator[Change]:
    """One call that sets tags, or one that removes them."""
    sets = None not in tags.values()
    action = f"iam:{'Tag' if sets else 'Untag'}{actor.kind}"
    known: dict[str, Any] = {"aws:tagkeys": tuple(tags)}
    known |= {f"aws:requesttag/{name}": value for name, value in tags.items() if sets}
    access = actor.reach.can(action, actor.subject.arn, known=known)
    if access:
        said = " and ".join(
            f"sets the tag {name} to {value}" if sets else f"removes the tag {name}"
            for name, value in tags.items()
        )
        step = f"{action} on {actor.name} {said}"
        alter = partial(tagged, tags=dict(tags))
        # What its own policies do not ask for matters where a trust policy does.
        asked = any(f"{PRINCIPAL_TAG}{name}" in actor.whose.asked for name in tags)
        adds = None if asked else any_bit(*_LET_IN)
        yield Change(
            "tag-001", action, actor.via, step, access, alter(actor.subject), alter, adds=adds
        )


def denies_something(source: PolicySource) -> bool:
    """Whether a policy has a Deny."""
    return any(t.effect == "Deny" for t in source.document.usable)


def _allows_something(sources: Sequence[PolicySource]) -> bool:
    return any(t.effect == "Allow" for source in sources for t in source.document.usable)


@lru_cache(maxsize=256)
def any_bit(*actions: str) -> int:
    """Some actions as a set."""
    bits = 0
    for action in actions:
        bits |= database().bit(action)
    return bits
