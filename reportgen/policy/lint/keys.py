"""Condition keys: which there are, of which type, and whether the actions carry them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache

from reportgen.policy.actions import database
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import (
    CONDITION,
    STATEMENT,
    USABLE,
    Finding,
    LintSubject,
    at,
    check,
    some,
)

# AWS global condition context keys with their types (IAM User Guide, the page of that name).
_TYPES = {
    "ARN": "chatbotsourcearn principalarn signinsessionarn sourcearn sourcevpcarn",
    "Bool": """assumedroot ismcpserviceaction multifactorauthpresent principalisawsservice
        securetransport viaawsmcpservice viaawsservice""",
    "Date": "currenttime epochtime tokenissuetime",
    "IPAddress": "ec2instancesourceprivateipv4 sourceip vpcsourceip",
    "Numeric": "multifactorauthage",
    "ArrayOfString": """calledvia principalorgpaths principalservicenameslist resourceorgpaths
        sourceorgpaths tagkeys vpceorgpaths""",
    "String": """calledviafirst calledvialast ec2instancesourcevpc federatedprovider
        principalaccount principalorgid principalservicename principaltype referer requestedregion
        resourceaccount resourceorgid sourceaccount sourceidentity sourceorgid sourceownerid
        sourcevpc sourcevpce useragent userid username vpceaccount vpceorgid""",
}
GLOBAL_KEYS = {f"aws:{name}": kind for kind, names in _TYPES.items() for name in names.split()}
# AWS's own managed policies use them; its reference does not list them.
_UNLISTED = frozenset({"aws:principalorgmasteraccountid", "lakeformation:gluearn"})
TAG_PREFIXES = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
_NAMES_ONLY = re.compile(r"[^\s:]+:.+", re.DOTALL)
# Multivalued by the reference, but AWS's managed policies and its guide write them without a
# qualifier (EventBridge User Guide, "Using IAM policy conditions").
_ONE_VALUE = frozenset({"events:detail-type", "events:source"})
# The reference does not list for these which action carries which key in full.
_NOT_DESCRIBED = frozenset({"aws-marketplace", "catalog", "redshift-data"})
_HINT_LONGEST = 80


@lru_cache(maxsize=16384)
def type_of(key: str) -> str | None:
    """The type of a key in lower case as AWS's reference has it; None where it knows no such key.

    Claims of identity providers are of unknown type: an empty text.
    """
    prefix = key.partition(":")[0]
    if prefix == "aws":
        if key.startswith(TAG_PREFIXES):
            return "String"
        return GLOBAL_KEYS.get(key, "" if key in _UNLISTED else None)
    if key in _UNLISTED or not database().condition_keys(prefix):
        return ""
    found = _entry(prefix, key)
    return None if found is None else str(found.get("type", "String"))


@lru_cache(maxsize=16384)
def _entry(service: str, key: str) -> dict[str, str] | None:
    """The database's entry for a key; ``${...}`` or ``<...>`` in a name stands for anything."""
    known = database().condition_keys(service)
    found = known.get(key)
    if found is None:
        names = (name for name in known if _VARIABLE.search(name) and _stands_for(name, key))
        found = known.get(next(names, ""))
    return found if isinstance(found, dict) else None


_VARIABLE = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key\b")


@lru_cache(maxsize=4096)
def _shape(name: str) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, _VARIABLE.split(name))), re.DOTALL)


def _stands_for(name: str, key: str) -> bool:
    return _shape(name).fullmatch(key) is not None


def is_multivalued(key: str) -> bool:
    """Whether a request can have several values of a key."""
    return (type_of(key) or "").startswith("ArrayOf") and key not in _ONE_VALUE


