"""Trust policies: who can come in, and who was meant to (IAM User Guide, "Roles terms")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportgen.policy.actions import matches_action
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import (
    CONDITION,
    DOCUMENT,
    TRUST,
    USABLE,
    Finding,
    LintSubject,
    at,
    check,
    some,
)
from reportgen.policy.trust import Grant, Surroundings, grants

_GITHUB = "token.actions.githubusercontent.com"
_ANYWHERE = "rolesanywhere.amazonaws.com"
_NEEDED = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
_PROVIDER = re.compile(
    r"arn:[a-z-]+:iam::\d{12}:(?:saml-provider|oidc-provider)/.+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/.*)?",
    re.IGNORECASE | re.DOTALL,
)
_SESSION = re.compile(r"arn:([a-z-]+):sts::(\d{12}):assumed-role/([^/]+)/.+")


def _granted(subject: LintSubject) -> Iterator[tuple[Grant, Statement]]:
    by_name = {s.name: s for s in subject.document.usable}
    for grant in grants(subject.document, Surroundings(subject.account)):
        yield grant, by_name[grant.statement]


@check(
    DOCUMENT,
    "EXTERNAL_ID_OPEN",
    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
    "MISSING_GITHUB_REPO_CONDITION_KEY",
    "OIDC_SUBJECT_NEVER_MATCHES",
    "PUBLIC_PRINCIPAL",
    "TRUST_STATEMENT_INERT",
    "WHOLE_ACCOUNT_TRUSTED",
    kinds=(TRUST,),
)
def trusted(subject: LintSubject) -> Iterator[Finding]:
    """Whom a trust policy lets in, principal by principal."""
    for grant, statement in _granted(subject):
        yield from _who(grant, statement)
        yield from _tenant(grant, statement)
        if grant.external_id == "weak":
            said = f"The external id proves nothing: {some(list(grant.external_values))}."
            yield at(statement, "EXTERNAL_ID_OPEN", said, "Condition")


def _who(grant: Grant, statement: Statement) -> Iterator[Finding]:
    bound = grant.limits or grant.organisation_bound
    if grant.kind == "public" and not bound and not statement.not_principal:
        said = "Anyone in any AWS account can assume the role. Name who may."
        yield at(statement, "PUBLIC_PRINCIPAL", said, "Principal")
    elif grant.kind == "account" and grant.relation != "own" and not grant.limits:
        said = (
            f"Trusts the whole of account {grant.account}: each of its principals may be let "
            "in. Name the role or user; for one's own organisation add aws:PrincipalOrgID."
        )
        yield at(statement, "WHOLE_ACCOUNT_TRUSTED", said, "Principal")
    elif grant.kind == "inert" and not _mismatched(statement):
        said = f"{grant.principal:.100} gets nothing here: {grant.why:.200}."
        yield at(statement, "TRUST_STATEMENT_INERT", said, "Principal")


def _tenant(grant: Grant, statement: Statement) -> Iterator[Finding]:
    if grant.kind == "oidc" and grant.subject in ("missing", "open"):
        missing = grant.issuer == _GITHUB and grant.subject == "missing"
        code = "MISSING_GITHUB_REPO_CONDITION_KEY" if missing else ""
        said = f"Any tenant of {grant.issuer} can assume the role. Pin {grant.issuer}:sub to one."
        code = code or "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL"
        yield at(statement, code, said, "Condition")
    if grant.subject == "broken":
        said = "The subject holds a wildcard, which StringEquals takes as it is: nobody matches."
        yield at(statement, "OIDC_SUBJECT_NEVER_MATCHES", said, "Condition")


@check(USABLE, "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", kinds=(TRUST,))
def bare_star(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL: "Principal": "*"."""
    if statement.bare and statement.effect == "Allow":
        said = 'A trust policy does not take "Principal": "*". Name who may.'
        code = "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL"
        yield at(statement, code, said, "Principal")


def _mismatched(statement: Statement) -> list[str]:
    """Principals of whom none of the statement's actions is meant."""
    saml = matches_action(statement, "sts:AssumeRoleWithSAML")
    web = matches_action(statement, "sts:AssumeRoleWithWebIdentity")
    plain = matches_action(statement, "sts:AssumeRole")
    found = []
    for kind, value in statement.principals or ():
        fits = plain
        if kind == "Federated":
            fits = saml if ":saml-provider/" in value else web
        if not fits and (saml or web or plain):
            found.append(value)
    return found


@check(USABLE, "MISMATCHED_ACTION_FOR_PRINCIPAL", kinds=(TRUST,))
def mismatched(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """MISMATCHED_ACTION_FOR_PRINCIPAL: each kind of principal has its own way in."""
    found = [] if statement.effect != "Allow" or statement.not_principal else _mismatched(statement)
    if found:
        said = (
            f"The actions are not for {some(found, 2)}: SAML providers take AssumeRoleWithSAML, "
            "OIDC providers AssumeRoleWithWebIdentity, all others AssumeRole."
        )
        yield at(statement, "MISMATCHED_ACTION_FOR_PRINCIPAL", said, "Principal")


@check(USABLE, "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", kinds=(TRUST,))
def provider(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY."""
    for kind, value in statement.principals or ():
        if kind == "Federated" and "*" not in value and not _PROVIDER.fullmatch(value):
            said = f"{value!r:.100} is neither the ARN of a provider nor a domain."
            code = "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY"
            yield at(statement, code, said, "Principal", "Federated")


@check(DOCUMENT, "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", kinds=(TRUST,))
def anywhere(subject: LintSubject) -> Iterator[Finding]:
    """MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY: it needs three actions."""
    of_it = [
        s
        for s in subject.document.usable
        if s.effect == "Allow" and ("Service", _ANYWHERE) in (s.principals or ())
    ]
    lost = [a for a in _NEEDED if not any(matches_action(s, a) for s in of_it)]
    if of_it and lost:
        said = f"IAM Roles Anywhere also needs {some(lost)}."
        code = "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY"
        yield at(of_it[0], code, said, "Action")


@check(USABLE, "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", kinds=(TRUST,))
def session(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY: a session beside its role."""
    listed = {value for _, value in statement.principals or ()}
    for value in sorted(listed):
        found = _SESSION.fullmatch(value)
        if found and f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" in listed:
            said = f"{value:.120} is a session of a role that is named beside it. Remove it."
            code = "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY"
            yield at(statement, code, said, "Principal")


@check(CONDITION, "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", kinds=(TRUST,))
def branch(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED: a wildcard in the subject."""
    if c.lowered != f"{_GITHUB}:sub" or c.base != "StringLike" or statement.effect != "Allow":
        return
    # The ref says the branch where the subject does not.
    by_ref = any(o.lowered == f"{_GITHUB}:ref" for o in statement.conditions)
    for value in c.values:
        parts = value.split(":", 2)
        whole = len(parts) == 3 and "*" not in parts[1] and "*" not in parts[2]
        if not whole and not (by_ref and len(parts) > 1 and "*" not in parts[1]):
            said = (
                f"{value!r:.100} is for more than one branch. Name the repository and the branch."
            )
            code = "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED"
            yield at(statement, code, said, "Condition", c.operator, c.key)
