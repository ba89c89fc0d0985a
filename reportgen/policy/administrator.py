"""What makes an administrator: by what it can do, not by how many actions it has.

It can give itself, or somebody whom it can become, whatever rights it likes, and holds already
what an account is about: its data, its machines and its secrets. Who can only do the first has a
step to go, and is told as a way to an administrator.
"""

from __future__ import annotations

from functools import lru_cache

from reportgen.policy.access import NONE, Access, Level, together
from reportgen.policy.actions import database
from reportgen.policy.document import Document
from reportgen.policy.effective import Reach
from reportgen.policy.memory import ByIdentity
from reportgen.policy.shapes import UNLISTED

# With any of these an administrator's rights can be had for oneself.
SELF_ESCALATING = (
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachGroupPolicy",
    "iam:PutUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:UpdateAssumeRolePolicy",
)
# One of each, on all resources, whatever else guardrails take from everybody in the account.
_HOLDINGS = (
    ("s3:GetObject", "s3:PutObject", "dynamodb:GetItem", "rds:CreateDBSnapshot"),
    ("ec2:RunInstances", "lambda:CreateFunction", "ecs:RunTask", "ssm:SendCommand"),
    ("secretsmanager:GetSecretValue", "ssm:GetParameter", "kms:Decrypt"),
)
# Ways to act as a principal to whom rights were given.
_INTO_USER = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_INTO_ROLE = ("iam:UpdateAssumeRolePolicy", "sts:AssumeRole", "iam:PassRole")


@lru_cache(maxsize=1)
def _wanted() -> tuple[int, ...]:
    return tuple(_any_of(actions) for actions in (SELF_ESCALATING, *_HOLDINGS))


def _any_of(actions: tuple[str, ...]) -> int:
    bits = 0
    for action in actions:
        bits |= database().bit(action)
    return bits


@lru_cache(maxsize=65536)
def is_administrator(bits: int) -> bool:
    """Whether a set of actions, each on all resources, is an administrator's."""
    return all(bits & wanted for wanted in _wanted())


def strength(reach: Reach) -> Access:
    """Whether a principal is an administrator as it stands, and on what that hangs."""
    if not is_administrator(reach.mask):
        return NONE
    sure, possible, hurdles = reach.broad
    if not is_administrator(possible):
        return NONE
    rules = governs(reach)
    if not rules:
        return NONE
    if is_administrator(sure):
        return rules
    return Access(Level.MAYBE, tuple(dict.fromkeys((*hurdles, *rules.hurdles))))


def governs(reach: Reach) -> Access:
    """Whether a principal can give rights to itself, or to others whom it can become."""
    subject = reach.subject
    head = f"arn:{subject.partition}:iam::{subject.account}"
    user, role = f"{head}:user/{UNLISTED}", f"{head}:role/{UNLISTED}"
    own = "User" if subject.kind == "user" else "Role"
    best = NONE
    for verb in ("Attach", "Put"):
        for access in (
            reach.can(f"iam:{verb}{own}Policy", subject.arn),
            *(reach.can(f"iam:{verb}GroupPolicy", f"{head}:group/{g}") for g in subject.groups),
            _given(reach, f"iam:{verb}RolePolicy", role, _INTO_ROLE),
            _given(reach, f"iam:{verb}UserPolicy", user, _INTO_USER),
            _given(reach, "iam:CreatePolicyVersion", f"{head}:policy/{UNLISTED}", ()),
        ):
            if access.level is Level.YES:
                return access
            best = best or access
    return best


def _given(reach: Reach, gives: str, arn: str, into: tuple[str, ...]) -> Access:
    access = reach.can(gives, arn)
    if not access or not into:
        return access
    ways = [reach.can(action, arn) for action in into]
    return together([access, max(ways, key=lambda way: way.level)])


def _no_limit(boundary: Document) -> bool:
    allowed = denied = 0
    for s in boundary.usable:
        if s.resources is not None and "*" in s.resources and not s.not_resource:
            if s.effect == "Allow":
                allowed |= database().of(s)
            elif not s.conditions:
                denied |= database().of(s)
    return is_administrator(allowed & ~denied)


# Whether a boundary allows an administrator's rights, so that it limits nothing.
no_limit = ByIdentity(_no_limit)


def _is_strong(document: Document) -> bool:
    bits = 0
    for statement in document.usable:
        whole = statement.resources is not None and "*" in statement.resources
        if statement.effect == "Allow" and whole and not statement.not_resource:
            bits |= database().of(statement)
    return is_administrator(bits) or bool(bits & _wanted()[0])


# Whether a document alone gives an administrator's rights, or the means to take them.
is_strong = ByIdentity(_is_strong)
