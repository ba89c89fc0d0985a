"""Trust policies: who can assume each role, and how long a session lasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    ROLE,
    Judgement,
    Opinion,
    failed,
    not_applicable,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.parameters import SessionHours
from reportgen.policy.account import Subject
from reportgen.policy.trust import Grant, needs_source

_OUTSIDE = ("known", "unknown")


def _each_role(
    facts: AccountFacts, opinion: Callable[[Subject, Sequence[Grant]], Opinion]
) -> Iterator[Judgement]:
    """Judge the trust policy of every role that somebody in the account can edit."""
    account = facts.iam()
    # Asked at the first role that has a trust policy, and for all of them.
    admitted = cache(facts.admitted)

    def judge(role: Subject) -> Opinion:
        if role.aws_managed:
            return not_applicable("AWS manages this role.")
        if role.trust is None:
            return unknown("The trust policy is not in the evidence.")
        verdict, said = opinion(role, admitted()[role.arn])
        found = verdict, f"{said[:1].upper()}{said[1:]}"
        if role.trust.unjudged and found[0] != "fail":
            return unknown(f"The trust policy: {first_reason(role.trust.unjudged)}.")
        return found

    found = (Judgement(role.arn, ROLE, *judge(role)) for role in account.roles)
    return or_none(facts, found, "The account has no roles.", account.problems)


def no_foreign_users(facts: AccountFacts) -> Iterator[Judgement]:
    """No role trusts an IAM user of another account."""

    def judge(_: Subject, found: Sequence[Grant]) -> Opinion:
        foreign = [
            g.principal for g in found if ":user/" in g.principal and g.account != facts.account_id
        ]
        if foreign:
            said = f"Trusts IAM users of other accounts: {first_reason(foreign)}."
            return failed(f"{said} Trust a role there.")
        return passed("Trusts no IAM user of another account.")

    return _each_role(facts, judge)


def services_bound(facts: AccountFacts) -> Iterator[Judgement]:
    """Roles of services that act for whoever names them say for which account or resource."""

    def judge(_: Subject, found: Sequence[Grant]) -> Opinion:
        services = [g for g in found if g.kind == "service"]
        inert = [g for g in found if g.kind == "inert" and g.principal.endswith(".amazonaws.com")]
        if inert:
            return failed(f"{inert[0].statement} does nothing: {inert[0].why}.")
        if not services:
            return not_applicable("No service can assume it.")
        names = ", ".join(sorted({g.principal for g in services}))
        loose = [g for g in services if needs_source(g.principal) and not g.source_bound]
        if loose:
            said = f"{loose[0].statement} trusts {loose[0].principal} for any account."
            return failed(f"{said} Add StringEquals aws:SourceAccount {facts.account_id}.")
        return passed(f"Trusts {names}, bound where the service asks for it.")

    return _each_role(facts, judge)


def third_parties(facts: AccountFacts) -> Iterator[Judgement]:
    """Accounts of others that can assume a role are agreed, and must give an external id."""
    around = facts.surroundings
    knows = bool(around.accounts)

    def judge(_: Subject, found: Sequence[Grant]) -> Opinion:
        outside = [g for g in found if g.relation in _OUTSIDE and g.kind != "inert"]
        if not outside:
            return not_applicable("No account outside can assume it.")
        strangers = sorted({g.account for g in outside if g.relation == "unknown"})
        if strangers and not knows:
            said = f"Trusts {first_reason(strangers)}, and nothing tells which accounts are ours"
            return unknown(f"{said} (accounts in reportgen.yaml, or the organisation).")
        if strangers:
            said = f"Trusts accounts that nobody agreed: {first_reason(strangers)}."
            return failed(f"{said} Remove them, or list them under third_parties.")
        open_ = [g for g in outside if g.external_id in ("absent", "weak")]
        if open_:
            word = "asks for no" if open_[0].external_id == "absent" else "accepts any"
            said = f"{open_[0].statement} {word} external id of account {open_[0].account}."
            return failed(f"{said} Add StringEquals sts:ExternalId with a value of their own.")
        return passed("Agreed accounts outside must give an external id.")

    return _each_role(facts, judge)


def _unread(role: Subject) -> bool:
    return not role.aws_managed and (role.trust is None or bool(role.trust.unjudged))


def external_ids_unique(facts: AccountFacts) -> Iterator[Judgement]:
    """External ids are one for each third party, and none is a placeholder."""
    account = facts.iam()
    used: dict[str, set[str]] = defaultdict(set)
    for role in account.roles:
        for grant in facts.admitted_by(role) if role.trust else ():
            for value in grant.external_values:
                used[value].add(grant.account or grant.principal)
    gaps = [*facts.roles().gaps, *(f"{r.name}: trust unread" for r in account.roles if _unread(r))]

    def judge(_: Subject, found: Sequence[Grant]) -> Opinion:
        values = sorted({v for g in found for v in g.external_values})
        if not values:
            return not_applicable("Asks for no external id.")
        weak = [g for g in found if g.external_id == "placeholder"]
        if weak:
            said = f"The external id {weak[0].external_values[0]!r:.60} is a placeholder."
            return failed(f"{said} Agree a value that nobody else has.")
        shared = [v for v in values if len(used[v]) > 1]
        if shared:
            parties = first_reason(sorted(used[shared[0]]))
            return failed(f"The external id is shared by {parties}. Give each its own.")
        if gaps:
            return unknown(f"Other roles may share the external id: {first_reason(gaps)}.")
        return passed("The external id is that of one third party alone.")

    return _each_role(facts, judge)


def federation_pinned(facts: AccountFacts) -> Iterator[Judgement]:
    """Federated roles pin the audience, and the subject where many share the issuer."""

    def judge(_: Subject, found: Sequence[Grant]) -> Opinion:
        federated = [g for g in found if g.kind in ("saml", "oidc")]
        if not federated:
            return not_applicable("No identity provider can assume it.")
        for grant in federated:
            if grant.kind == "saml" and not grant.audience:
                said = f"{grant.statement} pins no SAML audience."
                return failed(f"{said} Add StringEquals SAML:aud with the sign-in endpoint.")
            if grant.kind == "oidc" and grant.subject == "broken":
                said = f"{grant.statement} compares a wildcard subject with StringEquals."
                return failed(f"{said} It never matches; write StringLike or the whole subject.")
            if grant.kind == "oidc" and grant.subject != "pinned":
                said = f"{grant.statement} lets any tenant of {grant.issuer} in."
                return failed(f"{said} Add StringEquals {grant.issuer}:sub with one subject.")
        return passed("Pins who may come through the identity provider.")

    return _each_role(facts, judge)


def sessions_short(
    facts: AccountFacts, *, maximum_hours: SessionHours, privileged_hours: SessionHours
) -> Iterator[Judgement]:
    """Sessions last no longer than the limit; those of privileged roles are shorter."""
    details, standings = facts.role_details(), facts.standings()

    def judge(role: Subject, _: Sequence[Grant]) -> Opinion:
        seconds = details.get(role.arn, {}).get("MaxSessionDuration")
        if not isinstance(seconds, int):
            return unknown("ListRoles does not tell how long its sessions may last.")
        privileged = standings[role.arn].admin != "none"
        if role.missing and not privileged and privileged_hours < seconds / 3600 <= maximum_hours:
            said = f"Sessions may last {seconds / 3600:g} hours; whether it is privileged is not"
            return unknown(f"{said} known: {first_reason(role.missing)}.")
        limit = privileged_hours if privileged else maximum_hours
        kind = "a privileged role" if privileged else "a role"
        said = f"Sessions may last {seconds / 3600:g} hours; {kind} may have {limit}."
        return failed(said) if seconds > limit * 3600 else passed(said)

    return _each_role(facts, judge)


def privileged_need_mfa(facts: AccountFacts) -> Iterator[Judgement]:
    """Privileged roles that users or accounts can assume ask for MFA."""
    standings = facts.standings()

    def judge(role: Subject, found: Sequence[Grant]) -> Opinion:
        if standings[role.arn].admin == "none":
            if role.missing:
                return unknown(
                    f"Not all of its policies could be read: {first_reason(role.missing)}."
                )
            return not_applicable("Is not privileged.")
        people = [
            g
            for g in found
            if g.kind in ("account", "public")
            or (g.kind == "principal" and ":role/" not in g.principal)
        ]
        if not people:
            said = "Reached through a service, a role or an identity provider only; "
            return not_applicable(f"{said}the provider's MFA is for an attestation.")
        open_ = [g for g in people if not g.mfa]
        if open_:
            said = f"Is privileged, and {open_[0].statement} lets {open_[0].principal} in"
            return failed(f"{said} without MFA. Add Bool aws:MultiFactorAuthPresent true.")
        return passed("Is privileged and asks for MFA.")

    return _each_role(facts, judge)


def trust_limited(facts: AccountFacts) -> Iterator[Judgement]:
    """Nobody unnamed can assume a role: not everyone, not the whole of another account."""

    def judge(_: Subject, found: Sequence[Grant]) -> Opinion:
        for grant in found:
            bound = grant.organisation_bound or grant.limits
            if grant.kind == "public" and not bound:
                said = f"{grant.statement} lets anyone in any AWS account assume it."
                return failed(f"{said} Name who may.")
            if grant.kind == "deleted":
                said = f"{grant.statement} trusts {grant.principal}, which was deleted."
                return failed(f"{said} Remove it.")
            narrowed = bound or (grant.relation in _OUTSIDE and grant.external_id == "present")
            if grant.kind == "account" and grant.relation != "own" and not narrowed:
                said = f"{grant.statement} trusts the whole of account {grant.account}."
                return failed(f"{said} Name the role there, or add aws:PrincipalArn.")
        return passed("Names who may assume it.")

    return _each_role(facts, judge)
