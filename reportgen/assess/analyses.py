"""What policies come to, kept from one month to the next where no policy changed between them.

Policies and who has them stay the same for months, while what the same answer of AWS says of use
changes each day. The analysis follows from the former, so it is made once; what is kept is found
by the whole of what it rests on, and never by a guess at it.
"""

from __future__ import annotations

import marshal
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from reportgen.assess.records import CUT_OFF, DETAILS
from reportgen.evidence import answers
from reportgen.policy.account import read_account
from reportgen.policy.decision import Levels
from reportgen.policy.escalation import Escalations
from reportgen.policy.moments import speaks_of_time, tells_time
from reportgen.policy.standing import Standing

# Fields of a role's record that are no part of what it may do.
_OF_USE = ("RoleLastUsed",)
# Accounts whose analysis is held: an account's months are judged one after another.
_MOST = 2

Standings = Mapping[str, Standing]


class Analysis:
    """One account as its answer of GetAccountAuthorizationDetails has it, shared: never changed."""

    def __init__(self, answer: Mapping[str, Any], account_id: str) -> None:
        self.account = read_account(answer, account_id)
        if answers.is_cut_off(answer):
            self.account.problems.append(f"{DETAILS} {CUT_OFF}")
        self._timed = tells_time(self.account)
        self._found: tuple[tuple[Any, ...], Standings] | None = None

    def standings(
        self,
        scps: Levels | None,
        organisation: str,
        centre: Collection[str] | None,
        at: datetime,
    ) -> Standings:
        """How near each user and role is to an administrator; see ``Escalations``.

        Found anew only where something that bears on it is another than the last time.
        """
        levels = scps or ()
        timed = self._timed or any(speaks_of_time(d) for level in levels for d in level)
        key = (
            None if scps is None else tuple(tuple(d.digest for d in level) for level in scps),
            organisation,
            None if centre is None else frozenset(centre),
            at if timed else None,
        )
        if self._found is None or self._found[0] != key:
            given = {} if scps is None else {self.account.id: scps}
            found = Escalations([self.account], given, organisation, centre, at).standings
            self._found = key, found
        return self._found[1]


class Analyses:
    """The accounts read last, each as it was last. No cache of verdicts: whoever judges has one."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[bytes, Analysis]] = OrderedDict()

    def of(self, answer: Mapping[str, Any], account_id: str) -> Analysis:
        """What reading the answer comes to, read now if it says another thing than the last."""
        said = _said(answer)
        known = self._known.get(account_id)
        if known is None or known[0] != said:
            known = self._known[account_id] = said, Analysis(answer, account_id)
        self._known.move_to_end(account_id)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known[1]


def _said(answer: Mapping[str, Any]) -> bytes:
    """The answer without what it says of use; equal only where all else is the same."""
    roles = answer.get("RoleDetailList")
    if isinstance(roles, list):
        answer = {**answer, "RoleDetailList": [_without_use(role) for role in roles]}
    # Of this form equal bytes mean equal data, and true is not 1 as it is to Python.
    data: Any = answer
    return marshal.dumps(data, 2)


def _without_use(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return {key: value for key, value in record.items() if key not in _OF_USE}
