"""Values of conditions: whether the operator and the key can do anything with them."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator

from reportgen.policy.conditions import Condition, moment, network, number
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import CONDITION, Finding, LintSubject, at, check
from reportgen.policy.lint.resources import REGION

_PRIVATE = tuple(ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_VPC = re.compile(r"vpc-(?:[0-9a-z]{8}|[0-9a-z]{17})")
_VPCE = re.compile(r"vpce-(?:[0-9a-z]{8}|[0-9a-z]{17})")
_SERVICE = re.compile(
    r"[a-z0-9][a-z0-9.-]*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal|aws)"
)
# Keys whose values are service principals.
_OF_SERVICES = frozenset(
    [
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "iam:awsservicename",
        "iam:passedtoservice",
        "kms:viaservice",
    ]
)
# Keys whose value must be the ARN of a KMS key, not an id or alias.
_OF_KMS_KEYS = frozenset({"s3:x-amz-server-side-encryption-aws-kms-key-id"})
_KMS_KEY = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:(?:key/.+|\*)")
_EPOCH = re.compile(r"-?\d{5,}(?:\.\d+)?")


def _plain(c: Condition) -> Iterator[str]:
    """The values without variables."""
    return (value for value in c.values if "${" not in value)


def _found(statement: Statement, c: Condition, code: str, value: str, what: str) -> Finding:
    said = f"{c.operator} {c.key}: {value!r:.60} {what}"
    return at(statement, code, said, "Condition", c.operator, c.key)


@check(CONDITION, "TYPE_MISMATCH_BOOLEAN")
def booleans(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """TYPE_MISMATCH_BOOLEAN."""
    if c.base in ("Bool", "Null"):
        for value in _plain(c):
            if value.casefold() not in ("true", "false"):
                yield _found(
                    statement, c, "TYPE_MISMATCH_BOOLEAN", value, "is neither true nor false."
                )


@check(CONDITION, "INVALID_CONDITION_MULTIPLE_BOOLEAN")
def both_booleans(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_CONDITION_MULTIPLE_BOOLEAN: true or false is always so."""
    if c.base in ("Bool", "Null") and len(c.values) > 1:
        said = f"{c.operator} {c.key} takes one value, not {len(c.values)}."
        code = "INVALID_CONDITION_MULTIPLE_BOOLEAN"
        yield at(statement, code, said, "Condition", c.operator, c.key)


