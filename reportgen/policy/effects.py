"""What calls of IAM do to a principal, and what it is afterwards: each change is judged again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from reportgen.policy.access import NONE, TAGGING, Access, Level, together
from reportgen.policy.account import PolicySource, Subject
from reportgen.policy.administrator import strength
from reportgen.policy.assume import assume
from reportgen.policy.changes import Changes, any_bit, denies_something
from reportgen.policy.conditions import Context
from reportgen.policy.contexts import RESOURCE_TAGS
from reportgen.policy.document import Statement
from reportgen.policy.effective import Reach
from reportgen.policy.ground import (
    Ground,
    everything,
    newcomer,
    overwritten,
    rewritten,
    unlisted,
    with_policy,
)
from reportgen.policy.lending import can_pass
from reportgen.policy.paths import ASSUME
from reportgen.policy.rights import Rights
from reportgen.policy.rules import keys_of
from reportgen.policy.tagging import Tagged, name_of, several, tag_keys, telling

_TARGET = {
    "iam:createaccesskey": "user",
    "iam:deleteaccesskey": "user",
    "iam:createloginprofile": "user",
    "iam:updateloginprofile": "user",
    "iam:putuserpolicy": "user",
    "iam:attachuserpolicy": "user",
    "iam:putrolepolicy": "role",
    "iam:attachrolepolicy": "role",
    "iam:updateassumerolepolicy": "role",
    "sts:assumerole": "role",
    "iam:putgrouppolicy": "group",
    "iam:attachgrouppolicy": "group",
    "iam:addusertogroup": "group",
    "iam:createpolicyversion": "policy",
    "iam:setdefaultpolicyversion": "policy",
}


def target_kind(action: str) -> str:
    """The kind of thing that an action of IAM changes: user, role, group or policy."""
    return _TARGET[action.lower()]


def gives_rights(action: str) -> bool:
    """Whether an action gives rights to somebody: a policy attached, put or rewritten."""
    lowered = action.lower()
    return lowered.startswith(("iam:attach", "iam:put", "iam:createpolicyversion"))


class Effects:
    """Changes of a state and what they lead to."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.changes, self.rights = Changes(ground), Rights(ground)
        self._becomes: dict[tuple[Any, ...], Access] = {}
        # Who sets the tags that conditions ask of a target; without one whoever makes the call.
        self._tagger: Reach | None = None
        # What somebody becomes is its own doing, whoever tagged it before.
        self._alone = self

    def tagged_by(self, tagger: Reach) -> Effects:
        """The same, where somebody else than the caller tags the target before."""
        found = copy(self)
        found._tagger = tagger
        return found

    def can(self, reach: Reach, action: str, target: Subject | None, arn: str) -> Access:
        """Whether a principal can do to a target what makes that an administrator.

        ``target`` is None where it is of no special kind: unbounded, and in nobody's mind.
        """
        if action == ASSUME and target is not None:
            return self.assume(reach, target)
        if action.startswith("iam:Attach"):
            return self._attach(reach, action, target, arn)
        access = self.call(reach, action, target, arn, {})
        if not access or not gives_rights(action):
            return access
        return together([access, self.becomes(reach.subject, target, action, arn, everything())])

    def assume(self, reach: Reach, role: Subject) -> Access:
        """Whether a principal can assume a role, if need be after tagging it."""
        trust = role.trust.usable if role.trust else ()
        return self._tagging(reach, role, lambda tags: assume(reach, role, tags), trust)

    def passes(self, reach: Reach, role: Subject, service: str) -> Access:
        """Whether a principal can pass a role to a service, if need be after tagging it."""
        return self._tagging(reach, role, lambda tags: can_pass(reach, role.arn, service, tags))

    def _attach(self, reach: Reach, action: str, target: Subject | None, arn: str) -> Access:
        best = NONE
        for payload in self._ground.payloads(reach.subject):
            access = self.call(reach, action, target, arn, {"iam:policyarn": payload.arn})
            if access:
                after = self.becomes(reach.subject, target, action, arn, payload)
                access = together([access, after])
            if access.level > best.level:
                best = access
            if best.level is Level.YES:
                break
        return best

    def call(
        self, reach: Reach, action: str, target: Subject | None, arn: str, known: dict[str, Any]
    ) -> Access:
        """Whether a call goes through, if need be after tagging its target as conditions ask."""
        absent: list[str] = ["iam:permissionsboundary"]
        if target is not None and target.boundary_arn:
            known = {**known, "iam:permissionsboundary": target.boundary_arn}
            absent = []

        def ask(tags: dict[str, Any]) -> Access:
            return reach.can(action, arn, known={**known, **tags}, absent=absent)

        return self._tagging(reach, target, ask) if target else ask({})

    def _tagging(
        self,
        reach: Reach,
        target: Subject,
        ask: Callable[[dict[str, Any]], Access],
        trust: Sequence[Statement] = (),
    ) -> Access:
        """The answer as things are, or a better one once the target is tagged.

        ``trust`` are the statements of the target's own policy, where that is asked too.
        """
        access = ask({})
        if access.level is Level.YES or target.kind not in ("user", "role"):
            return access
        tagger = self._tagger or reach
        if not tagger.mask & any_bit(*TAGGING) or tagger.subject.account != target.account:
            return access
        if any(k.startswith(RESOURCE_TAGS) for k in (*reach.asked, *keys_of(trust))):
            statements = [*reach.statements(), *trust]
            known = reach.contexts.with_own_tags
            for wanted in _wanted(statements, target, known, self._ground.tagged):
                call, tags = _tag_call(tagger, target, wanted)
                found = together([call, ask(tags)]) if call else NONE
                if found.level > access.level:
                    access = found
                if access.level is Level.YES:
                    break
        return access

    def becomes(
        self, giver: Subject, target: Subject | None, action: str, arn: str, payload: PolicySource
    ) -> Access:
        """Whether somebody who is given a policy is an administrator, or can then become one.

        A policy of a group counts for the giver, if it is a member.
        """
        kind = target_kind(action)
        if kind == "group" and any(g.arn == arn for g in self._ground.groups_of(giver)):
            target = giver
        who = target.state if target else (kind,)
        key = (*who, giver.account, payload.arn or payload.label)
        found = self._becomes.get(key)
        if found is None:
            made = "role" if kind == "role" else "user"
            whose = target or newcomer(giver, made, unlisted(giver, made))
            found = self._alone.rises(with_policy(whose, payload))
            if not found and payload.inline:
                found = self._overwriting(whose, payload, arn)
            self._becomes[key] = found
        return found

    def _overwriting(self, whose: Subject, payload: PolicySource, arn: str) -> Access:
        """The same, put under the name of an inline policy whose Deny would hold it."""
        for source in self.overwritable(whose, arn):
            found = self._alone.rises(overwritten(whose, source, payload))
            if found:
                return found
        return NONE

    def overwritable(self, whose: Subject, arn: str) -> Iterator[PolicySource]:
        """The inline policies with a Deny that are put on a principal, or on a group of its own."""
        for source in whose.sources:
            if source.inline and denies_something(source):
                group = self._ground.group(whose, source.group)
                # A policy of a group is written over on the group, one's own on oneself.
                if arn == (group.arn if group else whose.arn):
                    yield source

    def rewrites(self, reach: Reach, holder: Subject, arn: str) -> Access:
        """Whether a new version of a policy makes an administrator of somebody who has it."""
        access = reach.can("iam:CreatePolicyVersion", arn)
        if not access:
            return access
        key = (*holder.state, arn)
        found = self._becomes.get(key)
        if found is None:
            after = rewritten(holder, arn, everything().document)
            found = self._becomes[key] = self._alone.rises(after)
        return together([access, found])

    def rises(self, subject: Subject) -> Access:
        """Whether a principal is an administrator, or can make itself one by a change or two."""
        reach = self._ground.reach(subject)
        access = as_state(strength(reach))
        if access:
            return access
        own = "User" if subject.kind == "user" else "Role"
        for change in self.changes.of(reach):
            after = together([change.access, strength(self._ground.reach(change.after))])
            if after:
                return as_state(after)
        for action in (f"iam:Put{own}Policy", f"iam:Attach{own}Policy"):
            known = {
                "iam:policyarn": f"arn:{subject.partition}:iam::aws:policy/AdministratorAccess"
            }
            given = self.call(reach, action, subject, subject.arn, known)
            if given:
                then = self._ground.reach(with_policy(subject, everything()))
                after = together([given, self._then(then)])
                if after:
                    return as_state(after)
        return NONE

    def _then(self, reach: Reach) -> Access:
        access = strength(reach)
        if access:
            return access
        for change in self.changes.of(reach):
            after = together([change.access, strength(self._ground.reach(change.after))])
            if after:
                return after
        return NONE


