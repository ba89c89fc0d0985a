"""Resources: the form of ARNs, and what one beside them covers already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import (
    STATEMENT,
    USABLE,
    Finding,
    LintSubject,
    at,
    check,
    resource_key,
    some,
)
from reportgen.policy.lint.redundancy import covered

PARTITIONS = frozenset(
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"]
)
REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")
_ACCOUNT = re.compile(r"\d{12}")
# Fields of an ARN that services never fill in (the ARN formats of each service's page in the
# Service Authorization Reference).
_NO_REGION = frozenset(["iam", "organizations", "cloudfront", "globalaccelerator", "shield"])
# What an ARN of S3 names other than a bucket; the ARN of a bucket has neither region nor account.
_S3_TYPES = frozenset(
    [
        "accesspoint",
        "access-grants",
        "async-request",
        "job",
        "multi-region-access-point",
        "storage-lens",
        "storage-lens-group",
    ]
)
# Types that exist in one account and region, with the resource as it begins.
_NEEDS_BOTH = {
    "dynamodb": ("table/",),
    "lambda": ("function:",),
    "kms": ("key/", "alias/"),
    "secretsmanager": ("secret:",),
    "sns": ("",),
    "sqs": ("",),
    "logs": ("log-group:",),
}
_NEEDS_ACCOUNT = {"iam": ("role/", "user/", "group/")}


@lru_cache(maxsize=65536)
def _fault(arn: str) -> tuple[str, str]:
    """The issue code and message of one resource; empty where nothing is wrong."""
    if arn == "*":
        return "", ""
    shown = f"{arn!r:.100}"
    parts = arn.split(":", 5)
    if parts[0] not in ("arn", "*"):
        return "INVALID_ARN_PREFIX", f"{shown} does not begin with arn:."
    if len(parts) < 6:
        return "MISSING_ARN_FIELD", f"{shown} has {len(parts)} of the six fields of an ARN."
    _, partition, service, region, account, resource = parts
    if not _open(partition) and partition not in PARTITIONS:
        return "INVALID_PARTITION", f"{shown}: there is no partition {partition!r:.40}."
    if service != service.lower():
        return "INVALID_ARN_SERVICE_CASE", f"{shown}: the service is written in lower case."
    if region and not _open(region) and not REGION.fullmatch(region):
        return "INVALID_ARN_REGION", f"{shown}: {region!r:.40} is not a region."
    named = not _open(account) and account not in ("", "aws", "aws-managed")
    if named and not _ACCOUNT.fullmatch(account):
        return "INVALID_ARN_ACCOUNT", f"{shown}: an account id has twelve digits."
    if not resource:
        return "INVALID_ARN_RESOURCE", f"{shown} names no resource."
    return _misplaced(service, region, account, resource, shown)


def _open(field: str) -> bool:
    return any(c in field for c in "*?$")


def _misplaced(
    service: str, region: str, account: str, resource: str, shown: str
) -> tuple[str, str]:
    """Fields that a service's ARNs never have, or always."""
    if service in _NO_REGION and region and not _open(region):
        return "ARN_REGION_NOT_ALLOWED", f"{shown}: ARNs of {service} have no region."
    if (
        service == "s3"
        and not _open(head := re.split("[/:]", resource)[0])
        and (head not in _S3_TYPES)
    ):
        if _ACCOUNT.fullmatch(account):
            return "ARN_ACCOUNT_NOT_ALLOWED", f"{shown}: the ARN of a bucket has no account id."
        if region and not _open(region):
            return "ARN_REGION_NOT_ALLOWED", f"{shown}: the ARN of a bucket has no region."
    both = resource.startswith(_NEEDS_BOTH.get(service, ("\0",)))
    if both and not region:
        return "MISSING_ARN_REGION", f"{shown}: ARNs of {service} have a region. Write it, or *."
    if not account and (both or resource.startswith(_NEEDS_ACCOUNT.get(service, ("\0",)))):
        said = f"{shown}: ARNs of {service} have an account id. Write it, or *."
        return "MISSING_ARN_ACCOUNT", said
    return "", ""


@check(
    STATEMENT,
    "ARN_ACCOUNT_NOT_ALLOWED",
    "ARN_REGION_NOT_ALLOWED",
    "INVALID_ARN_ACCOUNT",
    "INVALID_ARN_PREFIX",
    "INVALID_ARN_REGION",
    "INVALID_ARN_RESOURCE",
    "INVALID_ARN_SERVICE_CASE",
    "INVALID_PARTITION",
    "MISSING_ARN_ACCOUNT",
    "MISSING_ARN_FIELD",
    "MISSING_ARN_REGION",
)
def arn_form(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """The form of each ARN: its first fault, by AWS's code for it."""
    key = resource_key(statement)
    for i, arn in enumerate(statement.resources or ()):
        code, said = _fault(arn)
        if code:
            yield at(statement, code, said, key, i)


@check(STATEMENT, "WILDCARD_IN_SERVICE_NAME")
def wild_service(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """WILDCARD_IN_SERVICE_NAME: it takes in services that nobody thought of."""
    for i, arn in enumerate(statement.resources or ()):
        parts = arn.split(":", 5)
        if len(parts) == 6 and ("*" in parts[2] or "?" in parts[2]):
            said = f"{arn:.100}: the service holds a wildcard. Name the service."
            yield at(statement, "WILDCARD_IN_SERVICE_NAME", said, resource_key(statement), i)


@check(USABLE, "REDUNDANT_RESOURCE")
def redundant(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """REDUNDANT_RESOURCE: all of it is in a pattern beside it."""
    listed = statement.resources or ()
    if len(listed) < 2:
        return
    found = covered(listed, arns=True)
    if found.spare:
        names = [listed[i] for i in found.spare]
        more = "" if found.whole else " The list is too long to compare in full."
        said = f"Already covered by another resource beside it: {some(names, 2)}. Remove it.{more}"
        yield at(statement, "REDUNDANT_RESOURCE", said, resource_key(statement))
