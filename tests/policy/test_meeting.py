"""Actions of one path meet on one resource (Service Authorization Reference, required kinds)."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.access import Level
from reportgen.policy.account import read_account
from reportgen.policy.decision import levels_of
from reportgen.policy.effective import Reach
from reportgen.policy.meeting import MOST_PATTERNS, meets
from tests.policies import OWN, admin, allow, deny, role, user

MAKE, CALL = "lambda:CreateFunction", "lambda:InvokeFunction"
BOSS = role("boss", {"Service": "lambda.amazonaws.com"}, allow())
PASS = allow(Action="iam:PassRole", Resource=f"arn:aws:iam::{OWN}:role/boss")


def function(name: str) -> str:
    return f"arn:aws:lambda:eu-west-1:{OWN}:function:{name}"


def may(action: Any, *resources: str) -> dict[str, Any]:
    return allow(Action=action, Resource=list(resources) or "*")


def both(make: str, call: str, *more: dict[str, Any], scps: Any = ()) -> str:
    """What a user is who may make some functions and call some."""
    mine = (PASS, may(MAKE, function(make)), may(CALL, function(call)), *more)
    return admin(user("u", *mine), BOSS, scps=scps)


@pytest.mark.parametrize(
    ("make", "call", "expected"),
    [
        ("a-*", "b-*", "none"),
        ("a", "b", "none"),
        ("a", "a", "escalation"),
        ("a-*", "*-b", "escalation"),
        ("a-?", "a-b", "escalation"),
        ("a-?", "a-bc", "none"),
        ("*", "a", "escalation"),
        # What is called by its version or alias is what was made.
        ("a", "a:*", "escalation"),
        ("a", "a:live", "escalation"),
        ("a", "b:live", "none"),
    ],
)
def test_a_function_that_is_made_and_one_that_is_called(
    make: str, call: str, expected: str
) -> None:
    assert both(make, call) == expected
    assert both(call, make) in (expected, "none")


def test_a_resource_is_looked_for_through_denies_and_scps() -> None:
    assert both("*", "*", deny(Action=MAKE, NotResource=function("x"))) == "escalation"
    made = deny(Action=MAKE, NotResource=function("x"))
    called = deny(Action=CALL, NotResource=function("y"))
    assert both("*", "*", made, called) == "none"
    assert both("*", "*", made, deny(Action=CALL, Resource=function("x"))) == "none"
    assert both("a-*", "*", deny(Action=CALL, Resource=function("a-*"))) == "none"
    levels = levels_of([[may("iam:*"), may("lambda:*", function("*-b"))]])
    assert both("a-*", "*", scps=levels) == "escalation"
    assert both("a", "*", scps=levels) == "none"


# Each pair is allowed on resources of their own, then on one.
PAIRS = {
    "cloudformation": (
        "cloudformation.amazonaws.com",
        ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
        "arn:aws:cloudformation:*:*:stack/{}/*",
    ),
    "states": (
        "states.amazonaws.com",
        ("states:UpdateStateMachine", "states:StartExecution"),
        "arn:aws:states:*:*:stateMachine:{}",
    ),
    "ec2": (
        "ec2.amazonaws.com",
        ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
        "arn:aws:ec2:*:*:instance/{}",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_changed_and_then_used_is_one(name: str) -> None:
    service, actions, arn = PAIRS[name]
    boss = role("boss", {"Service": service}, allow())
    apart = [may(a, arn.format(f"r{n}")) for n, a in enumerate(actions)]
    assert admin(user("u", *apart), boss) == "none"
    assert admin(user("u", *(may(a, arn.format("r")) for a in actions)), boss) == "escalation"
    last = [*apart[:-1], may(actions[-1], arn.format("r0"))]
    assert admin(user("u", *last), boss) == ("none" if len(actions) > 2 else "escalation")


def test_an_instance_that_leaves_one_cluster_enters_another() -> None:
    arn = f"arn:aws:ecs:eu-west-1:{OWN}:cluster/"
    boss = role("boss", {"Service": "ecs-tasks.amazonaws.com"}, allow())
    mine = (
        PASS,
        may("ecs:DeregisterContainerInstance", f"{arn}a"),
        may("ecs:RegisterContainerInstance", f"{arn}b"),
        may("ecs:StartTask"),
    )
    assert admin(user("u", *mine), boss) == "escalation"


def _reach(*documents: dict[str, Any]) -> Reach:
    found = read_account({"UserDetailList": [user("u", *documents)]})
    return Reach(next(iter(found.subjects.values())))


def test_the_calls_are_told_on_the_one_resource() -> None:
    reach = _reach(may(MAKE, function("a-*")), may(CALL, function("*-b")))
    access = meets(reach, [MAKE, CALL])
    assert access.level is Level.YES
    (made, called) = access.calls
    assert made.resource == called.resource
    assert (made.action, called.action) == (MAKE, CALL)


@pytest.mark.parametrize(
    ("count", "expected"), [(MOST_PATTERNS, Level.NO), (MOST_PATTERNS + 1, Level.MAYBE)]
)
def test_very_many_patterns_are_a_perhaps(count: int, expected: Level) -> None:
    makes = may(MAKE, *(function(f"a{n}") for n in range(count)))
    access = meets(_reach(makes, may(CALL, function("b"))), [MAKE, CALL])
    assert access.level is expected
    if access:
        assert access.hurdles == ("if one of very many resource patterns fits",)


def test_conditions_are_those_of_the_one_resource() -> None:
    # One way is open to all, on another function; on the one that meets it takes a second factor.
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    reach = _reach(
        may(MAKE, function("a")),
        may(CALL, function("b")),
        allow(Action=CALL, Resource=function("a"), Condition=mfa),
    )
    access = meets(reach, [MAKE, CALL])
    assert (access.level, access.hurdles) == (Level.MAYBE, ("with MFA",))
    assert {call.resource for call in access.calls} == {function("a")}
