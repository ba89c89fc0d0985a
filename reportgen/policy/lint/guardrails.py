"""Denies that are meant as guardrails: second factor, regions; what they break or leave open."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.policy.actions import database
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import USABLE, Finding, LintSubject, at, check, some
from reportgen.policy.mfa import harmless

_MFA = "aws:multifactorauthpresent"
_EXEMPTING = (
    "aws:principalarn",
    "aws:principaltype",
    "aws:principaltag/",
    "aws:viaawsservice",
    "aws:principalisawsservice",
    "aws:username",
)
_ENROLLING = (
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
)
# Services whose only endpoint lies outside the region, or that work for the whole account, and an
# action that stands for each (AWS Organizations User Guide, sample SCP on regions; AWS Control
# Tower's region deny control). Without them, billing, support or the root alarm stop.
GLOBAL_ACTIONS = {
    "account": "account:GetContactInformation",
    "aws-portal": "aws-portal:ViewBilling",
    "budgets": "budgets:ViewBudget",
    "ce": "ce:GetCostAndUsage",
    "cloudfront": "cloudfront:ListDistributions",
    "cur": "cur:DescribeReportDefinitions",
    "globalaccelerator": "globalaccelerator:ListAccelerators",
    "health": "health:DescribeEvents",
    "iam": "iam:ListUsers",
    "organizations": "organizations:DescribeOrganization",
    "route53": "route53:ListHostedZones",
    "route53domains": "route53domains:ListDomains",
    "s3:ListAllMyBuckets": "s3:ListAllMyBuckets",
    "shield": "shield:ListProtections",
    "sts": "sts:GetCallerIdentity",
    "support": "support:DescribeCases",
    "trustedadvisor": "trustedadvisor:DescribeChecks",
    "waf": "waf:ListWebACLs",
    "wafv2": "wafv2:ListWebACLs",
}
_ROOT_ALARM_REGION = "us-east-1"


@check(
    USABLE,
    "DENY_WITHOUT_MFA_LOCKS_OUT_ROLES",
    "MFA_ALLOW_WITH_IF_EXISTS",
    "MFA_DENY_WITHOUT_IF_EXISTS",
    "MFA_EXEMPTION_TOO_WIDE",
    "MFA_NULL_TEST",
    "MFA_SELF_SERVICE_MISSING",
)
def second_factor(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: conditions on the second factor."""
    for condition in statement.conditions:
        if condition.lowered == _MFA:
            yield from _mfa(statement, condition)


@check(
    USABLE,
    "REGION_DENY_BLOCKS_ROOT_ALARM",
    "REGION_DENY_MISSES_GLOBAL_SERVICES",
    "REGION_DENY_WITHOUT_EXEMPTION",
)
def regions(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """Ours: denies of all regions but some."""
    for condition in statement.conditions if statement.effect == "Deny" else ():
        if condition.lowered == "aws:requestedregion":
            yield from _region(statement, condition)


def _asks(c: Condition, value: str) -> bool:
    return any(v.casefold() == value for v in c.values)


def _mfa(statement: Statement, c: Condition) -> Iterator[Finding]:
    steps = ("Condition", c.operator, c.key)
    if c.base == "Null":
        said = (
            "Every temporary credential carries the key, with MFA or without: this tests nothing."
        )
        yield at(statement, "MFA_NULL_TEST", f"{said} Test it with Bool or BoolIfExists.", *steps)
        return
    if statement.effect == "Allow":
        if _asks(c, "true") and (c.if_exists or c.qualifier == "all"):
            said = "Access keys carry no such key, so this allows them without MFA. Write Bool."
            yield at(statement, "MFA_ALLOW_WITH_IF_EXISTS", said, *steps)
        return
    if not _asks(c, "false"):
        return
    if not c.if_exists:
        said = "Access keys carry no such key, so this does not deny them. Write BoolIfExists."
        yield at(statement, "MFA_DENY_WITHOUT_IF_EXISTS", said, *steps)
    yield from _mfa_deny(statement, c)


def _mfa_deny(statement: Statement, c: Condition) -> Iterator[Finding]:
    db = database()
    bits = db.of(statement)
    exempt = any(o.lowered.startswith(_EXEMPTING) for o in statement.conditions)
    broad = bits.bit_count() > len(db.names) // 2
    if broad and not statement.not_action and not exempt:
        said = (
            "Denies everything to every session without MFA: roles of EC2, Lambda and ECS, "
            "federated and Identity Center sessions, and users who have yet to enrol. Deny named "
            "actions only, or exempt roles with ArnNotLike aws:PrincipalArn."
        )
        yield at(
            statement, "DENY_WITHOUT_MFA_LOCKS_OUT_ROLES", said, "Condition", c.operator, c.key
        )
        return
    if not statement.not_action or not broad:
        return
    missing = [a for a in _ENROLLING if bits & db.bit(a)]
    if missing:
        said = f"Users cannot enrol or repair a device without {some(missing, 8)}. Add them."
        yield at(statement, "MFA_SELF_SERVICE_MISSING", said, "NotAction")
    risky = db.level_bits("Write", "Permissions management")
    left = db.everything & ~bits & ~harmless() & risky
    if left:
        names = []
        for name in db.list(left):
            names.append(name)
            if len(names) == 4:
                break
        said = f"Leaves {left.bit_count()} changes open without MFA, such as {', '.join(names)}."
        yield at(statement, "MFA_EXEMPTION_TOO_WIDE", said, "NotAction")


def _region(statement: Statement, c: Condition) -> Iterator[Finding]:
    if not c.negated:
        return
    db = database()
    bits = db.of(statement)
    if bits.bit_count() < len(db.names) // 2:
        return
    steps = ("Condition", c.operator, c.key)
    where = ("NotAction",) if statement.not_action else ("Action",)
    allowed = set(c.values)
    if _ROOT_ALARM_REGION not in allowed:
        missed = [name for name, action in GLOBAL_ACTIONS.items() if bits & db.bit(action)]
        if missed:
            said = f"Blocks services that work from one region for all: {some(missed, 20)}."
            yield at(
                statement,
                "REGION_DENY_MISSES_GLOBAL_SERVICES",
                f"{said} Add them to NotAction.",
                *where,
            )
        if bits & db.bit("events:PutRule"):
            said = (
                f"Blocks EventBridge in {_ROOT_ALARM_REGION}, where sign-ins of the root user are "
                "recorded: no rule there can raise the alarm. Allow that region for events and sns."
            )
            yield at(statement, "REGION_DENY_BLOCKS_ROOT_ALARM", said, *steps)
    if not any(o.lowered.startswith(_EXEMPTING) for o in statement.conditions):
        said = "Exempts nobody, not even the break glass role. Add ArnNotLike aws:PrincipalArn."
        yield at(statement, "REGION_DENY_WITHOUT_EXEMPTION", said, *steps)
