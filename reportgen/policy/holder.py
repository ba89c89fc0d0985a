"""The open context of a principal: what AWS says of it in every request that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reportgen.policy.account import Subject
from reportgen.policy.conditions import Context, Missing
from reportgen.policy.keys import of_session


class _HolderContext(Context):
    """The tags of a user are all known, a role's are not: its sessions may bring their own."""

    def __init__(self, known: Mapping[str, Any], is_user: bool) -> None:
        super().__init__(known, is_open=True)
        self._is_user = is_user

    def get(self, key: str) -> tuple[str, ...] | Missing:
        found = super().get(key)
        if found is not Missing.UNKNOWN:
            return found
        if key == "aws:username":
            return Missing.ABSENT
        # Keys of a session's credentials, and tags that it might bring.
        if self._is_user and (key.startswith("aws:principaltag/") or of_session(key)):
            return Missing.ABSENT
        return found

    def with_keys(self, known: Mapping[str, Any], absent: Iterable[str] = ()) -> Context:
        copy = _HolderContext({}, self._is_user)
        other = super().with_keys(known, absent)
        copy._known, copy._absent = other._known, other._absent
        return copy


def holder_context(subject: Subject, organisation: str, at: datetime | None) -> Context:
    """What is known of the requests of a user or role; without ``at`` their time is open."""
    is_user = subject.kind == "user"
    known: dict[str, Any] = {
        "aws:principalarn": subject.arn,
        "aws:principalaccount": subject.account,
        "aws:principaltype": "User" if is_user else "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
        **{f"aws:principaltag/{key}": value for key, value in subject.tags.items()},
    }
    if is_user:
        known["aws:username"] = subject.name
    if organisation:
        known["aws:principalorgid"] = organisation
    if at is not None:
        known["aws:currenttime"] = at.isoformat()
        known["aws:epochtime"] = str(int(at.timestamp()))
    return _HolderContext(known, is_user)
