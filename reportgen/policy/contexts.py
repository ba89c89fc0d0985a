"""The open context of a principal: what is known of the requests that it can make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from reportgen.policy.account import Subject
from reportgen.policy.actions import matches_action
from reportgen.policy.conditions import Context, Missing
from reportgen.policy.document import Document
from reportgen.policy.keys import bound_to_actions, carries, of_session
from reportgen.policy.memory import ByIdentity
from reportgen.policy.shapes import UNLISTED

_GLOBAL = ("iam:", "organizations:")
_TAG = "sts:TagSession"
# Both say the tags of a user or role (IAM User Guide, "Controlling access to AWS resources using
# tags").
RESOURCE_TAGS = ("aws:resourcetag/", "iam:resourcetag/")
Tags = Mapping[str, Mapping[str, str]]


class _HolderContext(Context):
    """What is known of a user or role. A role's sessions may bring tags, where its trust lets them.

    That takes sts:TagSession in the trust policy (IAM User Guide, "Passing session tags in AWS
    STS"); ``tagged`` tells whether it is there, or not known.
    """

    def __init__(self, known: Mapping[str, Any], is_user: bool, tagged: bool) -> None:
        super().__init__(known, is_open=True)
        self._is_user, self._tagged = is_user, tagged

    def get(self, key: str) -> tuple[str, ...] | Missing:
        found = super().get(key)
        if found is not Missing.UNKNOWN:
            return found
        if key == "aws:username":
            return Missing.ABSENT
        if key.startswith("aws:principaltag/"):
            return found if self._tagged else Missing.ABSENT
        # Keys of a session's credentials.
        if self._is_user and of_session(key):
            return Missing.ABSENT
        return found

    def with_keys(self, known: Mapping[str, Any], absent: Iterable[str] = ()) -> Context:
        copy = _HolderContext({}, self._is_user, self._tagged)
        other = super().with_keys(known, absent)
        copy._known, copy._absent = other._known, other._absent
        return copy


def own_tags(subject: Subject) -> dict[str, str]:
    """The tags of a principal as condition keys, in lower case."""
    return {f"aws:principaltag/{k.casefold()}": v for k, v in subject.tags.items()}


def may_be_tagged(role: Subject) -> bool:
    """Whether sessions of a principal may come with tags of their own; those of users may not."""
    if role.kind == "user":
        return False
    return role.trust is None or _lets_tag(role.trust)


def _lets_tag_of(trust: Document) -> bool:
    statements = [t for t in trust.usable if t.effect == "Allow"]
    return bool(trust.unjudged) or any(matches_action(t, _TAG) for t in statements)


_lets_tag = ByIdentity(_lets_tag_of)


def _holder_context(subject: Subject, organisation: str, at: datetime | None) -> Context:
    """What is known of the requests of a user or role; without ``at`` their time is open."""
    is_user = subject.kind == "user"
    known: dict[str, Any] = {
        "aws:principalarn": subject.arn,
        "aws:principalaccount": subject.account,
        "aws:principaltype": "User" if is_user else "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
    }
    tagged = may_be_tagged(subject)
    if not tagged:
        known |= own_tags(subject)
    if is_user:
        known["aws:username"] = subject.name
    if organisation:
        known["aws:principalorgid"] = organisation
    if at is not None:
        known["aws:currenttime"] = at.isoformat()
        known["aws:epochtime"] = str(int(at.timestamp()))
    return _HolderContext(known, is_user, tagged)


class Contexts:
    """The contexts of one principal's requests: of an action, on a resource, with certain keys.

    ``keys`` are those that its policies ask for, in lower case; no other can change an answer.
    """

    def __init__(
        self,
        subject: Subject,
        organisation: str,
        at: datetime | None,
        keys: set[str],
        tags: Tags,
    ) -> None:
        self.subject, self._tags, self.keys = subject, tags, keys
        self.base = _holder_context(subject, organisation, at)
        # A session's tag takes the place of the role's of the same key, and none can take it away.
        self.own = own_tags(subject) if subject.tags and may_be_tagged(subject) else {}
        self._found: dict[tuple[Any, ...], Context] = {}
        self._sorted = sorted(keys)
        self.bound_keys = tuple(k for k in self._sorted if bound_to_actions(k))
        self._tag_keys = tuple(k for k in self._sorted if k.startswith(RESOURCE_TAGS))

    @cached_property
    def with_own_tags(self) -> Context:
        """The context of a call by somebody who brings no other tags than its own."""
        return self.base.with_keys(self.own) if self.own else self.base

    def asked(self, context: Context) -> dict[str, tuple[str, ...]]:
        """What a context knows of the keys that are asked for."""
        return {k: v for k in self._sorted if isinstance(v := context.get(k), tuple)}

    def of(
        self,
        action: str,
        resource: str | None,
        known: Mapping[str, Any],
        absent: Iterable[str],
        besides: Iterable[str] = (),
    ) -> Context:
        """The context of a call; ``absent`` are keys that it lacks, and those known to be None.

        ``besides`` are the keys that the resource's own policy asks for.
        """
        tag_keys, keys = self._tag_keys, self.keys
        tags_besides = [k for k in besides if k.startswith(RESOURCE_TAGS) and k not in keys]
        if tags_besides:
            tag_keys = tuple(sorted({*tag_keys, *tags_besides}))
            keys = keys.union(tags_besides)
        if not keys:
            return self.base
        if action.startswith(_GLOBAL) and self.subject.partition == "aws":
            # Its only endpoint there, whatever region the caller prefers.
            known = {"aws:requestedregion": "us-east-1", **known}
        gone = [k for k in absent if k in keys]
        gone += [k for k in self.bound_keys if not carries(action, k)]
        gone += [k for k, value in known.items() if value is None and k in keys]
        # The tags of a resource are those of the evidence, unless the call says what they are.
        is_told = bool(known.keys() & set(tag_keys))
        # Keys that none of its policies asks for cannot change the answer.
        known = {k: v for k, v in known.items() if k in keys and k not in gone}
        if tag_keys and resource is not None and not is_told:
            tags = self._tags_of(resource)
            if tags is not None:
                known |= {k: tags[k] for k in tag_keys if k in tags}
                gone += [k for k in tag_keys if k not in tags]
        elif is_told:
            gone += [k for k in tag_keys if k not in known and k not in gone]
        if not known and not gone:
            return self.base
        key = (tuple(known.items()), tuple(gone))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self.base.with_keys(known, gone)
        return found

    def _tags_of(self, arn: str) -> dict[str, str] | None:
        """The tags of a user or role as condition keys; None where they are not in the evidence."""
        # A change of its own tags is not in the evidence.
        found = self.subject.tags if arn == self.subject.arn else self._tags.get(arn)
        if found is None:
            kind = arn.split(":", 5)[-1].partition("/")[0]
            # Groups carry no tags, and a principal of no special name none that one could know.
            return {} if kind == "group" or arn.endswith(UNLISTED) else None
        return {f"{head}{k.casefold()}": v for k, v in found.items() for head in RESOURCE_TAGS}
