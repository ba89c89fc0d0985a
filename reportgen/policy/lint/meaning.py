"""What a statement leads to: too much, too little, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from reportgen.policy.actions import database, matches_action
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.effective import arn_templates
from reportgen.policy.glob import overlap_arn
from reportgen.policy.lint.finding import Finding, Subject, action_key, at, resource_key, some
from reportgen.policy.paths import known_paths
from reportgen.policy.placeholders import placeholder
from reportgen.policy.trust import Surroundings, grants

_ALWAYS_LIKE = {"aws:principalarn", "aws:userid", "aws:principaltype", "aws:principalaccount"}
# Keys of which an absent value means a stranger.
_WHO = {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:sourceaccount",
    "aws:sourcearn",
    "sts:externalid",
}


def check(subject: Subject) -> Iterator[Finding]:
    """Every finding on the meaning of a document."""
    for statement in subject.document.usable:
        if subject.kind in ("identity", "resource"):
            yield from _too_much(statement, subject)
        if subject.kind == "identity":
            yield from _pass_role(statement)
        yield from _never(statement)
        yield from _conditions(statement)
        yield from _placeholders(statement, subject)
    if subject.kind in ("trust", "resource"):
        yield from _principals(subject)


def _is_star(statement: Statement) -> bool:
    return "*" in (statement.resources or ()) and not statement.not_resource


def _too_much(statement: Statement, subject: Subject) -> Iterator[Finding]:
    if statement.effect != "Allow" or subject.kind != "identity":
        return
    db = database()
    bits = db.of(statement)
    star = _is_star(statement)
    if statement.not_action and bits:
        left = f"{bits.bit_count():,} actions, and every one that AWS adds"
        said = f"Allow with NotAction allows {left}. List the actions that are needed."
        yield at(statement, "ALLOW_WITH_NOT_ACTION", said, "NotAction")
    if statement.not_resource:
        said = "Allow with NotResource allows everything but these. List the resources needed."
        yield at(statement, "ALLOW_WITH_NOT_RESOURCE", said, "NotResource")
    if star and bits == db.everything:
        said = "Allows every action on every resource. List the actions that are needed."
        yield at(statement, "ALLOW_EVERYTHING", said, "Action")
        return
    if statement.not_action:
        return
    wide = [a for a in statement.actions if a.endswith(":*")]
    if star and wide:
        said = f"Every action of a whole service on every resource: {some(wide)}. Name the actions."
        yield at(statement, "SERVICE_WILDCARD", said, "Action")
    if star:
        yield from _escalation(statement, bits)


def _escalation(statement: Statement, bits: int) -> Iterator[Finding]:
    if statement.conditions:
        return
    found = _paths_within(bits)
    own = found.get("self-escalation", set()) | found.get("principal-access", set())
    passed = found.get("new-passrole", set())
    own = own - {"sts:AssumeRole"}
    if own or passed:
        said = f"On every resource these lead to an administrator: {some(sorted(own | passed))}."
        yield at(statement, "PRIVILEGE_ESCALATION", f"{said} Name the resources.", "Action")
    existing = found.get("existing-passrole", set())
    if existing:
        said = f"Acts as roles that are at work already: {some(sorted(existing))}."
        fix = "Name the functions, instances or jobs."
        yield at(statement, "EXISTING_ROLES_WITHIN_REACH", f"{said} {fix}", "Action")


@lru_cache(maxsize=4096)
def _paths_within(bits: int) -> dict[str, set[str]]:
    """The actions of the escalation paths that a set of actions holds, by category."""
    found: dict[str, set[str]] = {}
    for path in known_paths():
        if path.bits and not path.bits & ~bits:
            found.setdefault(path.category, set()).update(path.actions)
    return found


def _pass_role(statement: Statement) -> Iterator[Finding]:
    if statement.effect != "Allow" or not matches_action(statement, "iam:PassRole"):
        return
    if any(c.lowered == "iam:passedtoservice" for c in statement.conditions):
        return
    if statement.not_action:
        how, cause = "_AND_NOT_ACTION", "NotAction"
    elif "iam:passrole" not in statement.lowered:
        how, cause = "_AND_RESOURCE", "a wildcard"
    else:
        how, cause = "", ""
    fix = "Name the roles, and the service with iam:PassedToService."
    through = f", through {cause}" if cause else ""
    if statement.not_resource:
        code = {
            "": "PASS_ROLE_WITH_NOT_RESOURCE",
            "_AND_RESOURCE": "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
            "_AND_NOT_ACTION": "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        }[how]
        said = f"iam:PassRole for every role but some{through}. {fix}"
        yield at(statement, code, said, "NotResource")
    elif _is_star(statement):
        code = {
            "": "PASS_ROLE_WITH_STAR_IN_RESOURCE",
            "_AND_RESOURCE": "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
            "_AND_NOT_ACTION": "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        }[how]
        yield at(statement, code, f"iam:PassRole for every role{through}. {fix}", "Resource")


@lru_cache(maxsize=65536)
def _reaches(pattern: str, action: str) -> bool:
    """Whether a resource pattern can match anything that the action is asked for."""
    if "${" in pattern:
        return True
    in_bucket = pattern.startswith("arn:") and "/" in pattern.split("*", 1)[0]
    return any(
        # The name of a bucket holds no slash, though a star would.
        not (in_bucket and template == "arn:*:s3:::*") and overlap_arn(pattern, template)
        for template in arn_templates(action, "*", "*")
    )


def _never(statement: Statement) -> Iterator[Finding]:
    """Actions that none of the resources, or not the condition keys, can go with."""
    if statement.not_action or statement.resources is None:
        return
    db = database()
    named = [a for a in statement.actions if "*" not in a and "?" not in a and db.bit(a)][:200]
    if not statement.not_resource and not _is_star(statement) and len(statement.resources) <= 100:
        lost = [a for a in named if not any(_reaches(r, a) for r in statement.resources)]
        if lost:
            verb = "allowed" if statement.effect == "Allow" else "denied"
            said = f"Not {verb} by this, since no resource listed is of their kind: {some(lost)}."
            key = action_key(statement)
            yield at(statement, "RESOURCE_NOT_IN_ACTION", said, key)
    for condition in statement.conditions:
        lost = [a for a in named if not _carries(a, condition.lowered)]
        if (
            lost
            and statement.effect == "Allow"
            and not condition.if_exists
            and (condition.base != "Null" and not condition.negated)
        ):
            said = f"Requests for {some(lost)} never carry {condition.key}, so this never allows"
            more = " them. Use a statement of their own."
            steps = ("Condition", condition.operator, condition.key)
            yield at(statement, "CONDITION_KEY_NOT_IN_ACTION", said + more, *steps)


@lru_cache(maxsize=65536)
def _carries(action: str, key: str) -> bool:
    """Whether requests for an action can carry a service's condition key."""
    service = key.split(":", 1)[0]
    if service == "aws" or not database().condition_keys(service):
        return True
    details = database().details(action)
    if details is None:
        return True
    keys = list(details.get("conditionKeys", ()))
    types = database().resource_types(action.split(":")[0].lower())
    for entry in details.get("resourceTypes", ()):
        keys += entry.get("conditionKeys", ())
        keys += types.get(str(entry.get("name", "")).lower(), {}).get("conditionKeys", ())
    # Names such as s3:RequestObjectTag/${key} stand for every tag.
    found = {str(k).casefold() for k in keys}
    return key in found or any("$" in k and key.startswith(k.split("$")[0]) for k in found)


