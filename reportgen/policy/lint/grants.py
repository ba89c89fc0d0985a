"""What a statement gives: too much, a way up, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from reportgen.policy.actions import database, matches_action
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.effective import arn_templates
from reportgen.policy.glob import matches, overlap_arn
from reportgen.policy.lint.finding import (
    IDENTITY,
    USABLE,
    Finding,
    LintSubject,
    action_key,
    at,
    check,
    is_star,
    resource_key,
    some,
)
from reportgen.policy.paths import known_paths
from reportgen.policy.placeholders import placeholder


@check(USABLE, "ALLOW_WITH_NOT_ACTION", kinds=(IDENTITY,))
def not_action(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: an Allow with NotAction grows with AWS."""
    if statement.effect != "Allow" or not statement.not_action:
        return
    bits = database().of(statement)
    if bits:
        left = f"{bits.bit_count():,} actions, and every one that AWS adds"
        said = f"Allow with NotAction allows {left}. List the actions that are needed."
        yield at(statement, "ALLOW_WITH_NOT_ACTION", said, "NotAction")


@check(USABLE, "ALLOW_WITH_NOT_RESOURCE", kinds=(IDENTITY,))
def not_resource(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: an Allow with NotResource is for nearly everything."""
    if statement.effect == "Allow" and statement.not_resource:
        said = "Allow with NotResource allows everything but these. List the resources needed."
        yield at(statement, "ALLOW_WITH_NOT_RESOURCE", said, "NotResource")


@check(USABLE, "ALLOW_EVERYTHING", "SERVICE_WILDCARD", kinds=(IDENTITY,))
def everything(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: all of AWS, or all of a service, on every resource."""
    if statement.effect != "Allow" or not is_star(statement):
        return
    db = database()
    if db.of(statement) == db.everything:
        said = "Allows every action on every resource. List the actions that are needed."
        yield at(statement, "ALLOW_EVERYTHING", said, action_key(statement))
        return
    wide = [a for a in statement.actions if a.endswith(":*")]
    if wide and not statement.not_action:
        said = f"Every action of a whole service on every resource: {some(wide)}. Name the actions."
        yield at(statement, "SERVICE_WILDCARD", said, "Action")


@check(USABLE, "EXISTING_ROLES_WITHIN_REACH", "PRIVILEGE_ESCALATION", kinds=(IDENTITY,))
def escalation(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: the actions of the known escalation paths, on every resource."""
    if statement.effect != "Allow" or statement.not_action or statement.conditions:
        return
    db = database()
    bits = db.of(statement) if is_star(statement) else 0
    if not bits or bits == db.everything:
        return
    found = _paths_within(bits)
    own = found.get("self-escalation", set()) | found.get("principal-access", set())
    own = (own - {"sts:AssumeRole"}) | found.get("new-passrole", set())
    if own:
        said = f"On every resource these lead to an administrator: {some(sorted(own))}."
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
        if path.bits and not path.takes and not path.bits & ~bits:
            found.setdefault(path.category, set()).update(path.actions)
    return found


# How AWS's codes call the way in which a statement comes to an action, and the resources.
_CODES = {
    ("named", "not"): "NOT_RESOURCE",
    ("wild", "not"): "STAR_IN_ACTION_AND_NOT_RESOURCE",
    ("not", "not"): "NOT_ACTION_AND_NOT_RESOURCE",
    ("named", "star"): "STAR_IN_RESOURCE",
    ("wild", "star"): "STAR_IN_ACTION_AND_RESOURCE",
    ("not", "star"): "STAR_IN_RESOURCE_AND_NOT_ACTION",
}
_THROUGH = {"named": "", "wild": ", through a wildcard", "not": ", through NotAction"}
# A role of any name and path.
_ANY_ROLE = "role/\x00"


def _wide(statement: Statement, action: str) -> tuple[str, str, str] | None:
    """AWS's ending of the code, through what, and the element, where an action is for any role."""
    if statement.effect != "Allow" or not matches_action(statement, action):
        return None
    how = "named" if action.lower() in statement.lowered else "wild"
    how = "not" if statement.not_action else how
    if statement.not_resource:
        where = "not"
    elif any(_any_role(resource) for resource in statement.resources or ()):
        where = "star"
    else:
        return None
    return _CODES[how, where], _THROUGH[how], resource_key(statement)


def _any_role(resource: str) -> bool:
    return resource == "*" or matches(resource.split(":", 5)[-1], _ANY_ROLE)


def _narrows(c: Condition, key: str) -> bool:
    """Whether a condition leaves only some services: not by what it excludes, nor by any value."""
    if c.lowered != key or not c.base.startswith("String") or c.negated or c.if_exists:
        return False
    if c.qualifier == "all" or not c.values:
        return False
    return not c.base.endswith("Like") or all(v.split(".")[0].strip("*?") for v in c.values)


@check(
    USABLE,
    "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
    "PASS_ROLE_WITH_NOT_RESOURCE",
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
    "PASS_ROLE_WITH_STAR_IN_RESOURCE",
    "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    kinds=(IDENTITY,),
)
def pass_role(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """PASS_ROLE_WITH_...: any role to any service."""
    found = _wide(statement, "iam:PassRole")
    if found and not any(_narrows(c, "iam:passedtoservice") for c in statement.conditions):
        ending, through, key = found
        said = f"iam:PassRole for every role{through}. Name the roles, and the service with "
        yield at(statement, f"PASS_ROLE_WITH_{ending}", f"{said}iam:PassedToService.", key)


@check(
    USABLE,
    "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
    "CREATE_SLR_WITH_NOT_RESOURCE",
    "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
    "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
    "CREATE_SLR_WITH_STAR_IN_RESOURCE",
    "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    kinds=(IDENTITY,),
)
def create_slr(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """CREATE_SLR_WITH_...: the service-linked role of any service."""
    found = _wide(statement, "iam:CreateServiceLinkedRole")
    if found and not any(_narrows(c, "iam:awsservicename") for c in statement.conditions):
        ending, through, key = found
        said = f"iam:CreateServiceLinkedRole for every service{through}. Name the role's ARN, or "
        yield at(statement, f"CREATE_SLR_WITH_{ending}", f"{said}iam:AWSServiceName.", key)


# Actions and resources of one statement are compared up to this many of each.
_MOST_ACTIONS, _MOST_RESOURCES = 200, 100


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


@lru_cache(maxsize=65536)
def _is_in_question(action: str) -> bool:
    """Whether the reference lists all that an action is asked for.

    Of tags it does not: services add types of resource before the page has them.
    """
    name = action.split(":", 1)[1].lower()
    levels = (database().details(action) or {}).get("accessLevel", "")
    return "Tagging" not in str(levels) and "tag" not in name


@check(USABLE, "RESOURCE_NOT_IN_ACTION")
def nothing(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: actions that no resource of the statement is of the kind for."""
    listed = statement.resources
    if statement.not_action or statement.not_resource or not listed or is_star(statement):
        return
    if len(listed) > _MOST_RESOURCES:
        return
    db = database()
    named = [a for a in statement.actions if "*" not in a and "?" not in a and db.bit(a)]
    lost = [
        a
        for a in named[:_MOST_ACTIONS]
        if _is_in_question(a) and not any(_reaches(r, a) for r in listed)
    ]
    if lost:
        verb = "allowed" if statement.effect == "Allow" else "denied"
        said = f"Not {verb} by this, since no resource listed is of their kind: {some(lost)}."
        yield at(statement, "RESOURCE_NOT_IN_ACTION", said, action_key(statement))


@check(USABLE, "PLACEHOLDER_VALUE")
def placeholders(subject: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: values that documentation prints and nobody meant to keep."""
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
