"""Laws of the ways to an administrator, over random accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.policy.access import Call
from reportgen.policy.account import Account, PolicySource, Subject, document
from reportgen.policy.actions import database
from reportgen.policy.administrator import strength
from reportgen.policy.decision import ALLOWED, Policies, Request, decide, levels_of
from reportgen.policy.document import Document
from reportgen.policy.effective import Reach
from reportgen.policy.escalation import Escalations
from reportgen.policy.ground import Ground
from reportgen.policy.influence import Influence
from reportgen.policy.shapes import templates
from reportgen.policy.standing import Standing
from tests.policies import (
    ASSUMING,
    OWN,
    account,
    allow,
    attached,
    confirmed,
    deny,
    managed,
    policy,
    role,
    trust_policy,
    user,
)

RANK = {"none": 0, "escalation": 1, "conditional": 2, "full": 3}
ACTIONS = [
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:RemoveUserFromGroup",
    "iam:TagUser",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:CreateRole",
    "iam:CreateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "iam:PassRole",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "iam:AddUserToGroup",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateLoginProfile",
    "sts:TagSession",
    "sts:AssumeRole",
    "iam:*",
    "iam:*User*",
    "s3:*",
    "*",
]
RESOURCES = [
    "*",
    f"arn:aws:iam::{OWN}:user/u",
    f"arn:aws:iam::{OWN}:user/*",
    f"arn:aws:iam::{OWN}:role/r*",
    f"arn:aws:iam::{OWN}:role/boss",
    f"arn:aws:iam::{OWN}:role/held",
    f"arn:aws:iam::{OWN}:user/v",
    f"arn:aws:iam::{OWN}:group/g",
    f"arn:aws:iam::{OWN}:policy/*",
    f"arn:aws:lambda:*:{OWN}:function:a-*",
    f"arn:aws:lambda:*:{OWN}:function:*-b",
    f"arn:aws:lambda:*:{OWN}:function:c",
]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {},
    {"StringEquals": {"aws:UserAgent": "x"}},
    {"StringNotEquals": {"aws:UserAgent": "x"}},
    {"StringEquals": {"aws:RequestTag/team": "admin"}},
    {"StringEquals": {"aws:PrincipalTag/team": "admin"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "admin"}},
    {"StringEquals": {"aws:ResourceTag/team": "ops"}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/IAMFullAccess"}},
    {"ArnLike": {"iam:PolicyARN": f"arn:aws:iam::{OWN}:policy/*"}},
    {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{OWN}:policy/wide"}},
    {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
    {"ArnEqualsIfExists": {"iam:PolicyARN": f"arn:aws:iam::{OWN}:policy/dev"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
]


@st.composite
def statements(draw: Any, effect: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action"] * 7 + ["NotAction"])): draw(
            st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3)
        ),
        draw(st.sampled_from(["Resource"] * 3 + ["NotResource"])): draw(
            st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)
        ),
    }
    condition = draw(st.sampled_from(CONDITIONS))
    return {**found, "Condition": condition} if condition else found


@st.composite
def worlds(draw: Any) -> dict[str, Any]:
    """What differs between accounts: the policies of a user and a role, boundary, trust, tags."""
    some = st.lists(statements(), max_size=4)
    return {
        "user": [draw(some), draw(some)],
        "role": [draw(some)],
        "next": [draw(some)],
        "next_boundary": draw(st.sampled_from(["", "tight"])),
        "boundary": draw(st.sampled_from(["", "", "wide", "tight"])),
        "tight": draw(st.lists(statements("Allow"), min_size=1, max_size=3)),
        "trust": draw(st.sampled_from(CONDITIONS[:9])),
        "trust_actions": draw(st.sampled_from(["sts:AssumeRole", "sts:*"])),
        "group": draw(st.lists(statements(), max_size=2)),
        "member": draw(st.booleans()),
        "dev": [draw(st.lists(statements(), max_size=2)) for _ in range(2)],
        "attached": draw(st.sampled_from([[], ["dev"]])),
        "scp": draw(st.sampled_from([[], [], draw(st.lists(statements("Deny"), max_size=2))])),
        "tags": draw(st.sampled_from([[], [{"Key": "team", "Value": "admin"}]])),
        "boss_tags": draw(st.sampled_from([[], [{"Key": "team", "Value": "ops"}]])),
    }


def built(world: dict[str, Any], *more: dict[str, Any]) -> Account:
    services = {"Service": "lambda.amazonaws.com"}
    by_r = {"AWS": f"arn:aws:iam::{OWN}:role/r"}
    trust = trust_policy({"AWS": OWN}, world["trust_actions"], Condition=world["trust"])
    mine = [policy(*s) for s in world["user"]] + ([policy(*more)] if more else [])
    group = {"PolicyName": "own", "PolicyDocument": policy(*world["group"])}
    return account(
        user(
            "u",
            *mine,
            boundary=world["boundary"],
            Tags=world["tags"],
            GroupList=["g"] if world["member"] else [],
            AttachedManagedPolicies=attached(*world["attached"]),
        ),
        user("v", GroupList=["g"]),
        {"GroupName": "g", "Arn": f"arn:aws:iam::{OWN}:group/g", "GroupPolicyList": [group]},
        role("r", trust, *(policy(*s) for s in world["role"])),
        role("r-lent", services, AttachedManagedPolicies=attached("dev")),
        role("boss", services, allow(), Tags=world["boss_tags"]),
        role("held", trust, allow(), boundary="tight", AttachedManagedPolicies=attached("tight")),
        role("r-next", by_r, *(policy(*s) for s in world["next"]), boundary=world["next_boundary"]),
        managed("wide", allow()),
        managed("tight", policy(*world["tight"])),
        managed("dev", *(policy(*s) for s in world["dev"])),
    )


U = f"arn:aws:iam::{OWN}:user/u"


def levels(world: dict[str, Any]) -> dict[str, Any]:
    return {"": levels_of([[allow(), policy(*world["scp"])]])} if world["scp"] else {}


def standing(found: Account, scps: dict[str, Any]) -> Standing:
    return Escalations([found], scps).standings[f"arn:aws:iam::{OWN}:user/u"]


@settings(max_examples=100, deadline=None)
@given(worlds(), statements("Allow"))
def test_an_allow_never_removes_a_way(world: dict[str, Any], more: dict[str, Any]) -> None:
    scps = levels(world)
    before, after = standing(built(world), scps), standing(built(world, more), scps)
    assert RANK[before.admin] <= RANK[after.admin]
    if after.admin == "escalation":
        # A way over others is left out only where there is a nearer one.
        assert (after.rank or 0) <= (before.rank or after.rank or 0)
        if after.rank == before.rank:
            assert {r.id for r in before.routes} <= {r.id for r in after.routes}


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_each_step_is_allowed_and_closes_the_way_when_denied(world: dict[str, Any]) -> None:
    found, scps = built(world), levels(world)
    for one in Escalations([found], scps).standings.values():
        for route in one.routes:
            for call in route.calls:
                assert confirmed(call, found, scps.get("", ())), (route, call)
            functions = {c.resource for c in route.calls if _names_a_function(c.action)}
            assert len(functions) <= 1, route
            # Each action of a way is one of its calls.
            assert set(route.actions) == {call.action for call in route.calls}, route
    mine = standing(found, scps)
    for action in sorted({c.action for r in mine.routes for c in r.calls if c.principal == U}):
        shut = deny(Action=action)
        closed = standing(built(world, shut["Statement"][0]), scps)
        for route in closed.routes:
            for call in route.calls:
                # Only once the Deny is gone, which some way took away from the user.
                if (call.principal, call.action) == (U, action):
                    assert call.by is not None
                    assert all(s.document != document(shut) for s in call.by.sources), route


@settings(max_examples=80, deadline=None)
@given(worlds(), st.sampled_from(ACTIONS[:-5]), st.sampled_from([None, *RESOURCES[1:]]))
def test_what_can_be_done_is_what_the_decision_engine_allows(
    world: dict[str, Any], action: str, resource: str | None
) -> None:
    found = built(world)
    subject = found.subjects[f"arn:aws:iam::{OWN}:user/u"]
    reach = Ground([found], {}, "", None).reach(subject)
    target = resource if resource and "*" not in resource else None
    if action in ASSUMING:
        return
    access = reach.can(action, target)
    assert all(confirmed(call, found) for call in access.calls)
    if not access and database().bit(action):
        # Nothing at all goes through: no request of a few likely ones either.
        arn = target or f"arn:aws:iam::{OWN}:user/u"
        for agent in ("x", "y"):
            for mfa in ({}, {"aws:MultiFactorAuthPresent": "true"}):
                context = {"aws:UserAgent": agent, **mfa}
                tags = {f"aws:PrincipalTag/{k}": v for k, v in subject.tags.items()}
                keys = tuple((context | tags).items())
                call = Call(subject.arn, action, arn, keys, subject)
                assert not confirmed(call, found) or _other_kind(action, arn)


def _names_a_function(action: str) -> bool:
    """Whether a call of an action says which function; a mapping's creation has a key for it."""
    return any(":function:" in kind for kind in templates(action, "aws", OWN)[0])


