"""Groups, roles, policies, certificates and the account's own records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    CERTIFICATE,
    GROUP,
    POLICY,
    ROLE,
    USER,
    Judgement,
    Opinion,
    days,
    each_entity,
    failed,
    not_applicable,
    on_account,
    or_none,
    passed,
)
from reportgen.assess.parameters import MaximumDays, PasswordHistory, PasswordLength
from reportgen.assess.records import Entity, Unavailable, Unreadable
from reportgen.clock import parse_moment, whole_days
from reportgen.model import Verdict


def password_policy(
    facts: AccountFacts, *, minimum_length: PasswordLength, reuse_prevention: PasswordHistory
) -> Iterator[Judgement]:
    """The account's password policy is at least this long and remembers this many."""
    policy = facts.password_policy()
    if policy is None:
        said = "No password policy is set, so AWS's default of 8 characters applies."
        yield on_account(facts, failed(said))
        return
    length, reuse = policy.get("MinimumPasswordLength"), policy.get("PasswordReusePrevention", 0)
    if not isinstance(length, int) or not isinstance(reuse, int):
        raise Unavailable("the password policy has no readable MinimumPasswordLength")
    wrong = []
    if length < minimum_length:
        wrong.append(f"asks for {length} characters, not {minimum_length}")
    if reuse < reuse_prevention:
        wrong.append(f"remembers {reuse} passwords, not {reuse_prevention}")
    if wrong:
        yield on_account(facts, failed(f"The password policy {' and '.join(wrong)}."))
    else:
        said = f"The password policy asks for {length} characters and remembers {reuse} passwords."
        yield on_account(facts, passed(said))


def role_used(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """Roles were used within ``maximum_days``.

    IAM tracks use over the trailing 400 days; a role without a last use is judged by its age.
    """

    def judge(role: Entity) -> Opinion:
        if role.aws_managed:
            return not_applicable("AWS manages this role.")
        last = role.detail.get("RoleLastUsed") or {}
        used = last.get("LastUsedDate") if isinstance(last, dict) else None
        if used is not None:
            age = role.age("LastUsedDate", used, facts.as_of)
            said = f"Last used {days(age)} ago"
        else:
            age = role.age("CreateDate", role.detail.get("CreateDate"), facts.as_of)
            said = f"No use on record, created {days(age)} ago"
        if age > maximum_days:
            return failed(f"{said}; the limit is {days(maximum_days)}.")
        return passed(f"{said}.")

    found = each_entity(facts, facts.roles(), ROLE, judge)
    return or_none(facts, found, "The account has no roles.", facts.roles().gaps)


def no_quarantine(facts: AccountFacts) -> Iterator[Judgement]:
    """AWS has not quarantined any user's key.

    AWS attaches AWSCompromisedKeyQuarantine (V2, V3) to a user whose key it found in public.
    """

    def judge(user: Entity) -> Opinion:
        found = [
            str(policy.get("PolicyName", ""))
            for policy in user.attached
            if str(policy.get("PolicyArn", ""))
            .split("/")[-1]
            .startswith("AWSCompromisedKeyQuarantine")
        ]
        if found:
            return failed(f"AWS found a key of this user in public and attached {found[0]}.")
        return passed("AWS has attached no quarantine policy.")

    found = each_entity(facts, facts.users(), USER, judge)
    return or_none(facts, found, "The account has no IAM users.", facts.users().gaps)


def through_groups(facts: AccountFacts) -> Iterator[Judgement]:
    """Users hold no policy of their own."""

    def judge(user: Entity) -> Opinion:
        names = [str(p.get("PolicyName", "")) for p in (*user.attached, *user.inline)]
        if names:
            return failed(f"Holds policies directly: {first_reason(names)}.")
        return passed("Holds no policy directly.")

    found = each_entity(facts, facts.users(), USER, judge)
    return or_none(facts, found, "The account has no IAM users.", facts.users().gaps)


def no_inline(facts: AccountFacts) -> Iterator[Judgement]:
    """Users, groups and roles have no inline policy."""

    def judge(entity: Entity) -> Opinion:
        if entity.aws_managed:
            return not_applicable("AWS manages this role.")
        names = [str(p.get("PolicyName", "")) for p in entity.inline]
        if names:
            return failed(f"Has inline policies: {first_reason(names)}.")
        return passed("Has no inline policy.")

    def judgements() -> Iterator[Judgement]:
        yield from each_entity(facts, facts.users(), USER, judge)
        yield from each_entity(facts, facts.groups(), GROUP, judge)
        yield from each_entity(facts, facts.roles(), ROLE, judge)

    gaps = [*facts.users().gaps, *facts.groups().gaps, *facts.roles().gaps]
    return or_none(facts, judgements(), "The account has no users, groups or roles.", gaps)


def policies_attached(facts: AccountFacts) -> Iterator[Judgement]:
    """Every customer managed policy is attached, or in use as a permissions boundary."""

    def judge(policy: Entity) -> Opinion:
        uses = []
        for key in ("AttachmentCount", "PermissionsBoundaryUsageCount"):
            value = policy.detail.get(key, 0 if key != "AttachmentCount" else None)
            if not isinstance(value, int):
                raise Unreadable(f"{key} is {value!r}, not a number")
            uses.append(value)
        if not any(uses):
            return failed("Is attached to nothing and is nobody's boundary.")
        return passed(f"Attached {uses[0]} times, a boundary {uses[1]} times.")

    listing = facts.policies()
    own = [p for p in listing.records if p.arn.split(":")[4:5] == [facts.account_id]]
    found = each_entity(facts, type(listing)(own, listing.gaps), POLICY, judge)
    return or_none(facts, found, "The account has no customer managed policies.", listing.gaps)


def report_complete(facts: AccountFacts) -> Iterator[Judgement]:
    """Control totals agree: report rows less root, authorisation details, account summary."""
    rows = len(facts.credential_rows())
    users = len(facts.users().records)
    counted = facts.summary("Users")
    said = f"credential report {rows}, authorisation details {users}, account summary {counted}"
    same = rows == users == counted and not facts.users().gaps
    opinion = (
        passed(f"The user counts agree: {said}.")
        if same
        else failed(f"The user counts differ: {said}.")
    )
    yield on_account(facts, opinion)


def certificates_valid(facts: AccountFacts) -> Iterator[Judgement]:
    """No server certificate kept in IAM has expired."""

    def judgements() -> Iterator[Judgement]:
        for record in facts.server_certificates():
            arn = str(record.get("Arn") or facts.account_arn)
            yield Judgement(arn, CERTIFICATE, *_certificate(facts, record))

    return or_none(facts, judgements(), "No server certificate is kept in IAM.")


def _certificate(facts: AccountFacts, record: Any) -> Opinion:
    text = str(record.get("Expiration", ""))
    try:
        expires = parse_moment(text)
    except ValueError:
        return Verdict.NOT_EVALUATED, f"Expiration is {text!r}, not a date."
    if expires <= facts.as_of:
        return failed(f"Expired {days(whole_days(facts.as_of, expires))} ago.")
    return passed(f"Valid for {days(whole_days(expires, facts.as_of))} more.")
