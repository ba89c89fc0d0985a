"""What principals can do: administrators, ways to become one, boundaries, MFA.

Every judgement is of the policies together, cut by boundary and SCPs, as the policy engine finds
it; "administrator" is one in effect, whatever the policy is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    POLICY,
    ROLE,
    USER,
    Judgement,
    Opinion,
    counted,
    days,
    each_user,
    failed,
    judged,
    not_applicable,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.parameters import MaximumCount, MaximumDays, Texts
from reportgen.assess.records import CredentialRow, Entity, Unavailable, Unreadable
from reportgen.model import Verdict
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.administrator import no_limit
from reportgen.policy.broad import whole
from reportgen.policy.effective import Reach
from reportgen.policy.glob import matches
from reportgen.policy.mfa import without_mfa
from reportgen.policy.rules import Rule
from reportgen.policy.standing import Standing

_NO_USERS = "The account has no IAM users."
_UNLISTED = "zz-unlisted-by-anyone"
_CREATES = (
    "iam:CreateUser",
    "iam:CreateRole",
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutRolePolicy",
)


def named(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name fits one of the patterns (``*`` and ``?``), case aside."""
    return any(matches(pattern.lower(), name.lower()) for pattern in patterns)


def each_principal(
    facts: AccountFacts, opinion: Callable[[Standing], Opinion]
) -> Iterator[Judgement]:
    """Judge every user and role that somebody in the account can edit."""
    account = facts.iam()

    def judgements() -> Iterator[Judgement]:
        for standing in facts.standings().values():
            subject = standing.subject
            kind = USER if subject.kind == "user" else ROLE
            yield judged(facts, subject.arn, kind, partial(judge, standing))

    def judge(standing: Standing) -> Opinion:
        if standing.subject.kind == "service-linked-role":
            return not_applicable("AWS manages this role.")
        if standing.subject.kind == "identity-center-role":
            said = "Identity Center manages this role; its permission set is judged."
            return not_applicable(said)
        return _as_read(standing, opinion(standing))

    nothing = "The account has no users or roles."
    return or_none(facts, judgements(), nothing, account.problems)


def _as_read(standing: Standing, found: Opinion) -> Opinion:
    """An opinion where policies could not be read: nothing but a failure stands.

    What an unread boundary leaves is not known either way.
    """
    subject = standing.subject
    if subject.boundary_unread or (subject.missing and found[0] is not Verdict.FAIL):
        said = f"Not all of its policies could be read: {first_reason(subject.missing)}"
        return unknown(f"{said}.")
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def no_administrators(facts: AccountFacts, *, approved: Texts) -> Iterator[Judgement]:
    """Nobody holds every action on every resource but principals whose names are approved."""

    def judge(standing: Standing) -> Opinion:
        if standing.admin not in ("full", "conditional"):
            return passed("Is no administrator.")
        said = _capital(standing.reasons[0])
        if named(standing.subject.name, approved):
            return passed(f"{said}. Its name is on the list of approved administrators.")
        return failed(f"{said}. Allow the actions it uses in place of everything, or approve it.")

    return each_principal(facts, judge)


