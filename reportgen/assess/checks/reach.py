"""What users with keys, passwords and power reach, and whether MFA stands before it."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    counted,
    each_user,
    failed,
    not_applicable,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.principals import as_read
from reportgen.assess.records import CredentialRow
from reportgen.policy.actions import database
from reportgen.policy.broad import whole
from reportgen.policy.memory import ByIdentity
from reportgen.policy.mfa import Without, without_mfa
from reportgen.policy.rules import rules
from reportgen.policy.standing import Standing

_NO_USERS = "The account has no IAM users."


def _services_of(standing: Standing) -> list[str]:
    """The patterns by which its policies allow a whole service, or all, on all resources.

    One of which boundary, SCPs and denies leave nothing is not held.
    """
    db, found = database(), set()
    for source in standing.subject.sources:
        for rule in rules([source.document]):
            statement = rule.statement
            if statement.effect != "Allow":
                continue
            held = whole(rule, standing.subject) & standing.reach.broad[1] if rule.bits else 0
            if statement.not_action:
                services = [bits for name in db.services if (bits := db.service_bits(name))]
                if held and any(not bits & ~rule.bits and bits & held for bits in services):
                    said = f"all but {', '.join(statement.actions[:3])}"
                    found.add(f"{said} ({source.label}, {statement.name})")
                continue
            found |= {
                f"{action} ({source.label}, {statement.name})"
                for action in statement.actions
                if not action.rpartition(":")[2].strip("*") and held & db.expand(action)
            }
    return sorted(found)


_whole_services = ByIdentity(_services_of)


def key_users_limited(facts: AccountFacts) -> Iterator[Judgement]:
    """Users with active access keys hold no whole service and no way to an administrator."""
    standings = facts.standings()

    def judge(row: CredentialRow) -> Opinion:
        if not (row.flag("access_key_1_active") or row.flag("access_key_2_active")):
            return not_applicable("Has no active access key.")
        standing = standings.get(row.arn)
        if standing is None:
            return unknown("The authorisation details do not list this user.")
        return as_read(standing, limited(standing))

    def limited(standing: Standing) -> Opinion:
        if standing.admin != "none":
            word = "is" if standing.admin != "escalation" else "can become"
            return failed(f"Has an active key and {word} an administrator: {standing.reasons[0]}.")
        wide = _whole_services(standing)
        if wide:
            said = f"Has an active key and whole services: {first_reason(wide)}."
            return failed(f"{said} Name the actions that the key uses.")
        return passed("Its keys hold no whole service and lead to no administrator.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


def administrators_mfa(facts: AccountFacts) -> Iterator[Judgement]:
    """Users who are, or can become, administrators have MFA."""
    standings = facts.standings()

    def judge(row: CredentialRow) -> Opinion:
        standing = standings.get(row.arn)
        if standing is None:
            return unknown("The authorisation details do not list this user.")
        if standing.admin == "none":
            return as_read(standing, not_applicable("Is no administrator and cannot become one."))
        what = "Can become" if standing.admin == "escalation" else "Is"
        if row.flag("mfa_active"):
            return passed(f"{what} an administrator and has MFA.")
        return failed(f"{what} an administrator and has no MFA device.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


_holes = ByIdentity[Standing, list[Without]](lambda s: without_mfa(s.reach, keys=False))
_holes_with_keys = ByIdentity[Standing, list[Without]](lambda s: without_mfa(s.reach))


def mfa_enforced(facts: AccountFacts) -> Iterator[Judgement]:
    """Policies stop each person with a password who comes without MFA."""
    standings = facts.standings()

    def judge(row: CredentialRow) -> Opinion:
        if not row.flag("password_enabled"):
            return not_applicable("Has no console password.")
        standing = standings.get(row.arn)
        if standing is None:
            return unknown("The authorisation details do not list this user.")
        keys = bool(row.flag("access_key_1_active") or row.flag("access_key_2_active"))
        holes = (_holes_with_keys if keys else _holes)(standing)
        if not holes:
            fine = passed("Without MFA, no policy lets it do more than enrol a device.")
            return as_read(standing, fine)
        told = [f"{counted(h.actions, 'action')} {h.situation} ({h.examples[0]})" for h in holes]
        fix = "Deny all but enrolment with BoolIfExists aws:MultiFactorAuthPresent false."
        said = f"Without MFA it can call {' and '.join(told)}. {fix}"
        return as_read(standing, failed(said))

    return or_none(facts, each_user(facts, judge), _NO_USERS)