def _other_kind(action: str, arn: str) -> bool:
    """Whether an action is not called on such a resource, which only a name shows."""
    users = any(name in action for name in ("User", "AccessKey", "LoginProfile"))
    return ":user/" in arn and (not users or "Group" in action)


# -- ways that take several principals --------------------------------------------------------

NARROW = [
    "sts:AssumeRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DetachRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:PutRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:AttachRolePolicy",
]
R = f"arn:aws:iam::{OWN}:role"
ROLES = [f"{R}/r0", f"{R}/r1", f"{R}/r2", f"{R}/held", f"arn:aws:iam::{OWN}:policy/no"]
CHIEF = allow(Action=["iam:*", "s3:*", "ec2:RunInstances", "kms:*"])
MARKED = {"StringEquals": {"aws:PrincipalTag/team": "admin"}}


@st.composite
def narrow(draw: Any) -> dict[str, Any]:
    """An Allow of a change, or of acting as somebody, on one or two by name."""
    resources = draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=2))
    return allow(Action=draw(st.sampled_from(NARROW)), Resource=resources)["Statement"][0]


@st.composite
def circles(draw: Any) -> list[dict[str, Any]]:
    """A user and roles that act as each other, and one that would be an administrator."""
    some = st.lists(narrow(), max_size=3)
    who = st.sampled_from([U, f"{R}/r0", f"{R}/r1", f"{R}/r2", OWN])
    held = draw(st.sampled_from(["boundary", "deny", "both", "tag"]))
    mine = (
        {**CHIEF["Statement"][0], "Condition": MARKED} if held == "tag" else CHIEF["Statement"][0]
    )
    denied = attached("no") if held in ("deny", "both") else []
    return [
        user("u", policy(*draw(some))),
        *(role(f"r{n}", {"AWS": draw(who)}, policy(*draw(some))) for n in range(3)),
        role(
            "held",
            {"AWS": draw(who)},
            policy(mine),
            boundary="tight" if held in ("boundary", "both") else "",
            AttachedManagedPolicies=denied,
        ),
        managed("tight", allow(Action="s3:*")),
        managed("no", deny(Action="iam:*")),
    ]


