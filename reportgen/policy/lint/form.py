"""Whether a document is well formed: grammar, actions, ARNs, operators, values."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from reportgen.policy.actions import database, well_formed
from reportgen.policy.conditions import Condition, moment, network, number
from reportgen.policy.document import CURRENT_VERSION, Statement
from reportgen.policy.glob import covers
from reportgen.policy.lint.finding import (
    Finding,
    Subject,
    action_key,
    at,
    resource_key,
    some,
)

_PARTITIONS = {
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
}
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}|")
# AWS global condition context keys (IAM User Guide, the page of that name).
GLOBAL_KEYS = {
    f"aws:{name}"
    for name in [
        "assumedroot",
        "calledvia",
        "calledviafirst",
        "calledvialast",
        "chatbotsourcearn",
        "currenttime",
        "ec2instancesourceprivateipv4",
        "ec2instancesourcevpc",
        "epochtime",
        "federatedprovider",
        "ismcpserviceaction",
        "multifactorauthage",
        "multifactorauthpresent",
        "principalaccount",
        "principalarn",
        "principalisawsservice",
        "principalorgid",
        "principalorgpaths",
        "principalservicename",
        "principalservicenameslist",
        "principaltype",
        "referer",
        "requestedregion",
        "resourceaccount",
        "resourceorgid",
        "resourceorgpaths",
        "securetransport",
        "signinsessionarn",
        "sourceaccount",
        "sourcearn",
        "sourceidentity",
        "sourceip",
        "sourceorgid",
        "sourceorgpaths",
        "sourceownerid",
        "sourcevpc",
        "sourcevpce",
        "sourcevpcarn",
        "tagkeys",
        "tokenissuetime",
        "useragent",
        "userid",
        "username",
        "viaawsmcpservice",
        "viaawsservice",
        "vpceaccount",
        "vpceorgid",
        "vpceorgpaths",
        "vpcsourceip",
    ]
}
_GLOBAL_PREFIXES = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
MULTI_VALUED = {
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
}
_IDENTITY_QUOTA = 6144


def check(subject: Subject) -> Iterator[Finding]:
    """Every finding on the form of a document."""
    document = subject.document
    for problem in document.problems:
        number_ = None if problem.statement is None else problem.statement + 1
        yield Finding(problem.code, _sentence(problem.message), problem.path, number_)
    if document.statements and not document.version:
        said = f"No Version: AWS takes 2008-10-17, without variables. Write {CURRENT_VERSION}."
        yield Finding("MISSING_VERSION", said)
    yield from _sids(subject)
    seen: dict[str, Statement] = {}
    for statement in document.statements:
        if not statement.unusable or statement.actions:
            yield from _elements(subject, statement)
            yield from _actions(statement)
            yield from _resources(statement)
        for condition in statement.conditions:
            yield from _condition(statement, condition)
        yield from _variables(subject, statement)
        yield from _same_keys(statement)
        text = str({**statement.to_json(), "Sid": ""})
        if text in seen and not statement.unusable:
            said = f"Says the same as {seen[text].name}. Remove one of them."
            yield at(statement, "REDUNDANT_STATEMENT", said)
        seen.setdefault(text, statement)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _sids(subject: Subject) -> Iterator[Finding]:
    counted = Counter(s.sid for s in subject.document.statements if s.sid)
    is_resource = subject.kind == "resource"
    for statement in subject.document.statements:
        if counted[statement.sid] > 1:
            code = "UNIQUE_SIDS_RECOMMENDED" if is_resource else "UNIQUE_SIDS_REQUIRED"
            said = f"Sid {statement.sid} is used {counted[statement.sid]} times. Name each once."
            yield at(statement, code, said, "Sid")
        if statement.sid and not is_resource and not re.fullmatch(r"[A-Za-z0-9]+", statement.sid):
            said = f"Sid {statement.sid!r:.60} may hold only letters and digits."
            yield at(statement, "UNSUPPORTED_SID", said, "Sid")


def _elements(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if not statement.actions:
        yield at(statement, "EMPTY_ARRAY_ACTION", "The list of actions is empty.", "Action")
    if statement.resources is not None and not statement.resources:
        said = "The list of resources is empty, so the statement has no effect."
        yield at(statement, "EMPTY_ARRAY_RESOURCE", said, resource_key(statement))
    if statement.principals is not None and not statement.principals:
        yield at(statement, "EMPTY_ARRAY_PRINCIPAL", "The principal is empty.", "Principal")
    needs_resource = subject.kind in ("identity", "scp", "rcp", "resource")
    if statement.resources is None and needs_resource and not statement.unusable:
        yield at(statement, "MISSING_RESOURCE", "The statement has no Resource.")
    needs_principal = subject.kind in ("trust", "resource", "rcp")
    if statement.principals is None and needs_principal and not statement.unusable:
        yield at(statement, "MISSING_PRINCIPAL", "The statement has no Principal.")
    if statement.principals is not None and subject.kind == "scp":
        said = "A service control policy has no Principal: it binds whoever is in the account."
        yield at(statement, "SCP_SYNTAX_ERROR_PRINCIPAL", said, "Principal")


@lru_cache(maxsize=512)
def _names_of(service: str) -> tuple[str, ...]:
    db = database()
    return tuple(name.split(":")[1] for name in db.list(db.service_bits(service)))


@lru_cache(maxsize=65536)
def _action_fault(pattern: str) -> tuple[str, str]:
    """The issue code and message of one action pattern; empty where nothing is wrong."""
    if pattern == "*":
        return "", ""
    service, colon, name = pattern.partition(":")
    if not colon or not well_formed(pattern):
        wild = "*" in service or "?" in service
        if colon and wild and re.fullmatch(r"[\w*?-]+:[\w*?]+", pattern):
            said = f"{pattern}: the service prefix cannot hold a wildcard."
            return "INVALID_SERVICE_IN_ACTION", f"{said} Name each service."
        said = f"{pattern!r:.100} is not of the form service:action, so it matches nothing."
        return "INVALID_ACTION", said
    db = database()
    if not db.service_bits(service.lower()):
        close = difflib.get_close_matches(service.lower(), list(db.services), 1, 0.6)
        hint = f" Did you mean {close[0]}?" if close else ""
        said = f"{pattern}: there is no service prefix {service}, so this matches nothing.{hint}"
        return "INVALID_SERVICE_IN_ACTION", said
    if db.expand(pattern):
        return "", ""
    hint = ""
    what = "no action of the service matches it"
    if "*" not in name and "?" not in name:
        what = "unknown action"
        close = difflib.get_close_matches(name, _names_of(service.lower()), 1, 0.7)
        hint = f" Did you mean {service}:{close[0]}?" if close else ""
    return "INVALID_ACTION", f"{pattern}: {what} (action data of {db.version}).{hint}"


def _actions(statement: Statement) -> Iterator[Finding]:
    key = action_key(statement)
    for i, pattern in enumerate(statement.actions):
        code, said = _action_fault(pattern)
        if code:
            effect = {"Deny": " The deny does nothing.", "Allow": ""}.get(statement.effect, "")
            tail = effect if not statement.not_action else " It exempts nothing."
            yield at(statement, code, said + tail, key, i)
    wild: dict[str, list[str]] = {}
    for pattern in statement.lowered:
        if "*" in pattern:
            wild.setdefault(pattern.split(":", 1)[0], []).append(pattern)
    everything = wild.pop("*", [])
    spare = [
        a
        for a in statement.lowered
        if (everything and a != "*")
        or any(w != a and covers(w, a) for w in wild.get(a.split(":", 1)[0], ()))
    ]
    if spare:
        said = f"Already covered by a wildcard beside it: {some(spare)}. Remove it."
        yield at(statement, "REDUNDANT_ACTION", said, key)


def _resources(statement: Statement) -> Iterator[Finding]:
    key = resource_key(statement)
    for i, arn in enumerate(statement.resources or ()):
        code, said = _arn_fault(arn)
        if code:
            yield at(statement, code, said, key, i)
    listed = statement.resources or ()
    wild = [r for r in listed if "*" in r][:50]
    if wild and 1 < len(listed) <= 500:
        spare = [r for r in listed if any(w != r and covers(w, r) for w in wild)]
        if spare:
            said = f"Already covered by a wildcard beside it: {some(spare, 2)}. Remove it."
            yield at(statement, "REDUNDANT_RESOURCE", said, key)


@lru_cache(maxsize=65536)
def _arn_fault(arn: str) -> tuple[str, str]:
    if arn == "*":
        return "", ""
    shown = f"{arn!r:.100}"
    parts = arn.split(":", 5)
    if parts[0] not in ("arn", "*"):
        return "INVALID_ARN_PREFIX", f"{shown} does not begin with arn:."
    if len(parts) < 6:
        return "MISSING_ARN_FIELD", f"{shown} has {len(parts)} of the six fields of an ARN."
    _, partition, service, region, account, resource = parts
    if "*" not in partition and "$" not in partition and partition not in _PARTITIONS:
        return "INVALID_PARTITION", f"{shown}: there is no partition {partition!r:.40}."
    if service != service.lower():
        return "INVALID_ARN_SERVICE_CASE", f"{shown}: the service is written in lower case."
    if not any(c in region for c in "*?$") and not _REGION.fullmatch(region):
        return "INVALID_ARN_REGION", f"{shown}: {region!r:.40} is not a region."
    plain = not any(c in account for c in "*?$")
    if plain and account not in ("", "aws", "aws-managed") and not re.fullmatch(r"\d{12}", account):
        return "INVALID_ARN_ACCOUNT", f"{shown}: an account id has twelve digits."
    if not resource:
        return "INVALID_ARN_RESOURCE", f"{shown} names no resource."
    return "", ""


def _condition(statement: Statement, c: Condition) -> Iterator[Finding]:
    steps = ("Condition", c.operator, c.key)
    if not c.values:
        said = f"{c.operator} {c.key} has no value."
        yield at(statement, "EMPTY_ARRAY_CONDITION", said, *steps)
    if c.fault:
        return
    if c.base == "Null" and c.if_exists:
        yield at(statement, "NULL_WITH_IF_EXISTS", "Null cannot take IfExists.", *steps)
    if c.base == "Null" and c.qualifier:
        yield at(statement, "NULL_WITH_QUALIFIER", f"{c.operator}: write Null alone.", *steps)
    yield from _key(statement, c, steps)
    for value in c.values:
        if "${" in value:
            continue
        code, said = _value_fault(c, value)
        if code:
            yield at(statement, code, said, *steps)


def _key(statement: Statement, c: Condition, steps: tuple[str, ...]) -> Iterator[Finding]:
    key = c.lowered
    prefix, _, _ = key.partition(":")
    kind = "String"
    if prefix == "aws":
        if key not in GLOBAL_KEYS and not key.startswith(_GLOBAL_PREFIXES):
            close = difflib.get_close_matches(key, sorted(GLOBAL_KEYS), 1, 0.7)
            hint = f" Did you mean {close[0]}?" if close else ""
            said = f"{c.key} is no global condition key, so it is never in a request.{hint}"
            yield at(statement, "INVALID_GLOBAL_CONDITION_KEY", said, *steps)
        is_multi = key in MULTI_VALUED
    else:
        known = database().condition_keys(prefix)
        found = _find_key(prefix, key)
        kind = str(found.get("type", "String")) if found else "String"
        if known and found is None:
            said = f"The service {prefix} has no condition key {c.key}."
            yield at(statement, "INVALID_SERVICE_CONDITION_KEY", said, *steps)
        is_multi = kind.startswith("ArrayOf")
        if not known:
            # A claim of an identity provider: its cardinality is not known.
            return
    if c.base == "Null":
        return
    if is_multi and not c.qualifier:
        said = f"{c.key} can have several values: say ForAnyValue: or ForAllValues:."
        yield at(statement, "MISSING_QUALIFIER", said, *steps)
    if not is_multi and c.qualifier == "all" and statement.effect == "Allow":
        said = (
            f"ForAllValues holds when {c.key} is absent, so the Allow is open without it. "
            f"Write {c.operator.split(':')[-1]}."
        )
        yield at(statement, "FORALLVALUES_WITH_SINGLE_VALUED_KEY", said, *steps)


@lru_cache(maxsize=16384)
def _find_key(service: str, key: str) -> dict[str, str] | None:
    """The database's entry for a condition key, ``${...}`` in its name standing for anything."""
    known = database().condition_keys(service)
    found = known.get(key)
    if found is None:
        for name, entry in known.items():
            if "$" in name:
                pattern = re.sub(r"\\\$\\\{.*?\\\}", ".+?", re.escape(name))
                if re.fullmatch(pattern, key):
                    found = entry
                    break
    return found if isinstance(found, dict) else None


