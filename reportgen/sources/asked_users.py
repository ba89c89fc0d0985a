"""Lists that AWS gives a user at a time: who is asked, and who was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportgen.sources.source import PAGE, Aws, ReadError, malformed


@dataclass(frozen=True)
class Asked:
    """What came of asking: the ``records`` under ``key``, and errors by user."""

    key: str
    names: tuple[str, ...]
    records: tuple[dict[str, Any], ...]
    errors: Mapping[str, ReadError]

    def __add__(self, other: Asked) -> Asked:
        return Asked(
            self.key,
            self.names + other.names,
            self.records + other.records,
            {**self.errors, **other.errors},
        )

    def answer(self, aws: Aws) -> Mapping[str, Any]:
        """The lists of every user joined under the key; raises ReadError when all were refused.

        The parameters get UserNames, who were asked, and Refused, those of them who got no answer.
        """
        aws.reading.parameters = {"UserNames": list(self.names), "Refused": list(self.errors)}
        for first in self.errors.values():
            if len(self.errors) == len(self.names):
                raise first
            short = f"{len(self.errors)} of {len(self.names)} users could not be asked"
            aws.reading.detail = f"{short}: {first}"
            break
        return {self.key: list(self.records)}


def ask_users(aws: Aws, method: str, key: str, names: Sequence[str]) -> Asked:
    """Ask IAM for each user's list under ``key``, side by side."""

    def ask(way: Aws, user: str) -> list[dict[str, Any]]:
        listed = list(way.items("iam", method, key, UserName=user, MaxItems=PAGE))
        if any(not isinstance(record, dict) for record in listed):
            raise malformed(f"a record of {user} in {key} is no object")
        return listed

    errors: dict[str, ReadError] = {}
    found: list[dict[str, Any]] = []
    for name, outcome in zip(names, aws.each(ask, names), strict=True):
        if isinstance(outcome, ReadError):
            errors[name] = outcome
        else:
            found += outcome
    return Asked(key, tuple(names), tuple(found), errors)


def of_users(aws: Aws, method: str, key: str, names: Sequence[str]) -> Mapping[str, Any]:
    """The lists of every user joined under ``key``, as ``Asked.answer`` gives them."""
    return ask_users(aws, method, key, names).answer(aws)