def _conditions(statement: Statement) -> Iterator[Finding]:
    for c in statement.conditions:
        steps = ("Condition", c.operator, c.key)
        if statement.effect == "Allow":
            yield from _in_allow(statement, c, steps)
        elif c.lowered == "aws:sourceip" and c.base == "NotIpAddress":
            exempt = any(
                o.lowered in ("aws:viaawsservice", "aws:principalisawsservice")
                for o in statement.conditions
            )
            if not exempt:
                said = (
                    "Also denies what AWS services do for the caller. Add aws:ViaAWSService false."
                )
                yield at(statement, "SOURCE_IP_DENIES_SERVICES", said, *steps)


def _in_allow(statement: Statement, c: Condition, steps: tuple[str, ...]) -> Iterator[Finding]:
    if c.lowered in _ALWAYS_LIKE and c.base in ("StringLike", "ArnLike") and "*" in c.values:
        said = f"{c.text} holds for everyone. Name who is meant, or drop it."
        yield at(statement, "CONDITION_ALWAYS_TRUE", said, *steps)
    if c.base == "IpAddress" and any(v in ("0.0.0.0/0", "::/0") for v in c.values):
        yield at(statement, "CONDITION_ALWAYS_TRUE", f"{c.text} holds everywhere.", *steps)
    elif c.base == "IpAddress" and c.lowered == "aws:sourceip":
        said = (
            "aws:SourceIp is absent or another address through VPC endpoints and AWS services, "
            "which this Allow then refuses. A Deny with exemptions is the usual form."
        )
        yield at(statement, "SOURCE_IP_IN_ALLOW", said, *steps)
    if c.if_exists and c.lowered in _WHO and not c.negated:
        said = f"{c.operator} holds for callers that carry no {c.key}. Drop IfExists."
        yield at(statement, "IF_EXISTS_OPENS_ALLOW", said, *steps)


