"""Answers about access: yes, maybe (and on what it hangs), no; and the calls that bear them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportgen.policy.account import Subject


class Level(IntEnum):
    """Whether something is allowed."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True)
class Call:
    """One request that the policies let through: who, what, on which resource, with which keys.

    ``context`` holds (key, values); a key that is not there is absent. ``by`` is the principal as
    it is at that moment, once changes that come before have been made.
    """

    principal: str
    action: str
    resource: str
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()
    by: Subject | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Access:
    """An answer, what it hangs on, and the calls that show it."""

    level: Level
    hurdles: tuple[str, ...] = ()
    calls: tuple[Call, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return self.level is not Level.NO


NONE = Access(Level.NO)
YES = Access(Level.YES)


# What sets and removes the tags of users and roles.
TAGGING = ("iam:TagUser", "iam:TagRole", "iam:UntagUser", "iam:UntagRole")
# The actions by which a user, role, group or policy is changed, some path's or not.
OF_GROUPS = (
    "iam:AddUserToGroup",
    "iam:RemoveUserFromGroup",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
    "iam:DeleteGroupPolicy",
    "iam:DetachGroupPolicy",
)
CHANGING = (
    *OF_GROUPS,
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:DetachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutRolePolicy",
    "iam:DeleteUserPolicy",
    "iam:DeleteRolePolicy",
    *TAGGING,
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)


def tags_first(access: Access) -> dict[str, Access]:
    """What is tagged before the call that an answer is about: the steps, and what each takes."""
    found: dict[str, Access] = {}
    for call in access.calls[:-1]:
        if call.action in TAGGING:
            step = f"{call.action} on {call.resource.split(':', 5)[-1]}, as conditions ask"
            found.setdefault(step, Access(access.level, access.hurdles, (call,)))
    return found


def together(parts: Sequence[Access]) -> Access:
    """All of several answers: the least of them, with every hurdle."""
    level = min((a.level for a in parts), default=Level.YES)
    if level is Level.NO:
        return NONE
    hurdles = tuple(dict.fromkeys(h for a in parts for h in a.hurdles))
    return Access(level, hurdles, tuple(c for a in parts for c in a.calls))
