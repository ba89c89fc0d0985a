"""Judging principals: each user and role that somebody in the account can edit.

What could not be read of a principal's policies leaves nothing but a failure standing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    ROLE,
    USER,
    Judgement,
    Opinion,
    ResourceType,
    each,
    not_applicable,
    or_none,
    unknown,
)
from reportgen.model import Verdict
from reportgen.policy.glob import matches
from reportgen.policy.memory import ByIdentity
from reportgen.policy.standing import Standing


def named(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name fits one of the patterns (``*`` and ``?``), case aside."""
    return _named(name.lower(), tuple(patterns))


@lru_cache(maxsize=65536)
def _named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(matches(pattern.lower(), name) for pattern in patterns)


def of_policies(
    opinion: Callable[..., Opinion], *parameters: Sequence[str]
) -> Callable[[Standing], Opinion]:
    """An opinion that follows from a principal's policies and the parameters, and nothing else.

    It is formed once for as long as the policies stay as they are. ``opinion`` is a function of a
    file, which can see no facts of the month: it takes a Standing, then the parameters.
    """
    key = (opinion, *map(tuple, parameters))

    def formed(standing: Standing) -> Opinion:
        known = _formed(standing)
        found = known.get(key)
        if found is None:
            found = known[key] = opinion(standing, *parameters)
        return found

    return formed


_formed = ByIdentity[Standing, dict[tuple[Any, ...], Opinion]](lambda _: {})


def each_principal(
    facts: AccountFacts, opinion: Callable[[Standing], Opinion]
) -> Iterator[Judgement]:
    """Judge every user and role that somebody in the account can edit."""
    account = facts.iam()

    def principals() -> Iterator[tuple[str, ResourceType, Standing]]:
        for arn, standing in facts.standings().items():
            yield arn, USER if standing.subject.kind == "user" else ROLE, standing

    def judge(standing: Standing) -> Opinion:
        if standing.subject.kind == "service-linked-role":
            return not_applicable("AWS manages this role.")
        if standing.subject.kind == "identity-center-role":
            said = "Identity Center manages this role; its permission set is judged."
            return not_applicable(said)
        return as_read(standing, opinion(standing))

    nothing = "The account has no users or roles."
    return or_none(facts, each(facts, principals(), judge), nothing, account.problems)


def as_read(standing: Standing, opinion: Opinion) -> Opinion:
    """An opinion where policies could not be read: nothing but a failure stands.

    What an unread boundary leaves is not known either way.
    """
    subject = standing.subject
    if subject.boundary_unread or (subject.missing and opinion[0] is not Verdict.FAIL):
        said = f"Not all of its policies could be read: {first_reason(subject.missing)}"
        return unknown(f"{said}.")
    return opinion


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