def _placeholders(statement: Statement, subject: Subject) -> Iterator[Finding]:
    places: list[tuple[str, tuple[str | int, ...]]] = []
    for i, resource in enumerate(statement.resources or ()):
        places.append((resource, (resource_key(statement), i)))
    places += [(value, ("Principal", kind)) for kind, value in statement.principals or ()]
    for c in statement.conditions:
        places += [(value, ("Condition", c.operator, c.key)) for value in c.values]
    for value, steps in places:
        if subject.account and subject.account in value:
            continue
        why = placeholder(value)
        if why:
            yield at(statement, "PLACEHOLDER_VALUE", f"{value!r:.100} is {why}.", *steps)


def _principals(subject: Subject) -> Iterator[Finding]:
    for statement in subject.document.usable:
        if statement.not_principal and statement.effect == "Allow":
            said = "Allow with NotPrincipal lets in everyone else, strangers too. Name who may."
            yield at(statement, "ALLOW_WITH_NOT_PRINCIPAL", said, "NotPrincipal")
        for kind, value in statement.principals or ():
            if kind == "AWS" and value != "*" and "*" in value:
                said = f"{value:.100}: a principal takes no wildcard. Use aws:PrincipalArn."
                yield at(statement, "UNSUPPORTED_WILDCARD_IN_PRINCIPAL", said, "Principal")
    if subject.kind == "trust":
        yield from _trust(subject)
        return
    for statement in subject.document.usable:
        if statement.effect != "Allow" or statement.not_principal:
            continue
        firm = any(not c.if_exists and c.qualifier != "all" for c in statement.conditions)
        if ("AWS", "*") in (statement.principals or ()) and not firm:
            said = "Open to every AWS account and the public. Name who may, or add a condition."
            yield at(statement, "PUBLIC_PRINCIPAL", said, "Principal")
        services = [v for k, v in statement.principals or () if k == "Service"]
        bound = any(c.lowered.startswith("aws:source") for c in statement.conditions)
        if services and not bound:
            said = f"{some(services)} may act for any account. Add aws:SourceAccount or SourceArn."
            yield at(statement, "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", said, "Principal")


def _trust(subject: Subject) -> Iterator[Finding]:
    around = Surroundings(subject.account)
    by_name = {s.name: s for s in subject.document.usable}
    for grant in grants(subject.document, around):
        statement = by_name[grant.statement]
        if grant.kind == "public" and not grant.limits and not statement.not_principal:
            said = "Anyone in any AWS account can assume the role. Name who may."
            yield at(statement, "PUBLIC_PRINCIPAL", said, "Principal")
        elif grant.kind == "account" and grant.relation != "own" and not grant.limits:
            said = (
                f"Trusts the whole of account {grant.account}: each of its principals may be let "
                "in. Name the role or user; for one's own organisation add aws:PrincipalOrgID."
            )
            yield at(statement, "WHOLE_ACCOUNT_TRUSTED", said, "Principal")
        elif grant.kind == "deleted":
            said = f"{grant.principal} was deleted. Remove it from the policy."
            yield at(statement, "DELETED_PRINCIPAL", said, "Principal")
        elif grant.kind == "inert":
            said = f"{grant.principal:.100} gets nothing here: {grant.why}."
            yield at(statement, "TRUST_STATEMENT_INERT", said, "Principal")
        if grant.kind == "oidc" and grant.subject in ("missing", "open"):
            said = (
                f"Any tenant of {grant.issuer} can assume the role. Pin {grant.issuer}:sub to one."
            )
            yield at(statement, "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", said, "Condition")
        if grant.subject == "broken":
            said = (
                "The subject holds a wildcard, which StringEquals takes as it is: nobody matches."
            )
            yield at(statement, "OIDC_SUBJECT_NEVER_MATCHES", said, "Condition")
        if grant.external_id == "weak":
            said = f"The external id proves nothing: {some(list(grant.external_values))}."
            yield at(statement, "EXTERNAL_ID_OPEN", said, "Condition")