def _wanted(
    statements: Sequence[Statement], target: Subject, context: Context, tagged: Tagged
) -> Iterator[dict[str, str | None]]:
    """The tags that one call may set so that a condition on its target turns, or may remove."""
    present = {k.casefold(): v for k, v in target.tags.items()}
    for key in tag_keys(statements, RESOURCE_TAGS):
        name = name_of(key)
        for value in telling(key, statements, context, tagged):
            if present.get(name) != value:
                yield {name: value}
        if name in present:
            yield {name: None}
    for wanted in dict.fromkeys(several(statement, RESOURCE_TAGS) for statement in statements):
        if len(wanted) > 1:
            yield dict(wanted)


def _tag_call(
    tagger: Reach, target: Subject, tags: Mapping[str, str | None]
) -> tuple[Access, dict[str, Any]]:
    """The call that sets tags on a target, or removes them; and all that it has then, as keys."""
    kind = "User" if target.kind == "user" else "Role"
    sets = None not in tags.values()
    known: dict[str, Any] = {"aws:tagkeys": tuple(tags)}
    known |= {f"aws:requesttag/{name}": value for name, value in tags.items() if sets}
    call = tagger.can(f"iam:{'Tag' if sets else 'Untag'}{kind}", target.arn, known=known)
    after = {k.casefold(): v for k, v in target.tags.items()} | dict(tags)
    return call, {f"{head}{k}": v for k, v in after.items() for head in RESOURCE_TAGS}


def as_state(access: Access) -> Access:
    """What a principal would be: the calls that would show it are not yet its own to make."""
    return Access(access.level, access.hurdles)