def _value_fault(c: Condition, value: str) -> tuple[str, str]:
    shown = f"{c.operator} {c.key}: {value!r:.60}"
    if c.base in ("Bool", "Null") and value.casefold() not in ("true", "false"):
        return "INVALID_CONDITION_DATA_TYPE", f"{shown} is neither true nor false."
    if c.base.startswith("Numeric") and number(value) is None:
        return "INVALID_CONDITION_DATA_TYPE", f"{shown} is not a number."
    if c.base.startswith("Date") and moment(value) is None:
        return "INVALID_DATE_VALUE", f"{shown} is not a date."
    if c.base in ("IpAddress", "NotIpAddress"):
        return _address_fault(c, value, shown)
    if c.base in ("StringEquals", "StringNotEquals") and ("*" in value or "?" in value):
        like = c.operator.replace("Equals", "Like")
        said = f"{shown}: {c.base} takes * and ? as they are. Write {like} if they are wildcards."
        return "WILDCARD_WITHOUT_LIKE_OPERATOR", said
    return "", ""


def _address_fault(c: Condition, value: str, shown: str) -> tuple[str, str]:
    found = network(value)
    if found is None:
        return "INVALID_CONDITION_DATA_TYPE", f"{shown} is not an address or a CIDR range."
    own = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    private = found.version == 4 and any(found.subnet_of(ipaddress.ip_network(n)) for n in own)  # type: ignore[arg-type]
    if private and c.lowered == "aws:sourceip":
        said = f"{shown} is private; aws:SourceIp is the public address. Use aws:VpcSourceIp."
        return "PRIVATE_IP_ADDRESS", said
    if "/" in value and str(found) != value and found.version == 4:
        return "IMPROVE_IP_RANGE", f"{shown} has bits set beyond its mask. Write {found}."
    return "", ""