@settings(max_examples=80, deadline=None)
@given(circles(), narrow())
def test_the_laws_hold_for_ways_over_several(
    circle: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    found = account(*circle)
    before = Escalations([found]).standings
    for standing in before.values():
        for route in standing.routes:
            for call in route.calls:
                assert confirmed(call, found), (route, call)
    # An Allow more never removes a way.
    one, *rest = circle
    after = Escalations([account(user("u", *_own(one), policy(more)), *rest)]).standings
    for arn, standing in before.items():
        assert RANK[standing.admin] <= RANK[after[arn].admin], arn
    # What the user takes a step by closes that way when it is denied.
    for route in before[U].routes:
        for call in route.calls:
            shut = deny(Action=call.action, Resource=call.resource)
            if call.principal == U:
                closed = Escalations([account(user("u", *_own(one), shut), *rest)]).standings[U]
                assert call not in [c for r in closed.routes for c in r.calls], route


def _own(record: dict[str, Any]) -> list[Any]:
    return [item["PolicyDocument"] for item in record["UserPolicyList"]]


def _one_by_one(_: Influence, standing: Standing) -> tuple[object, ...]:
    return (standing.subject.state, standing.only)


@settings(max_examples=50, deadline=None)
@given(circles(), st.lists(narrow(), max_size=2))
def test_what_is_spared_for_those_of_one_power_changes_no_answer(
    circle: list[dict[str, Any]], some: list[dict[str, Any]]
) -> None:
    alike = [role(f"r{n}", {"AWS": OWN}, policy(*some)) for n in range(3, 6)]
    found = account(*circle, *alike)
    spared = Escalations([found]).standings
    with patch.object(Influence, "_power", _one_by_one):
        every = Escalations([found]).standings
    assert {a: s.admin for a, s in spared.items()} == {a: s.admin for a, s in every.items()}


def _reached(circle: list[dict[str, Any]]) -> bool:
    """Whether trying every request of a circle, by the decision engine alone, makes an administrator.

    Changes only ever add here, so that each is made as soon as somebody who is held may make it.
    """
    found = account(*circle)
    now, held = dict(found.subjects), {U}
    told: dict[str, tuple[str, Callable[[Subject], Subject]]] = {
        "iam:DeleteRolePermissionsBoundary": (
            "",
            lambda s: replace(s, boundary=None, boundary_arn=""),
        ),
        "iam:DetachRolePolicy": (
            f"arn:aws:iam::{OWN}:policy/no",
            lambda s: replace(s, sources=tuple(x for x in s.sources if not x.arn)),
        ),
        "iam:TagRole": ("", lambda s: replace(s, tags={"team": "admin"})),
        "iam:PutRolePolicy": ("", _given_everything),
        "iam:AttachRolePolicy": ("arn:aws:iam::aws:policy/AdministratorAccess", _given_everything),
    }
    while True:
        state = (frozenset(held), tuple(s.state for s in now.values()))
        for who in [now[arn] for arn in sorted(held)]:
            for arn, role_ in list(now.items()):
                if arn == U:
                    continue
                if _may(who, "sts:AssumeRole", arn, {}, role_.trust):
                    held.add(arn)
                for action, (carried, alter) in told.items():
                    context = {"iam:PolicyARN": carried, "aws:RequestTag/team": "admin"}
                    context |= {"iam:PermissionsBoundary": role_.boundary_arn}
                    if _may(who, action, arn, context):
                        now[arn] = alter(now[arn])
            if _may(who, "iam:CreatePolicyVersion", ROLES[-1], {}):
                now = {
                    a: _given_everything(
                        replace(s, sources=tuple(x for x in s.sources if x.arn != ROLES[-1]))
                    )
                    if any(x.arn == ROLES[-1] for x in s.sources)
                    else s
                    for a, s in now.items()
                }
        if state == (frozenset(held), tuple(s.state for s in now.values())):
            return any(strength(Reach(now[arn])) for arn in held)


def _given_everything(subject: Subject) -> Subject:
    if any(source.document == document(allow()) for source in subject.sources):
        return subject
    return replace(subject, sources=(*subject.sources, PolicySource("all", document(allow()))))


def _may(
    who: Subject, action: str, arn: str, context: dict[str, Any], trust: Document | None = None
) -> bool:
    tags = {f"aws:PrincipalTag/{k}": v for k, v in who.tags.items()}
    policies = Policies(tuple(s.document for s in who.sources), who.boundary, resource=trust)
    request = Request(who.arn, action, arn, context=context | tags)
    return decide(request, policies).decision == ALLOWED


@settings(max_examples=60, deadline=None)
@given(circles())
def test_whoever_gets_there_by_trying_every_request_is_never_none(
    circle: list[dict[str, Any]],
) -> None:
    if _reached(circle):
        assert Escalations([account(*circle)]).standings[U].admin != "none"
