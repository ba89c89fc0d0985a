"""Whether a user is really stopped without a second factor: found by evaluation, not by a Sid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from reportgen.policy.actions import database
from reportgen.policy.effective import Reach
from reportgen.policy.fences import NOT_FOR_POLICIES

# What a user may do before the second factor: register it, see itself
# (IAM User Guide, "Allows MFA-authenticated IAM users to manage their own credentials").
_SELF_SERVICE = (
    "iam:ChangePassword",
    "iam:CreateVirtualMFADevice",
    "iam:DeleteVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:ResyncMFADevice",
    "iam:Get*",
    "iam:List*",
    "sts:GetAccessKeyInfo",
)
_ABSENT = ("aws:multifactorauthpresent", "aws:multifactorauthage")


@dataclass(frozen=True)
class Without:
    """What a user can do without MFA in one situation: ``actions`` in number, and examples."""

    situation: str
    actions: int
    examples: tuple[str, ...]


# Actions by which people see what is at stake, shown before any others.
_TELLING = (
    "iam:CreateAccessKey",
    "iam:AttachUserPolicy",
    "iam:DeactivateMFADevice",
    "s3:DeleteObject",
    "s3:GetObject",
    "ec2:TerminateInstances",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
)


@lru_cache(maxsize=1)
def harmless() -> int:
    """Actions that a user may have without MFA, and those that policies have no say in."""
    bits = 0
    for pattern in (*_SELF_SERVICE, *NOT_FOR_POLICIES):
        bits |= database().expand(pattern)
    return bits


def _examples(bits: int) -> tuple[str, ...]:
    db = database()
    shown = [name for name in _TELLING if bits & db.bit(name)]
    rest = bits & db.level_bits("Write", "Permissions management") or bits
    for name in db.list(rest):
        if len(shown) >= 3:
            break
        if name not in shown:
            shown.append(name)
    return tuple(shown[:3])


def without_mfa(reach: Reach, *, console: bool = True, keys: bool = True) -> list[Without]:
    """The situations in which a user can do more than enrol without MFA; empty if enforced.

    A console session without MFA carries the key as false, as does a session from GetSessionToken;
    a long-term access key does not carry it at all (IAM User Guide, "AWS global condition context
    keys", aws:MultiFactorAuthPresent).
    """
    found = []
    for wanted, situation, known, absent in (
        (console, "in the console", {"aws:multifactorauthpresent": "false"}, _ABSENT[1:]),
        (keys, "with an access key", {}, _ABSENT),
    ):
        if not wanted:
            continue
        bits = reach.possible(known, absent) & ~harmless()
        if bits:
            found.append(Without(situation, bits.bit_count(), _examples(bits)))
    return found
