"""Who can assume a role: both sides, what a session brings along, and whom the trust names.

IAM User Guide: "Passing session tags in AWS STS", "Monitor and control actions taken with assumed
roles", "Permissions boundaries for IAM entities", "Cross-account policy evaluation logic".
"""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.access import Level
from reportgen.policy.assume import assume, assume_own
from reportgen.policy.effective import Reach
from tests.policies import (
    OTHER,
    OWN,
    account,
    allow,
    managed,
    policy,
    role,
    statement,
    trust_policy,
    user,
)

U, W, T = f"arn:aws:iam::{OWN}:user/u", f"arn:aws:iam::{OWN}:role/w", f"arn:aws:iam::{OWN}:role/t"
ASSUME, TAG, SOURCE = "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"
STS = allow(Action="sts:*")
READS = managed("reads", allow(Action="s3:Get*"))


def level(caller: dict[str, Any], trust: Any, *more: Any, there: str = OWN) -> Level:
    """Whether the caller can assume the role t of an account."""
    arn = f"arn:aws:iam::{there}:role/t"
    target = account({**role("t", trust), "Arn": arn}).subjects[arn]
    return assume(Reach(account(caller, *more).subjects[caller["Arn"]]), target).level


KEYS = [
    ({"StringEquals": {"aws:RequestTag/team": "ops"}}, TAG),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}, TAG),
    ({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "team"}}, TAG),
    ({"StringEquals": {"sts:SourceIdentity": "dana"}}, SOURCE),
]


@pytest.mark.parametrize(("asked", "takes"), KEYS)
def test_what_a_session_brings_along_takes_an_action_of_both_sides(
    asked: dict[str, Any], takes: str
) -> None:
    both = trust_policy({"AWS": OWN}, [ASSUME, takes], Condition=asked)
    assert level(user("u", STS), both) is Level.YES
    assert level(user("u", allow(Action=[ASSUME, takes])), both) is Level.YES
    assert level(user("u", allow(Action=ASSUME)), both) is Level.NO
    alone = trust_policy({"AWS": OWN}, ASSUME, Condition=asked)
    assert level(user("u", STS), alone) is Level.NO
    # The same where it is the caller's own policy that asks.
    mine = user("u", allow(Action=[ASSUME, takes], Condition=asked))
    assert level(mine, trust_policy({"AWS": OWN}, [ASSUME, takes])) is Level.YES
    assert level(mine, trust_policy({"AWS": OWN})) is Level.NO


def test_a_session_may_need_both_actions() -> None:
    asked = {"StringEquals": {"aws:RequestTag/team": "ops", "sts:SourceIdentity": "dana"}}
    trust = policy(
        *trust_policy({"AWS": OWN}, ASSUME, Condition=asked)["Statement"],
        *trust_policy({"AWS": OWN}, [TAG, SOURCE])["Statement"],
    )
    assert level(user("u", STS), trust) is Level.YES
    for some in ([ASSUME, TAG], [ASSUME, SOURCE]):
        assert level(user("u", allow(Action=some)), trust) is Level.NO


def test_a_deny_of_the_trust_counts_for_whom_it_names() -> None:
    def but(arn: str) -> dict[str, Any]:
        open_ = trust_policy({"AWS": OWN})["Statement"]
        no = {"Effect": "Deny", "Principal": {"AWS": arn}, "Action": ASSUME}
        return policy(*open_, no)

    assert level(user("u", STS), but(f"arn:aws:iam::{OWN}:user/v")) is Level.YES
    assert level(user("u", STS), but(U)) is Level.NO


@pytest.mark.parametrize("there", [OWN, OTHER])
def test_whom_the_trust_does_not_name_it_does_not_let_in(there: str) -> None:
    assert level(user("u", STS), {"AWS": f"arn:aws:iam::{OWN}:user/v"}, there=there) is Level.NO
    assert level(user("u", STS), {"AWS": OTHER}, there=there) is Level.NO


def test_who_is_named_needs_no_policy_of_its_own_but_across_accounts() -> None:
    assert level(user("u"), {"AWS": U}) is Level.YES
    assert level(user("u"), {"AWS": OWN}) is Level.NO
    assert level(user("u"), {"AWS": U}, there=OTHER) is Level.NO
    assert level(user("u", STS), {"AWS": U}, there=OTHER) is Level.YES


def test_what_a_boundary_leaves_unsaid_holds_a_role_that_is_named_and_no_user() -> None:
    assert level(user("u", boundary="reads"), {"AWS": U}, READS) is Level.YES
    held = role("w", {"AWS": OWN}, boundary="reads")
    assert level(held, {"AWS": W}, READS) is Level.NO
    assert level(role("w", {"AWS": OWN}), {"AWS": W}) is Level.YES
    # So too of a role that it makes itself, whose trust names it.
    for caller, found in ((user("u", boundary="reads"), Level.YES), (held, Level.NO)):
        reach = Reach(account(caller, READS).subjects[caller["Arn"]])
        assert assume_own(reach, T).level is found


def test_a_role_gains_nothing_from_itself_nor_where_no_trust_is_known() -> None:
    itself = role("t", {"AWS": OWN}, policy(statement(Action="sts:*")))
    assert level(itself, {"AWS": OWN}) is Level.NO
    assert level({**itself, "Arn": W}, {"AWS": OWN}) is Level.YES
    unread = {k: v for k, v in role("t", {}).items() if k != "AssumeRolePolicyDocument"}
    caller = account(user("u", STS)).subjects[U]
    assert assume(Reach(caller), account(unread).subjects[T]).level is Level.NO
