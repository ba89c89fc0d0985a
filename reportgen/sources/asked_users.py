"""Lists that AWS gives a user at a time: who is asked, and who was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportgen.sources.source import PAGE, Aws, ReadError, malformed


def of_users(aws: Aws, method: str, key: str, names: Sequence[str]) -> Mapping[str, Any]:
    """The lists of every user joined under ``key``; raises ReadError when all were refused.

    The parameters have UserNames, who were asked, and Refused, those of them who got no answer.
    """

    def ask(way: Aws, user: str) -> list[Any]:
        listed = list(way.items("iam", method, key, UserName=user, MaxItems=PAGE))
        if any(not isinstance(record, dict) for record in listed):
            raise malformed(f"a record of {user} in {key} is no object")
        return listed

    refused: list[str] = []
    errors: list[ReadError] = []
    found: list[Any] = []
    for name, outcome in zip(names, aws.each(ask, names), strict=True):
        if isinstance(outcome, ReadError):
            errors.append(outcome)
            refused.append(name)
        else:
            found += outcome
    aws.reading.parameters = {"UserNames": list(names), "Refused": refused}
    if errors and len(errors) == len(names):
        raise errors[0]
    if errors:
        said = f"{len(errors)} of {len(names)} users could not be asked: {errors[0]}"
        aws.reading.detail = said
    return {key: found}