@check(CONDITION, "TYPE_MISMATCH_NUMBER")
def numbers(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """TYPE_MISMATCH_NUMBER."""
    if c.base.startswith("Numeric"):
        for value in _plain(c):
            if number(value) is None:
                yield _found(statement, c, "TYPE_MISMATCH_NUMBER", value, "is not a number.")


@check(CONDITION, "INVALID_DATE_VALUE", "TYPE_MISMATCH_DATE")
def dates(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """TYPE_MISMATCH_DATE; INVALID_DATE_VALUE for seconds since 1970."""
    if not c.base.startswith("Date"):
        return
    for value in _plain(c):
        if moment(value) is None:
            yield _found(statement, c, "TYPE_MISMATCH_DATE", value, "is not a date.")
        elif _EPOCH.fullmatch(value.strip()) and c.lowered != "aws:epochtime":
            what = "counts seconds since 1970. Write the date, as YYYY-MM-DDThh:mm:ssZ."
            yield _found(statement, c, "INVALID_DATE_VALUE", value, what)


@check(CONDITION, "TYPE_MISMATCH_STRING")
def binaries(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """TYPE_MISMATCH_STRING: BinaryEquals compares base64."""
    if c.base != "BinaryEquals":
        return
    for value in _plain(c):
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            yield _found(statement, c, "TYPE_MISMATCH_STRING", value, "is not base64.")


@check(CONDITION, "IMPROVE_IP_RANGE", "TYPE_MISMATCH_IP_RANGE")
def addresses(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """TYPE_MISMATCH_IP_RANGE; IMPROVE_IP_RANGE for bits beyond the mask."""
    if not c.base.endswith("IpAddress"):
        return
    for value in _plain(c):
        found = network(value)
        if found is None:
            what = "is not an address or a CIDR range."
            yield _found(statement, c, "TYPE_MISMATCH_IP_RANGE", value, what)
        elif "/" in value and int(ipaddress.ip_interface(value.strip()).ip) != int(found[0]):
            what = f"has bits set beyond its mask. Write {found}."
            yield _found(statement, c, "IMPROVE_IP_RANGE", value, what)


@check(
    CONDITION,
    "PRIVATE_IP_ADDRESS",
    "PRIVATE_IP_ADDRESS_SUBSET",
    "PRIVATE_NOT_IP_ADDRESS",
    "PRIVATE_NOT_IP_ADDRESS_SUBSET",
)
def private(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """PRIVATE_IP_ADDRESS, _SUBSET where some are public; PRIVATE_NOT_... where negated."""
    if not c.base.endswith("IpAddress") or c.lowered != "aws:sourceip":
        return
    listed = [found for found in map(network, _plain(c)) if found is not None]
    inside = [str(n) for n in listed if n.version == 4 and any(n.subnet_of(p) for p in _PRIVATE)]  # type: ignore[arg-type]
    if inside:
        code = "PRIVATE_NOT_IP_ADDRESS" if c.negated else "PRIVATE_IP_ADDRESS"
        if len(inside) < len(c.values):
            code += "_SUBSET"
        what = "is private; aws:SourceIp is the public address. Use aws:VpcSourceIp."
        yield _found(statement, c, code, inside[0], what)


@check(CONDITION, "WILDCARD_WITHOUT_LIKE_OPERATOR")
def wildcards(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """WILDCARD_WITHOUT_LIKE_OPERATOR: the star is a star there."""
    if c.base not in ("StringEquals", "StringNotEquals") and "IgnoreCase" not in c.base:
        return
    for value in _plain(c):
        if "*" in value or "?" in value:
            like = c.operator.replace("EqualsIgnoreCase", "Equals").replace("Equals", "Like")
            what = f"is taken as it stands by {c.base}. Write {like} if * and ? are wildcards."
            yield _found(statement, c, "WILDCARD_WITHOUT_LIKE_OPERATOR", value, what)


# "Sensitive condition keys" on the page of the global keys: no part of these is anybody's guess.
_SENSITIVE = frozenset(
    f"aws:{name}"
    for name in [
        "principalaccount",
        "principalorgid",
        "resourceaccount",
        "resourceorgid",
        "sourceaccount",
        "sourceorgid",
        "sourcevpc",
        "sourcevpce",
        "vpceaccount",
        "vpceorgid",
    ]
)


@check(CONDITION, "WILDCARD_USAGE_TOO_PERMISSIVE")
def sensitive(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """WILDCARD_USAGE_TOO_PERMISSIVE: in keys that AWS calls sensitive, and in aws:userid.

    There a wildcard may be all that comes before the colon, or stand after it.
    """
    if not c.base.endswith("Like"):
        return
    for value in _plain(c):
        head, colon, _rest = value.partition(":")
        loose = c.lowered in _SENSITIVE and "*" in value
        if c.lowered == "aws:userid" and "*" in head:
            loose = not colon or head != "*"
        if loose:
            what = "lets in what nobody thought of. Write the values in full."
            yield _found(statement, c, "WILDCARD_USAGE_TOO_PERMISSIVE", value, what)


@check(CONDITION, "INVALID_VPC_FORMAT", "INVALID_VPCE_FORMAT")
def vpc_ids(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_VPC_FORMAT and INVALID_VPCE_FORMAT: a prefix and 8 or 17 characters."""
    forms = {"aws:sourcevpc": ("VPC", _VPC), "aws:sourcevpce": ("VPCE", _VPCE)}
    if c.lowered not in forms or not c.base.startswith("String"):
        return
    what, form = forms[c.lowered]
    for value in _plain(c):
        if not form.fullmatch(value) and not (c.base.endswith("Like") and "*" in value):
            said = f"is no id: {what.lower()}- and 8 or 17 letters and digits."
            yield _found(statement, c, f"INVALID_{what}_FORMAT", value, said)


@check(CONDITION, "INVALID_REGION")
def regions(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_REGION: not of the form of a region. Which there are changes, so no list is kept."""
    if c.lowered != "aws:requestedregion" or not c.base.startswith("String"):
        return
    for value in _plain(c):
        wild = c.base.endswith("Like") and ("*" in value or "?" in value)
        if not wild and not REGION.fullmatch(value):
            yield _found(statement, c, "INVALID_REGION", value, "is not a region.")


@check(CONDITION, "INVALID_SERVICE_PRINCIPAL_FORMAT")
def services(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_SERVICE_PRINCIPAL_FORMAT: name.amazonaws.com, in lower case."""
    if c.lowered not in _OF_SERVICES or not c.base.startswith("String"):
        return
    for value in _plain(c):
        wild = c.base.endswith("Like") and ("*" in value or "?" in value)
        form = (
            "name.region.amazonaws.com" if c.lowered == "kms:viaservice" else "name.amazonaws.com"
        )
        if not wild and not is_service(value):
            what = f"is no service principal: {form}, in lower case."
            yield _found(statement, c, "INVALID_SERVICE_PRINCIPAL_FORMAT", value, what)


def is_service(text: str) -> bool:
    """Whether a text has the form of a service principal."""
    return _SERVICE.fullmatch(text) is not None


@check(CONDITION, "INVALID_KMS_KEY_VALUE")
def kms_keys(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_KMS_KEY_VALUE: requests carry the key's ARN, never its id or alias."""
    if c.lowered not in _OF_KMS_KEYS or c.base == "Null":
        return
    for value in _plain(c):
        if not _KMS_KEY.fullmatch(value) and "*" not in value:
            what = "is not the ARN of a KMS key."
            yield _found(statement, c, "INVALID_KMS_KEY_VALUE", value, what)


@check(CONDITION, "REDUNDANT_CONDITION_VALUE_NUM")
def numbers_within(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """REDUNDANT_CONDITION_VALUE_NUM: of several limits only the widest counts."""
    if len(c.values) < 2 or not c.base.startswith(("NumericLess", "NumericGreater")):
        return
    listed = [found for found in map(number, c.values) if found is not None]
    if len(listed) > 1:
        widest = max(listed) if "Less" in c.base else min(listed)
        said = f"{c.operator} {c.key}: only {widest} counts. Remove the others."
        code = "REDUNDANT_CONDITION_VALUE_NUM"
        yield at(statement, code, said, "Condition", c.operator, c.key)
