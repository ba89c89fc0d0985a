"""Backups: who can change, share or delete them (Essential Eight, "regular backups")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import Judgement, Opinion, failed, not_applicable, passed
from reportgen.assess.parameters import Texts
from reportgen.assess.principals import each_principal, named, of_policies
from reportgen.policy.actions import database
from reportgen.policy.standing import Standing


def _can(standing: Standing, actions: Sequence[str]) -> list[str]:
    db = database()
    return [
        action
        for action in actions
        if (standing.reach.mask & db.bit(action)) and standing.reach.can(action)
    ]


def _safe_from_ordinary(
    standing: Standing, actions: Sequence[str], backup_administrators: Sequence[str]
) -> Opinion:
    if standing.admin != "none":
        return not_applicable("Is privileged: judged as such by E8-06.")
    if named(standing.subject.name, backup_administrators):
        return not_applicable("Is a backup administrator by name.")
    can = _can(standing, actions)
    if can:
        return failed(f"Can call {first_reason(can)}. Deny these, or name its own backups.")
    return passed("Cannot change, share or delete backups.")


def safe_from_ordinary(
    facts: AccountFacts, *, actions: Texts, backup_administrators: Texts
) -> Iterator[Judgement]:
    """Principals that are no administrators cannot change, share or delete backups."""

    return each_principal(facts, of_policies(_safe_from_ordinary, actions, backup_administrators))


def _safe_from_privileged(
    standing: Standing, actions: Sequence[str], backup_administrators: Sequence[str]
) -> Opinion:
    if standing.admin == "none":
        return not_applicable("Is not privileged: judged as such by E8-05.")
    if named(standing.subject.name, backup_administrators):
        return passed("Is a backup administrator by name.")
    can = _can(standing, actions)
    if can:
        fix = "An SCP or the vault's access policy can deny this to all but a backup role."
        return failed(f"Is privileged and can call {first_reason(can)}. {fix}")
    return passed("Cannot change, share or delete backups.")


def safe_from_privileged(
    facts: AccountFacts, *, actions: Texts, backup_administrators: Texts
) -> Iterator[Judgement]:
    """Privileged principals but backup administrators cannot change, share or delete backups."""

    return each_principal(facts, of_policies(_safe_from_privileged, actions, backup_administrators))
