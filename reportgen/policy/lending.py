"""Whether a service can be made to act as a role: passed to something new, or already there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.policy.access import Access, together
from reportgen.policy.effective import Reach
from reportgen.policy.paths import PASS, Path
from reportgen.policy.standing import Standing, rest_of


def can_pass(
    reach: Reach, arn: str, service: str, known: Mapping[str, Any] | None = None
) -> Access:
    """Whether a principal can pass a role to a service, which in China may have another name.

    ``known`` are keys that the call will carry.
    """
    names = (service, f"{service}.cn") if reach.subject.partition == "aws-cn" else (service,)
    carried = [{**(known or {}), "iam:passedtoservice": name} for name in names]
    found = [reach.can(PASS, arn, known=keys) for keys in carried]
    return max(found, key=lambda access: access.level)


def lends(standing: Standing, path: Path, arn: str, service: str) -> Access:
    """Whether by a path of the kind pass or borrow a service acts as a role for a principal."""
    rest = rest_of(standing, path)
    if path.effect == "borrow" or not rest:
        return rest
    return together([can_pass(standing.reach, arn, service), rest])