@check(STATEMENT, "INVALID_CONDITION_KEY_FORMAT")
def key_format(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """INVALID_CONDITION_KEY_FORMAT: a key is service:name."""
    for c in statement.conditions:
        if not _NAMES_ONLY.fullmatch(c.key):
            said = f"{c.key!r:.80} is no condition key: write service:name."
            code = "INVALID_CONDITION_KEY_FORMAT"
            yield at(statement, code, said, "Condition", c.operator, c.key)


@check(CONDITION, "INVALID_GLOBAL_CONDITION_KEY", "UNSUPPORTED_GLOBAL_CONDITION_KEY")
def global_key(subject: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_GLOBAL_CONDITION_KEY; for aws:ARN, UNSUPPORTED_GLOBAL_CONDITION_KEY."""
    key = c.lowered
    if not key.startswith("aws:") or type_of(key) is not None or _lacks_tag(key):
        return
    steps = ("Condition", c.operator, c.key)
    if key == "aws:arn":
        said = "aws:ARN is no longer supported. Use aws:PrincipalArn, or aws:SourceArn."
        yield at(statement, "UNSUPPORTED_GLOBAL_CONDITION_KEY", said, *steps)
        return
    close = []
    if len(key) <= _HINT_LONGEST and subject.hints.take():
        close = difflib.get_close_matches(key, sorted(GLOBAL_KEYS), 1, 0.7)
    hint = f" Did you mean {close[0]}?" if close else ""
    said = f"{c.key} is no global condition key, so it is never in a request.{hint}"
    yield at(statement, "INVALID_GLOBAL_CONDITION_KEY", said, *steps)


@check(CONDITION, "INVALID_SERVICE_CONDITION_KEY")
def service_key(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_SERVICE_CONDITION_KEY: the service has no such key."""
    key = c.lowered
    prefix = key.partition(":")[0]
    if prefix == "aws" or type_of(key) is not None or _lacks_tag(key):
        return
    said = f"The service {prefix} has no condition key {c.key}."
    yield at(statement, "INVALID_SERVICE_CONDITION_KEY", said, "Condition", c.operator, c.key)


def _lacks_tag(key: str) -> bool:
    return (
        re.search(r"(?:principal|request|resource|existingobject|requestobject)tag/?$", key)
        is not None
    )


@check(CONDITION, "MISSING_TAG_KEY_IN_CONDITION")
def tag_key(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """MISSING_TAG_KEY_IN_CONDITION: a tag's key follows the slash."""
    if _lacks_tag(c.lowered) and not c.lowered.endswith("tagkeys"):
        said = f"{c.key} names no tag. Write {c.key.rstrip('/')}/ and the tag's key."
        yield at(statement, "MISSING_TAG_KEY_IN_CONDITION", said, "Condition", c.operator, c.key)


@lru_cache(maxsize=65536)
def carries(action: str, key: str) -> bool:
    """Whether requests for an action can carry a service's condition key."""
    service = key.split(":", 1)[0]
    own = action.split(":", 1)[0].lower()
    if service == "aws" or own in _NOT_DESCRIBED or not database().condition_keys(service):
        return True
    details = database().details(action)
    if details is None or type_of(key) is None:
        return True
    keys = list(details.get("conditionKeys", ()))
    types = database().resource_types(own)
    for entry in details.get("resourceTypes", ()):
        keys += entry.get("conditionKeys", ())
        keys += types.get(str(entry.get("name", "")).lower(), {}).get("conditionKeys", ())
    if any(k == key or _stands_for(k, key) for k in (str(k).casefold() for k in keys)):
        return True
    # One that no action of its service lists is of the caller's session (glue:RoleAssumedBy) and
    # comes with requests to any service.
    return not any(k == key or _stands_for(k, key) for k in _listed(service))


@lru_cache(maxsize=512)
def _listed(service: str) -> frozenset[str]:
    """The keys that some action or resource of a service lists."""
    db = database()
    listed: set[str] = set()
    for name in db.list(db.service_bits(service)):
        details = db.details(name) or {}
        listed.update(details.get("conditionKeys", ()))
        for entry in details.get("resourceTypes", ()):
            listed.update(entry.get("conditionKeys", ()))
    for entry in db.resource_types(service).values():
        listed.update(entry.get("conditionKeys", ()))
    return frozenset(key.casefold() for key in listed)


# Actions and keys of one statement are compared up to this many.
_MOST_ACTIONS = 200


@check(USABLE, "UNSUPPORTED_ACTION_FOR_CONDITION_KEY")
def not_carried(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """UNSUPPORTED_ACTION_FOR_CONDITION_KEY: the condition can never hold for these actions.

    Only for keys of services: tags are looked at on their own. Patterns are not, as with AWS.
    """
    if statement.not_action or not statement.conditions:
        return
    db = database()
    named = [a for a in statement.actions if "*" not in a and "?" not in a and db.bit(a)]
    for c in statement.conditions:
        if c.if_exists or c.negated or c.base == "Null" or c.qualifier == "all":
            continue
        lost = [a for a in named[:_MOST_ACTIONS] if not carries(a, c.lowered)]
        if lost:
            verb = {"Allow": "allows", "Deny": "denies"}[statement.effect]
            said = (
                f"Requests for {some(lost)} never carry {c.key}, so this never {verb} them. "
                "Use a statement of their own."
            )
            code = "UNSUPPORTED_ACTION_FOR_CONDITION_KEY"
            yield at(statement, code, said, "Condition", c.operator, c.key)


# The page on global keys says of these that the caller chooses the value.
_CALLERS_CHOICE = frozenset({"aws:referer", "aws:useragent"})
# Keys that say little without another ("AWS global condition context keys": an address within a
# VPC, or an endpoint's, is anybody's own choice in another VPC).
_PAIRS = {
    "aws:vpcsourceip": ("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"),
    "aws:ec2instancesourceprivateipv4": ("aws:ec2instancesourcevpc",),
}
_PAIRS["aws:ec2instancesourceprivateipv4"] += ("aws:sourcevpc",)
# Only services that have been connected to it send these.
_SOME_SERVICES = frozenset({"aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"})


@check(CONDITION, "UNTRUSTWORTHY_CONDITION_KEY")
def callers_choice(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """UNTRUSTWORTHY_CONDITION_KEY: the caller writes what it likes."""
    if c.lowered in _CALLERS_CHOICE:
        said = f"{c.key} is whatever the caller sends: it keeps nobody out."
        yield at(statement, "UNTRUSTWORTHY_CONDITION_KEY", said, "Condition", c.operator, c.key)


@check(CONDITION, "MISSING_PAIRED_CONDITION_KEYS")
def alone(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """MISSING_PAIRED_CONDITION_KEYS: a private address is one in every VPC."""
    partners = _PAIRS.get(c.lowered)
    if partners and not any(o.lowered in partners for o in statement.conditions):
        said = f"{c.key} alone is met from any VPC with that address. Add {partners[0]}."
        yield at(statement, "MISSING_PAIRED_CONDITION_KEYS", said, "Condition", c.operator, c.key)


@check(CONDITION, "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES")
def some_services(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES: only some send the key at all."""
    if c.lowered in _SOME_SERVICES and (statement.not_action or "*" in statement.actions):
        said = f"Only some services send {c.key}; for others this is wrong. Name the services."
        code = "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES"
        yield at(statement, code, said, "Condition", c.operator, c.key)
