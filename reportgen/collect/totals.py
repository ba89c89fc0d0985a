"""Control totals: counts that AWS gives of the same thing in several places, and how they differ.

Completeness of a population is shown by totals that agree (AT-C 205.36): rows of the authorisation
details, lines of the credential report less root's, and the number in the account summary. The
difference is written down also when it is zero.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reportgen.evidence.answers import AnswerError, is_cut_off, parse_credential_report
from reportgen.evidence.store import Item
from reportgen.model import Status

# Entities: key of the authorisation details -> key of the account summary.
_COUNTED = {
    "users": ("UserDetailList", "Users"),
    "groups": ("GroupDetailList", "Groups"),
    "roles": ("RoleDetailList", "Roles"),
    # Of managed policies the account summary counts those of the account's own.
    "policies": ("Policies", "Policies"),
}


def control_totals(items: Mapping[str, Item]) -> dict[str, Any]:
    """Counts by source for users, groups, roles and customer policies; None where unread.

    ``difference`` is the largest count less the smallest, None where fewer than two are known.
    """
    details = _json(items, "authorization-details")
    if details is not None and is_cut_off(details):
        details = None
    summary = (_json(items, "account-summary") or {}).get("SummaryMap")
    numbers = summary if isinstance(summary, dict) else {}
    totals: dict[str, Any] = {}
    for name, (listed, counted) in _COUNTED.items():
        counts = {
            "authorization-details": _length(details, listed),
            "account-summary": _number(numbers.get(counted)),
        }
        if name == "users":
            counts["credential-report"] = _report_users(items)
        known = [count for count in counts.values() if count is not None]
        difference = max(known) - min(known) if len(known) > 1 else None
        totals[name] = {**counts, "difference": difference}
    return totals


def _item(items: Mapping[str, Item], source: str) -> Item | None:
    item = items.get(source)
    return item if item is not None and item.envelope.status is Status.COLLECTED else None


def _json(items: Mapping[str, Item], source: str) -> dict[str, Any] | None:
    item = _item(items, source)
    answer = json.loads(item.content) if item is not None else None
    return answer if isinstance(answer, dict) else None


def _length(answer: Mapping[str, Any] | None, key: str) -> int | None:
    listed = answer.get(key) if answer is not None else None
    if not isinstance(listed, list):
        return None
    return sum(not _is_of_aws(record) for record in listed)


def _is_of_aws(record: Any) -> bool:
    """Whether it is a managed policy of AWS's own, which has no account in its ARN."""
    return isinstance(record, dict) and ":iam::aws:policy/" in str(record.get("Arn", ""))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _report_users(items: Mapping[str, Item]) -> int | None:
    item = _item(items, "credential-report")
    if item is None:
        return None
    try:
        rows = parse_credential_report(item.content).rows
    except AnswerError:
        return None
    return sum(row.get("user") != "<root_account>" for row in rows)
