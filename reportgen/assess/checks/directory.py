"""People's identities: the directory behind Identity Center, and who administers it.

Sources: IAM Identity Center User Guide, "Delegated administration" and "Automatic provisioning";
Essential Eight maturity model, "Restrict administrative privileges" (ISM-0445).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.assess.checks.attest import completed
from reportgen.assess.checks.organisation import in_management
from reportgen.assess.checks.permission_sets import administrators, not_here
from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    counted,
    each_user,
    failed,
    not_applicable,
    on_account,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.organisation import Organisation
from reportgen.assess.parameters import Texts
from reportgen.assess.principals import named
from reportgen.assess.records import CredentialRow, Unavailable, Unreadable, records

_ELSEWHERE = "The directory of Identity Center is not managed here."


def delegated(facts: AccountFacts) -> Iterator[Judgement]:
    """Identity Center is enabled, and administered outside the management account."""

    def judge(_: Organisation) -> Iterator[Judgement]:
        others = [a for a in facts.identity_center_administrators() if a != facts.account_id]
        if others:
            said = f"Identity Center is administered from account {first_reason(others)}."
            opinion = passed(said)
        elif facts.identity_center_instances():
            opinion = failed("Identity Center is administered in the management account itself.")
        else:
            said = "Identity Center is not enabled in the region that was read"
            opinion = failed(f"{said}, and its administration is delegated to nobody.")
        yield on_account(facts, opinion)

    return in_management(facts, judge)


def provisioned(facts: AccountFacts, *, control: str, excepted: Texts) -> Iterator[Judgement]:
    """Users come from a directory outside; that MFA is required there is attested."""
    elsewhere = not_here(facts, "identity-store", _ELSEWHERE)
    if elsewhere is not None:
        yield elsewhere
        return
    own = []
    unread = []
    users = facts.directory_users()
    for user in users:
        name = str(user.get("UserName"))
        if user.get("UserStatus") == "DISABLED" or named(name, excepted):
            continue
        if "ExternalIds" in user and not isinstance(user["ExternalIds"], list):
            unread.append(f"where {name} comes from was not read")
        elif not records(user.get("ExternalIds")):
            own.append(name)
    if own:
        shown = failed(f"{first_reason(sorted(own))}: made in Identity Center, not provisioned.")
    elif unread:
        shown = unknown(f"{first_reason(unread)}.")
    elif not users:
        shown = failed("The directory has no users: nobody comes through Identity Center.")
    else:
        shown = passed(f"{counted(len(users), 'user')}, provisioned from a directory outside.")
    attests = "MFA is required at the identity provider"
    yield on_account(facts, completed(facts, control, shown, attests))


def migrated_without_keys(facts: AccountFacts, *, control: str, tags: Texts) -> Iterator[Judgement]:
    """Users who have an identity in the directory have no access key any more."""
    statement = facts.attestation(control)
    users = facts.users().records
    listed = {u.arn for u in users}
    tagged = {u.arn for u in users if any(t.casefold() in u.tags for t in tags)}
    people, unread = _names(facts)

    def judge(row: CredentialRow) -> Opinion:
        if not row.active_keys():
            return not_applicable("Has no active access key.")
        if row.arn in tagged:
            return failed("Is migrated, by its tag, and still has an active access key.")
        if not row.user:
            raise Unreadable("the credential report has no name for this user")
        if row.user.casefold() in people:
            return failed("Has an identity in the directory, and still an active access key.")
        if row.arn not in listed:
            return unknown("Whether a tag says that it was migrated was not read.")
        if not unread:
            return passed("Has no identity of its name in the directory.")
        if statement is not None:
            return passed(statement)
        return unknown(f"Whether it was migrated is not known: {unread}.")

    return or_none(facts, each_user(facts, judge), "The account has no IAM users.")


def _names(facts: AccountFacts) -> tuple[set[str], str]:
    """Names, and what stands before the @, of the directory's users; or why they are not known."""
    try:
        users = facts.directory_users()
    except Unavailable as reason:
        return set(), str(reason)
    found = {str(user.get("UserName", "")).casefold() for user in users}
    found |= {name.partition("@")[0] for name in found}
    return found - {""}, ""


def separate_identities(
    facts: AccountFacts, *, control: str, dedicated: Texts
) -> Iterator[Judgement]:
    """Nobody is administrator and ordinary user by one identity; the rest is attested."""
    elsewhere = not_here(facts, "identity-store", _ELSEWHERE)
    if elsewhere is not None:
        yield elsewhere
        return
    shown = _separate(facts, dedicated)
    attests = "people with privileges have another identity for everyday work"
    yield on_account(facts, completed(facts, control, shown, attests))


def _separate(facts: AccountFacts, dedicated: Sequence[str]) -> Opinion:
    names = {str(u.get("UserId")): str(u.get("UserName")) for u in facts.directory_users()}
    members = facts.group_members()
    privileged: set[str] = set()
    ordinary: set[str] = set()
    unread = []
    for _, record, administrator in administrators(facts):
        held = record.get("Assignments")
        if isinstance(administrator, str) or not isinstance(held, list):
            unread.append(f"{record.get('Name')} could not be judged")
            continue
        people: set[str] = set()
        for assignment in records(held):
            who = str(assignment.get("PrincipalId"))
            if assignment.get("PrincipalType") != "GROUP":
                people.add(who)
            elif who in members:
                people |= members[who]
            else:
                unread.append(f"who is in the group {who} was not read")
        if administrator:
            privileged |= people
        else:
            ordinary |= people
    both = sorted(names.get(p, p) for p in privileged & ordinary)
    mixed = [name for name in both if not named(name, dedicated)]
    if mixed:
        said = f"{first_reason(mixed)}: administrator and ordinary user by one identity."
        return failed(said)
    if unread:
        return unknown(f"{first_reason(unread)}.")
    if not privileged:
        return not_applicable("Nobody is an administrator through Identity Center.")
    count = f"{len(privileged)} administrators"
    return passed(f"none of {count} is an ordinary user by the same identity.")
