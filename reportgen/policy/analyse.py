"""Whole accounts: for each principal, whether it is an administrator, or can become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reportgen.policy.account import Account, read_account
from reportgen.policy.decision import Levels, levels_of
from reportgen.policy.escalation import Escalations
from reportgen.policy.standing import Standing


def analyse(
    accounts: Sequence[Account],
    scps: Mapping[str, Levels] | None = None,
    at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return a row for each user and role, by ARN.

    Keys: arn, kind, admin (full, conditional, escalation, none), paths (id, actions, via,
    explanation, hurdles), boundary (ARN or None), reasons, not_judged (policies that could not be
    read; what rests on them is not in the answer). ``at``: the moment for conditions on the time.
    """
    found = Escalations(accounts, scps, at=at)
    return [_row(found.standings[arn]) for arn in sorted(found.standings)]


def _row(standing: Standing) -> dict[str, Any]:
    subject = standing.subject
    return {
        "arn": subject.arn,
        "kind": subject.kind,
        "admin": standing.admin,
        "paths": [
            {
                "id": route.id,
                "actions": list(route.actions),
                "via": route.via,
                "explanation": route.explanation,
                "hurdles": list(route.hurdles),
            }
            for route in standing.routes
        ],
        "boundary": subject.boundary_arn or None,
        "reasons": standing.reasons,
        "not_judged": list(subject.missing),
    }


def scps_of(given: Any) -> dict[str, Levels]:
    """Read SCPs: the levels of one account (documents by level, root first), or levels by account.

    An object maps account ids to levels; a list holds for every account.
    """
    if isinstance(given, Mapping) and "Statement" not in given:
        return {str(account): levels_of(levels) for account, levels in given.items()}
    return {"": levels_of(given)}


__all__ = ["analyse", "read_account", "scps_of"]