def administrators_active(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """Principals that are, or can become, administrators were used lately."""
    rows: dict[str, CredentialRow] = {}
    unread = "The credential report does not list this user."
    standings = facts.standings().values()
    if any(s.admin != "none" and s.subject.kind == "user" for s in standings):
        try:
            rows = {row.arn: row for row in facts.credential_rows()}
        except Unavailable as reason:
            unread = f"{_capital(str(reason))}."
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
            return unknown(f"{_capital(str(reason))}.")
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


def no_escalation(facts: AccountFacts) -> Iterator[Judgement]:
    """Nobody who is no administrator can become one."""

    def judge(standing: Standing) -> Opinion:
        if standing.admin in ("full", "conditional"):
            return not_applicable("Is an administrator already.")
        if standing.admin == "none":
            return passed("No known way leads to an administrator.")
        first = standing.routes[0]
        more = len(standing.routes) - 1
        tail = f" {more} more ways." if more > 1 else " One more way." if more else ""
        how = f"Can become an administrator by {first.id}: {first.explanation}{tail}"
        return failed(f"{how} Name the resources of {first.actions[0]}, or take it away.")

    return each_principal(facts, judge)


def boundary_on_creators(facts: AccountFacts, *, approved: Texts) -> Iterator[Judgement]:
    """Principals that can create or change users and roles are under a permissions boundary."""

    def judge(standing: Standing) -> Opinion:
        free = Reach(standing.subject)
        can = [action for action in _CREATES if free.can(action)]
        if not can:
            return not_applicable("Cannot create or change users or roles.")
        if standing.subject.boundary_arn:
            return passed(f"Is under the boundary {standing.subject.boundary_arn}.")
        if named(standing.subject.name, approved):
            return passed("Has no boundary; its name is on the list of approved administrators.")
        return failed(f"Has no boundary and can call {first_reason(can)}. Set one.")

    return each_principal(facts, judge)


def boundaries_limit(facts: AccountFacts) -> Iterator[Judgement]:
    """Each boundary in use is a real ceiling."""
    account = facts.iam()

    def judgements() -> Iterator[Judgement]:
        used: dict[str, list[Subject]] = {}
        for subject in account.subjects.values():
            if subject.boundary_arn:
                used.setdefault(subject.boundary_arn, []).append(subject)
        for arn, subjects in used.items():
            limit = subjects[0].boundary
            held = f"the boundary of {counted(len(subjects), 'principal')}"
            if limit is None:
                opinion = unknown(f"Is {held}, but its document is not in the evidence.")
            elif no_limit(limit):
                said = f"Is {held} and allows an administrator's rights, so it limits nothing."
                opinion = failed(f"{said} Allow only the services that the work needs.")
            elif limit.unjudged:
                said = f"Is {held}; not all of it could be judged"
                opinion = unknown(f"{said}: {first_reason(limit.unjudged)}.")
            else:
                opinion = passed(f"Is {held} and limits what they can have.")
            yield Judgement(arn, POLICY, *opinion)

    nothing = "No principal has a permissions boundary."
    return or_none(facts, judgements(), nothing, account.problems)


def boundary_passed_on(facts: AccountFacts) -> Iterator[Judgement]:
    """Delegated administrators must attach the boundary, and cannot remove or edit it."""

    def judge(standing: Standing) -> Opinion:
        subject, reach = standing.subject, standing.reach
        if standing.admin in ("full", "conditional"):
            return not_applicable("Is an administrator; delegation does not apply.")
        creates = [a for a in ("iam:CreateUser", "iam:CreateRole") if reach.can(a)]
        if not creates:
            return not_applicable("Cannot create users or roles.")
        wrong = []
        for action in creates:
            kind = action.removeprefix("iam:Create").lower()
            arn = f"arn:{subject.partition}:iam::{subject.account}:{kind}/{_UNLISTED}"
            if reach.can(action, arn, absent=["iam:permissionsboundary"]):
                wrong.append(f"{action} without iam:PermissionsBoundary")
            removes = f"iam:Delete{kind.capitalize()}PermissionsBoundary"
            if reach.can(removes, arn):
                wrong.append(removes)
        limit = subject.boundary_arn
        if limit and ":iam::aws:" not in limit and reach.can("iam:CreatePolicyVersion", limit):
            wrong.append(f"iam:CreatePolicyVersion on its boundary {limit}")
        if wrong:
            said = f"Can call {first_reason(wrong)}."
            fix = "Condition creation on StringEquals iam:PermissionsBoundary; deny the rest."
            return failed(f"{said} {fix}")
        return passed("What it creates must carry the boundary, and it cannot take that away.")

    return each_principal(facts, judge)


def boundary_where_due(facts: AccountFacts, *, names: Texts) -> Iterator[Judgement]:
    """Principals of the kinds that the organisation names have a boundary."""

    def judge(standing: Standing) -> Opinion:
        if not named(standing.subject.name, names):
            return not_applicable("Is not of a kind that needs a boundary.")
        if standing.subject.boundary_arn:
            return passed(f"Has the boundary {standing.subject.boundary_arn}.")
        return failed("Has no boundary.")

    return each_principal(facts, judge)


def _whole_services(standing: Standing) -> list[str]:
    """The patterns by which its policies allow a whole service, or all, on all resources.

    One of which boundary, SCPs and denies leave nothing is not held.
    """
    db, found = database(), set()
    for source in standing.subject.sources:
        for statement in source.document.usable:
            if statement.effect != "Allow":
                continue
            rule = Rule(statement, db.of(statement))
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


def key_users_limited(facts: AccountFacts) -> Iterator[Judgement]:
    """Users with active access keys hold no whole service and no way to an administrator."""
    standings = facts.standings()

    def judge(row: CredentialRow) -> Opinion:
        if not (row.flag("access_key_1_active") or row.flag("access_key_2_active")):
            return not_applicable("Has no active access key.")
        standing = standings.get(row.arn)
        if standing is None:
            return unknown("The authorisation details do not list this user.")
        return _as_read(standing, limited(standing))

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
            return _as_read(standing, not_applicable("Is no administrator and cannot become one."))
        what = "Can become" if standing.admin == "escalation" else "Is"
        if row.flag("mfa_active"):
            return passed(f"{what} an administrator and has MFA.")
        return failed(f"{what} an administrator and has no MFA device.")

    return or_none(facts, each_user(facts, judge), _NO_USERS)


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
        holes = without_mfa(standing.reach, keys=keys)
        if not holes:
            fine = passed("Without MFA, no policy lets it do more than enrol a device.")
            return _as_read(standing, fine)
        told = [f"{counted(h.actions, 'action')} {h.situation} ({h.examples[0]})" for h in holes]
        fix = "Deny all but enrolment with BoolIfExists aws:MultiFactorAuthPresent false."
        said = f"Without MFA it can call {' and '.join(told)}. {fix}"
        return _as_read(standing, failed(said))

    return or_none(facts, each_user(facts, judge), _NO_USERS)


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
