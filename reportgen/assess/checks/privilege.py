"""Administrators and ways to become one.

Every judgement is of the policies together, cut by boundary and SCPs, as the policy engine finds
it; "administrator" is one in effect, whatever the policy is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    POLICY,
    Judgement,
    Opinion,
    days,
    failed,
    not_applicable,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.parameters import MaximumCount, MaximumDays, Texts
from reportgen.assess.principals import capital, each_principal, named, of_policies
from reportgen.assess.records import CredentialRow, Entity, Unavailable, Unreadable
from reportgen.policy.standing import Standing


def _no_administrator(standing: Standing, approved: Sequence[str]) -> Opinion:
    if standing.admin not in ("full", "conditional"):
        return passed("Is no administrator.")
    said = capital(standing.reasons[0])
    if named(standing.subject.name, approved):
        return passed(f"{said}. Its name is on the list of approved administrators.")
    return failed(f"{said}. Allow the actions it uses in place of everything, or approve it.")


def no_administrators(facts: AccountFacts, *, approved: Texts) -> Iterator[Judgement]:
    """Nobody holds every action on every resource but principals whose names are approved."""

    return each_principal(facts, of_policies(_no_administrator, approved))


def administrators_active(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """Principals that are, or can become, administrators were used lately."""
    rows: dict[str, CredentialRow] = {}
    unread = "The credential report does not list this user."
    standings = facts.standings().values()
    if any(s.admin != "none" and s.subject.kind == "user" for s in standings):
        try:
            rows = {row.arn: row for row in facts.credential_rows()}
        except Unavailable as reason:
            unread = f"{capital(str(reason))}."
    roles = {role.arn: role for role in facts.roles().records}

    def judge(standing: Standing) -> Opinion:
        arn = standing.subject.arn
        if standing.admin == "none":
            return not_applicable("Is not privileged.")
        try:
            if standing.subject.kind == "user":
                if arn not in rows:
                    return unknown(unread)
                ages = [rows[arn].age(column) for column in _USES]
                created = rows[arn].age("user_creation_time")
            elif arn not in roles:
                return unknown("The list of roles does not have it whole.")
            else:
                ages, created = _role_ages(facts, roles[arn])
        except Unreadable as reason:
            return unknown(f"{capital(str(reason))}.")
        known = [age for age in ages if age is not None]
        if known:
            said, age = f"Is privileged and was last used {days(min(known))} ago", min(known)
        elif created is not None:
            said, age = f"Is privileged, never used, created {days(created)} ago", created
        else:
            return unknown("Neither a use nor a creation is on record.")
        if age > maximum_days:
            return failed(f"{said}; the limit is {days(maximum_days)}. Remove the privilege.")
        return passed(f"{said}.")

    return each_principal(facts, judge)


_USES = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")


def _role_ages(facts: AccountFacts, role: Entity) -> tuple[list[int | None], int | None]:
    """Days since a role's last use, and since it was made."""
    last = role.detail.get("RoleLastUsed")
    used = last.get("LastUsedDate") if isinstance(last, dict) else None
    ages: list[int | None] = []
    if used is not None:
        ages.append(role.age("LastUsedDate", used, facts.as_of))
    made = role.detail.get("CreateDate")
    created = role.age("CreateDate", made, facts.as_of) if made else None
    return ages, created


def _no_way(standing: Standing) -> Opinion:
    if standing.admin in ("full", "conditional"):
        return not_applicable("Is an administrator already.")
    if standing.admin == "none":
        return passed("No known way leads to an administrator.")
    first = standing.routes[0]
    more = len(standing.routes) - 1
    tail = f" {more} more ways." if more > 1 else " One more way." if more else ""
    how = f"Can become an administrator by {first.id}: {first.explanation}{tail}"
    return failed(f"{how} Name the resources of {first.actions[0]}, or take it away.")


def no_escalation(facts: AccountFacts) -> Iterator[Judgement]:
    """Nobody who is no administrator can become one."""

    return each_principal(facts, of_policies(_no_way))


def broad_policies_few(
    facts: AccountFacts, *, policies: Texts, maximum: MaximumCount
) -> Iterator[Judgement]:
    """AWS's broad managed policies are attached to few."""
    gaps = list(facts.iam().problems)
    holders: dict[str, set[str]] = {}
    for listing in (facts.users(), facts.groups(), facts.roles()):
        gaps += listing.gaps
        for entity in listing.records:
            if entity.path.startswith("/aws-reserved/sso.amazonaws.com/"):
                continue
            try:
                attached = [str(policy["PolicyArn"]) for policy in entity.attached]
            except Unreadable as reason:
                gaps.append(str(reason))
                continue
            for arn in attached:
                if arn.rpartition(":iam::aws:policy/")[2] in policies:
                    holders.setdefault(arn, set()).add(entity.arn.split(":", 5)[-1])

    def judgements() -> Iterator[Judgement]:
        for arn, found in sorted(holders.items()):
            names = first_reason(sorted(found))
            if len(found) > maximum:
                said = f"Attached to {len(found)}, more than {maximum}: {names}."
                yield Judgement(arn, POLICY, *failed(f"{said} Replace it by narrower policies."))
            elif gaps:
                said = f"Attached to {len(found)} at least; the list is not complete."
                yield Judgement(arn, POLICY, *unknown(said))
            else:
                yield Judgement(arn, POLICY, *passed(f"Attached to {len(found)}: {names}."))

    nothing = "None of AWS's broad policies is attached."
    return or_none(facts, judgements(), nothing, gaps)