def _variables(subject: Subject, statement: Statement) -> Iterator[Finding]:
    for i, action in enumerate(statement.actions):
        if "${" in action:
            said = f"{action:.80}: actions take no variables."
            yield at(statement, "VARIABLE_UNSUPPORTED_IN_ELEMENT", said, action_key(statement), i)
    places: list[tuple[str, tuple[str | int, ...]]] = [
        (r, (resource_key(statement), i)) for i, r in enumerate(statement.resources or ())
    ]
    places += [
        (v, ("Condition", c.operator, c.key)) for c in statement.conditions for v in c.values
    ]
    for value, steps in places:
        if "${" not in value:
            continue
        if not statement.variables:
            said = (
                f"{value:.80}: variables work with Version {CURRENT_VERSION} only; "
                "here this is plain text."
            )
            yield at(statement, "VARIABLE_UNSUPPORTED_IN_VERSION", said, *steps)
        elif value.count("${") > value.count("}"):
            said = f"{value:.80}: a variable has no closing brace."
            yield at(statement, "MISSING_BRACE_IN_VARIABLE", said, *steps)
        elif "${}" in value:
            yield at(statement, "EMPTY_VARIABLE", f"{value:.80}: a variable is empty.", *steps)


def _same_keys(statement: Statement) -> Iterator[Finding]:
    counted = Counter((c.operator, c.lowered) for c in statement.conditions)
    for (operator, key), times in counted.items():
        if times > 1:
            said = f"{operator} has {key} {times} times, in different case: keys ignore case."
            code = "DUPLICATE_KEYS_WITH_DIFFERENT_CASE"
            yield at(statement, code, said, "Condition", operator)


def size_finding(size: int, subject: Subject) -> Iterator[Finding]:
    """Whether an identity policy is over AWS's quota; ``size`` counts no white space."""
    if subject.kind == "identity" and size > _IDENTITY_QUOTA:
        said = f"{size:,} characters; a customer managed policy may have {_IDENTITY_QUOTA:,}."
        yield Finding("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", said)
