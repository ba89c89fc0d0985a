"""The search for a request that goes through: resources, layers, and where it ends."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy import opening
from reportgen.policy.access import Level
from reportgen.policy.effective import Reach
from tests.policies import (
    OWN,
    account,
    allow,
    confirmed,
    deny,
    managed,
    policy,
    statement,
    user,
)

A, B = "arn:aws:s3:::a/*", "arn:aws:s3:::b/*"
GET = "s3:GetObject"
INSIDE = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}


def reach(*documents: dict[str, Any], boundary: Any = None) -> Reach:
    limit = [managed("limit", boundary)] if boundary else []
    found = account(user("u", *documents, boundary="limit" if boundary else ""), *limit)
    return Reach(found.subjects[f"arn:aws:iam::{OWN}:user/u"])


def test_a_narrow_resource_before_a_wide_one_hides_nothing() -> None:
    held = reach(allow(Action=GET, Resource=[A, "*"]), deny(Action=GET, Resource=A))
    assert held.can(GET).level is Level.YES
    assert held.can(GET, "arn:aws:s3:::a/x").level is Level.NO


def test_a_statement_that_leaves_everything_out_hides_nothing() -> None:
    # s3:ListAllMyBuckets names no resource.
    list_all = "s3:ListAllMyBuckets"
    nothing = statement(Action=list_all, NotResource="*")
    assert reach(policy(nothing)).can(list_all).level is Level.NO
    both = policy(nothing, statement(Action=list_all))
    assert reach(both).can(list_all).level is Level.YES


def test_what_one_layer_leaves_out_no_other_lets_in() -> None:
    own = allow(Action="s3:*", NotResource=A)
    for held in (reach(own, boundary=allow()), reach(allow(), boundary=own)):
        assert held.can(GET, "arn:aws:s3:::a/x").level is Level.NO
        assert held.can(GET, "arn:aws:s3:::b/x").level is Level.YES


def test_what_one_statement_leaves_out_another_lets_in() -> None:
    but, plain = statement(Action=GET, NotResource=A), statement(Action=GET)
    for both in (policy(but, plain), policy(plain, but)):
        held = reach(both, deny(Action=GET, Resource=B))
        assert held.can(GET, "arn:aws:s3:::a/x").level is Level.YES
        assert held.can(GET, "arn:aws:s3:::b/x").level is Level.NO


def test_the_resource_that_hangs_on_nothing_is_found() -> None:
    held = reach(allow(Action=GET), deny(Action=GET, NotResource=B, Condition=INSIDE))
    access = held.can(GET)
    assert (access.level, access.hurdles) == (Level.YES, ())
    (call,) = access.calls
    assert call.resource.startswith("arn:aws:s3:::b/")
    # Where none does, what it hangs on is said.
    only = held.can(GET, "arn:aws:s3:::a/x")
    assert (only.level, only.hurdles) == (
        Level.MAYBE,
        ("unless StringNotEquals aws:SourceVpc vpc-1",),
    )


@pytest.mark.parametrize(("most", "level"), [(1, Level.MAYBE), (2, Level.YES)])
def test_a_search_that_ends_early_is_a_perhaps(
    most: int, level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_WAYS", most)
    held = reach(allow(Action=GET, Resource=[A, B]), deny(Action=GET, Resource=A))
    access = held.can(GET)
    assert access.level is level
    untried = ("if one of very many combinations of its statements fits",)
    assert access.hurdles == (untried if most == 1 else ())


def test_what_was_found_before_a_search_ends_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_WAYS", 1)
    held = reach(allow(Action=GET, Resource=[A, B]), deny(Action=GET, Condition=INSIDE))
    assert held.can(GET).hurdles == ("unless StringNotEquals aws:SourceVpc vpc-1",)


def test_a_condition_on_one_statement_hides_no_other() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    one, plain = statement(Action=GET, Condition=mfa), statement(Action=GET)
    # With a Deny of something else it is searched for, and without one it is plain.
    for but in ([], [deny(Action=GET, Resource=A)]):
        assert reach(policy(one), *but).can(GET).level is Level.MAYBE
        assert reach(policy(one, plain), *but).can(GET).level is Level.YES
        assert reach(policy(plain, one), *but).can(GET).level is Level.YES


@pytest.mark.parametrize("where", ["${aws:SourceVpc}", "${aws:ResourceTag/team}"])
def test_a_resource_that_hangs_on_a_variable_hides_no_other(where: str) -> None:
    doubtful = statement(Action=GET, Resource=f"arn:aws:s3:::{where}/*")
    plain = statement(Action=GET)
    alone = reach(policy(doubtful)).can(GET)
    assert (alone.level, alone.hurdles) == (Level.MAYBE, (f"if arn:aws:s3:::{where}/* fits",))
    for but in ([], [deny(Action=GET, Resource=A)]):
        assert reach(policy(doubtful, plain), *but).can(GET).level is Level.YES
        assert reach(policy(plain, doubtful), *but).can(GET).level is Level.YES


def test_a_call_says_what_a_variable_of_its_resource_stands_for() -> None:
    tags = [{"Key": "team", "Value": "ops"}]
    own = allow(Action=GET, Resource="arn:aws:s3:::b/${aws:PrincipalTag/team}/*")
    found = account(user("u", own, Tags=tags))
    (call,) = Reach(found.subjects[f"arn:aws:iam::{OWN}:user/u"]).can(GET).calls
    assert call.resource.startswith("arn:aws:s3:::b/ops/")
    assert dict(call.context) == {"aws:principaltag/team": ("ops",)}
    assert confirmed(call, found)
