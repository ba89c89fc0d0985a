"""Who can assume a role: its own policies, the trust policy, and what a session may bring along."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations
from typing import Any

from reportgen.policy.access import NONE, Access, Level, together
from reportgen.policy.account import Subject
from reportgen.policy.actions import matches_action
from reportgen.policy.document import Statement
from reportgen.policy.effective import Reach
from reportgen.policy.paths import ASSUME
from reportgen.policy.principal import Match, caller, match_principal
from reportgen.policy.rules import keys_of

# What a caller gives its session takes an action of its own, allowed by both sides (IAM User
# Guide, "Passing session tags in AWS STS" and "Monitor and control actions taken with assumed
# roles"): without it the request carries no such keys.
TAG, SOURCE = "sts:TagSession", "sts:SetSourceIdentity"


def _takes(key: str) -> str:
    """The action that it takes to send a key with AssumeRole; empty for AssumeRole alone."""
    if key == "sts:sourceidentity":
        return SOURCE
    is_tag = key.startswith("aws:requesttag/") or key in ("aws:tagkeys", "sts:transitivetagkeys")
    return TAG if is_tag else ""


def assume(reach: Reach, role: Subject, known: Mapping[str, Any] | None = None) -> Access:
    """Whether a principal can assume a role; ``known`` are keys that the call will carry."""
    if role.trust is None or role.arn == reach.subject.arn:
        return NONE
    asked = keys_of(role.trust.usable) | reach.keys
    taking = {key: _takes(key) for key in sorted(asked) if _takes(key)}
    best = _let_in(reach, role, ASSUME, taking, known)
    if best.level is Level.YES or not taking:
        return best
    besides = {a: _let_in(reach, role, a, (), known) for a in dict.fromkeys(taking.values())}
    able = [action for action, access in besides.items() if access]
    for number in range(1, len(able) + 1):
        for some in combinations(able, number):
            gone = [key for key, action in taking.items() if action not in some]
            found = [_let_in(reach, role, ASSUME, gone, known), *(besides[a] for a in some)]
            access = together(found)
            if access.level > best.level:
                best = access
    return best


def _let_in(
    reach: Reach,
    role: Subject,
    action: str,
    absent: Collection[str] = (),
    known: Mapping[str, Any] | None = None,
) -> Access:
    """Whether an action on a role goes through without some keys."""
    subject = reach.subject
    who = caller(subject.arn)
    speaking = [
        (match_principal(t, who, bounded=subject.boundary is not None), t)
        for t in (role.trust.usable if role.trust else ())
        if matches_action(t, action)
    ]
    against = [t for m, t in speaking if m is not Match.NONE and t.effect == "Deny"]
    best = NONE
    for match, statement in speaking:
        if match is Match.NONE or statement.effect == "Deny":
            continue
        how = match if subject.account == role.account else Match.ACCOUNT
        access = reach.through(
            action, role.arn, statement, how, against, absent, within=ASSUME, known=known
        )
        if access.level > best.level:
            best = access
    return best


def assume_own(reach: Reach, arn: str) -> Access:
    """Whether a principal can assume a role that it made, which trusts it by name."""
    subject = reach.subject
    named = Statement(0, "", "Allow", (ASSUME,), principals=(("AWS", subject.arn),))
    match = Match.DIRECT if subject.kind == "user" else Match.ROLE
    return reach.through(ASSUME, arn, named, match)
