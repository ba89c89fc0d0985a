"""Ways that a tag opens: on oneself, on the target, in its trust policy, set by whomever.

The rules are those of the IAM User Guide: "What is ABAC for AWS?", "Controlling access to and for
IAM users and roles using tags", "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reportgen.policy import influence
from reportgen.policy.analyse import analyse
from reportgen.policy.conditions import Context
from reportgen.policy.document import parse
from reportgen.policy.effects import Effects
from reportgen.policy.escalation import Escalations
from reportgen.policy.ground import Ground
from reportgen.policy.tagging import (
    MOST_VALUES,
    Tagged,
    name_of,
    several,
    tag_keys,
    tagged_in,
    telling,
)
from tests.policies import (
    OTHER,
    OWN,
    account,
    admin,
    allow,
    attached,
    confirmed,
    deny,
    judged,
    managed,
    policy,
    role,
    statement,
    trust_policy,
    user,
)
from tests.policy.test_joint import with_inline

R = f"arn:aws:iam::{OWN}:role"
U = f"arn:aws:iam::{OWN}:user"
LAMBDA = {"Service": "lambda.amazonaws.com"}
OPS = {"StringEquals": {"aws:ResourceTag/team": "ops"}}
SAME = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
FUNCTIONS = ["lambda:CreateFunction", "lambda:InvokeFunction"]


def may(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(Action=action, Resource=resource, **more)


def tags(**named: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in named.items()]


def trusts(principal: Any, **conditions: Any) -> dict[str, Any]:
    return trust_policy(principal, Condition=conditions)


def by(name: str, kind: str = "role") -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{OWN}:{kind}/{name}"}


def shut_out(**conditions: Any) -> dict[str, Any]:
    """A trust policy that lets the account in, but for a Deny."""
    of = {"Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}
    return {
        "Statement": [
            {"Effect": "Allow", **of},
            {"Effect": "Deny", **of, "Condition": conditions},
        ]
    }


TRUSTED_OPS = trusts({"AWS": OWN}, **OPS)
BOSS = role("boss", {"AWS": OWN}, allow(), Tags=tags(team="ops"))
BARE = role("boss", {"AWS": OWN}, allow())
ACTS_AS_M = may("sts:AssumeRole", f"{R}/m")
TAGS_BOSS = may("iam:TagRole", f"{R}/boss")
# Records, the path, and the actions in their order.
CASES: dict[str, tuple[list[dict[str, Any]], str, list[str]]] = {
    "the trust policy asks for a tag that the role has": (
        [
            user("u", may("sts:AssumeRole")),
            role("boss", TRUSTED_OPS, allow(), Tags=tags(TEAM="ops")),
        ],
        "sts-001",
        ["sts:AssumeRole"],
    ),
    "the trust policy asks for a tag that is set before": (
        [user("u", may(["sts:AssumeRole", "iam:TagRole"])), role("boss", TRUSTED_OPS, allow())],
        "sts-001",
        ["iam:TagRole", "sts:AssumeRole"],
    ),
    "the trust policy that names one asks for a tag": (
        [user("u", TAGS_BOSS), role("boss", trusts(by("u", "user"), **OPS), allow())],
        "sts-001",
        ["iam:TagRole", "sts:AssumeRole"],
    ),
    "the trust policy asks for two tags, set in one call": (
        [
            user("u", TAGS_BOSS),
            role(
                "boss",
                trusts(
                    by("u", "user"),
                    StringEquals={"iam:ResourceTag/team": "ops", "aws:ResourceTag/env": "prod"},
                ),
                allow(),
            ),
        ],
        "sts-001",
        ["iam:TagRole", "sts:AssumeRole"],
    ),
    "the trust policy denies by a tag that is taken away": (
        [
            user("u", may(["sts:AssumeRole", "iam:UntagRole"], f"{R}/boss")),
            role(
                "boss",
                shut_out(StringEquals={"aws:ResourceTag/held": "yes"}),
                allow(),
                Tags=tags(held="yes"),
            ),
        ],
        "sts-001",
        ["iam:UntagRole", "sts:AssumeRole"],
    ),
    "the trust policy compares the tag with the caller's": (
        [
            user("u", may("sts:AssumeRole"), Tags=tags(team="ops")),
            role("boss", trusts({"AWS": OWN}, **SAME), allow(), Tags=tags(team="ops")),
        ],
        "sts-001",
        ["sts:AssumeRole"],
    ),
    "oneself tagged as the target of a comparison is": (
        [
            user("u", may("sts:AssumeRole", Condition=SAME), may("iam:TagUser", f"{U}/u")),
            BOSS,
        ],
        "sts-001",
        ["iam:TagUser", "sts:AssumeRole"],
    ),
    "oneself tagged as the trust policy compares": (
        [
            user("u", may("sts:AssumeRole"), may("iam:TagUser", f"{U}/u"), Tags=tags(team="dev")),
            role("boss", trusts({"AWS": OWN}, **SAME), allow(), Tags=tags(team="ops")),
        ],
        "sts-001",
        ["iam:TagUser", "sts:AssumeRole"],
    ),
    "the target tagged as oneself is": (
        [user("u", may("sts:AssumeRole", Condition=SAME), TAGS_BOSS, Tags=tags(team="dev")), BOSS],
        "sts-001",
        ["iam:TagRole", "sts:AssumeRole"],
    ),
    "a role tagged as itself is, to pass it": (
        [
            user("u", ACTS_AS_M),
            role(
                "m",
                by("u", "user"),
                may("iam:PassRole", Condition=SAME),
                may([*FUNCTIONS, "iam:TagRole"]),
                Tags=tags(team="dev"),
            ),
            role("boss", LAMBDA, allow(), Tags=tags(team="ops")),
        ],
        "sts-001",
        ["sts:AssumeRole"],
    ),
    "oneself tagged so that a resource pattern names oneself": (
        [
            user(
                "u",
                may("iam:PutUserPolicy", f"{U}/${{aws:PrincipalTag/who}}"),
                may("iam:TagUser", f"{U}/u"),
            )
        ],
        "iam-007",
        ["iam:TagUser", "iam:PutUserPolicy"],
    ),
    "two tags of oneself made the same": (
        [
            user(
                "u",
                may(
                    "iam:PutUserPolicy",
                    Condition={
                        "StringEquals": {"aws:ResourceTag/a": "${aws:PrincipalTag/b}"},
                    },
                ),
                may("iam:TagUser", f"{U}/u"),
            )
        ],
        "iam-007",
        ["iam:TagUser", "iam:PutUserPolicy"],
    ),
    "a third tags, the user assumes": (
        [
            user("u", ACTS_AS_M, may("sts:AssumeRole", f"{R}/boss", Condition=OPS)),
            role("m", by("u", "user"), TAGS_BOSS),
            BARE,
        ],
        "sts-001",
        ["sts:AssumeRole", "iam:TagRole"],
    ),
    "the user tags, a third assumes": (
        [
            user("u", ACTS_AS_M, TAGS_BOSS),
            role("m", by("u", "user"), may("sts:AssumeRole", f"{R}/boss", Condition=OPS)),
            BARE,
        ],
        "sts-001",
        ["iam:TagRole", "sts:AssumeRole"],
    ),
    "the user tags for a trust policy that lets a third in": (
        [
            user("u", ACTS_AS_M, TAGS_BOSS),
            role("m", by("u", "user")),
            role("boss", trusts(by("m"), **OPS), allow()),
        ],
        "sts-001",
        ["iam:TagRole", "sts:AssumeRole"],
    ),
    "one third tags, another passes": (
        [
            user("u", may("sts:AssumeRole", [f"{R}/m", f"{R}/n"])),
            role("m", by("u", "user"), TAGS_BOSS),
            role(
                "n",
                by("u", "user"),
                may("iam:PassRole", f"{R}/boss", Condition=OPS),
                may(FUNCTIONS),
            ),
            role("boss", LAMBDA, allow()),
        ],
        "lambda-001",
        ["sts:AssumeRole", "iam:TagRole", "iam:PassRole", *FUNCTIONS],
    ),
    "a third tags a user whose keys the user may make": (
        [
            user("u", ACTS_AS_M, may("iam:CreateAccessKey", f"{U}/boss", Condition=OPS)),
            role("m", by("u", "user"), may("iam:TagUser", f"{U}/boss")),
            user("boss", allow()),
        ],
        "iam-002",
        ["iam:CreateAccessKey", "sts:AssumeRole", "iam:TagUser"],
    ),
    "one third tags, another gives rights": (
        [
            user("u", may("sts:AssumeRole", [f"{R}/m", f"{R}/n", f"{R}/t"])),
            role("m", by("u", "user"), may("iam:TagRole", f"{R}/t")),
            role("n", by("u", "user"), may("iam:PutRolePolicy", f"{R}/t", Condition=OPS)),
            role("t", by("u", "user")),
        ],
        "iam-005",
        ["sts:AssumeRole", "iam:TagRole", "iam:PutRolePolicy"],
    ),
    "a third tags whom the user then gives rights and assumes": (
        [
            user(
                "u",
                ACTS_AS_M,
                may(["iam:PutRolePolicy", "sts:AssumeRole"], f"{R}/t", Condition=OPS),
            ),
            role("m", by("u", "user"), may("iam:TagRole", f"{R}/t")),
            role("t", {"AWS": OWN}),
        ],
        "iam-005",
        ["sts:AssumeRole", "iam:TagRole", "iam:PutRolePolicy"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_way_is_found(name: str) -> None:
    records, path_id, actions = CASES[name]
    found = judged(*records)["u"]
    assert found["admin"] == "escalation"
    by_id = {path["id"]: path for path in found["paths"]}
    assert sorted(by_id[path_id]["actions"]) == sorted(actions)
    assert not by_id[path_id]["hurdles"]


@pytest.mark.parametrize("name", CASES)
def test_each_step_is_allowed_and_closes_the_way_when_denied(name: str) -> None:
    records, path_id, _ = CASES[name]
    found = account(*records)
    routes = Escalations([found]).standings[f"{U}/u"].routes
    for call in next(r for r in routes if r.id == path_id).calls:
        assert confirmed(call, found), call
        shut = deny(Action=call.action, Resource=call.resource)
        kind, name_of = call.principal.rsplit(":", 1)[1].split("/")
        key = "UserName" if kind == "user" else "RoleName"
        closed = [with_inline(r, shut) if r.get(key) == name_of else r for r in records]
        assert admin(*closed) == "none", call


NEVER: dict[str, list[dict[str, Any]]] = {
    "the role lacks the tag": [
        user("u", may("sts:AssumeRole")),
        role("boss", TRUSTED_OPS, allow()),
    ],
    "the role has another value": [
        user("u", may("sts:AssumeRole")),
        role("boss", TRUSTED_OPS, allow(), Tags=tags(team="Ops")),
    ],
    "the trust policy denies by a tag that it has": [
        user("u", may("sts:AssumeRole")),
        role("boss", shut_out(Null={"aws:ResourceTag/held": "false"}), allow(), Tags=tags(held="")),
    ],
    "another role may be tagged": [
        user("u", may("sts:AssumeRole"), may("iam:TagRole", f"{R}/m")),
        role("boss", TRUSTED_OPS, allow()),
    ],
    "the value may not be set": [
        user(
            "u",
            may("sts:AssumeRole", Condition=SAME),
            may(
                "iam:TagUser",
                f"{U}/u",
                Condition={"StringNotEquals": {"aws:RequestTag/team": "ops"}},
            ),
        ),
        BOSS,
    ],
    "the tag of a third's own name only": [
        user("u", may("iam:PutUserPolicy", f"{U}/app-${{aws:PrincipalTag/who}}")),
        user("app-x"),
    ],
    "the third that tags lets nobody in": [
        user("u", ACTS_AS_M, may("sts:AssumeRole", f"{R}/boss", Condition=OPS)),
        role("m", by("x", "user"), TAGS_BOSS),
        BARE,
    ],
    "the third sets another tag": [
        user("u", ACTS_AS_M, may("sts:AssumeRole", f"{R}/boss", Condition=OPS)),
        role(
            "m",
            by("u", "user"),
            may(
                "iam:TagRole",
                Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["env"]}},
            ),
        ),
        BARE,
    ],
}


@pytest.mark.parametrize("name", NEVER)
def test_there_is_no_way(name: str) -> None:
    assert admin(*NEVER[name]) == "none"


def test_a_role_of_another_account_is_tagged_by_nobody_here() -> None:
    # IAM API Reference, TagRole: the role is one of the caller's account.
    u = user("u", may(["sts:AssumeRole", "iam:TagRole"]))
    boss = role("boss", trusts(by("u", "user"), **OPS), allow())
    there = {**boss, "Arn": f"arn:aws:iam::{OTHER}:role/boss"}
    rows = analyse([account(u), account(there)])
    assert [row["admin"] for row in rows] == ["none", "full"]
    rows = analyse([account(u), account({**there, "Tags": tags(team="ops")})])
    assert [row["admin"] for row in rows] == ["escalation", "full"]


def test_what_a_tag_needs_is_told_before_it_is_used() -> None:
    (found,) = judged(*CASES["one third tags, another passes"][0])["u"]["paths"]
    assert found["explanation"] == (
        "1. user/u assumes role/m, whose trust names it; "
        "2. as role/m, iam:TagRole on role/boss, as conditions ask; "
        "3. user/u assumes role/n, whose trust names it; "
        "4. as role/n, iam:PassRole, lambda:CreateFunction, lambda:InvokeFunction: passes role/boss "
        "to lambda.amazonaws.com; 5. role/boss is an administrator."
    )


def test_tags_that_were_not_tried_are_a_perhaps(monkeypatch: pytest.MonkeyPatch) -> None:
    records, _, _ = CASES["a third tags, the user assumes"]
    monkeypatch.setitem(influence.MOST, "tagged", (1, 0))
    # There are two roles to look at.
    (found,) = judged(*records)["u"]["paths"]
    assert (found["id"], found["hurdles"]) == (
        "control-001",
        ["if one of very many that were not tried leads on"],
    )
    monkeypatch.setitem(influence.MOST, "tagged", (2, 0))
    (found,) = judged(*records)["u"]["paths"]
    assert found["id"] == "sts-001"


def _told(condition: dict[str, Any], key: str, tagged: Tagged, **known: str) -> list[str]:
    statements = parse(allow(Condition=condition)).usable
    context = Context({f"aws:principaltag/{k}": v for k, v in known.items()}, is_open=True)
    return telling(key, statements, context, tagged)


EVIDENCE = tagged_in(
    [account(user("u", Tags=tags(team="dev")), role("m", LAMBDA, Tags=tags(Team="ops", env="x")))]
)
FRESH = "zz-unlisted-by-anyone"


def test_the_values_of_a_comparison_are_those_that_the_other_tag_has() -> None:
    assert _told(SAME, "aws:principaltag/team", EVIDENCE) == ["dev", "ops", FRESH]
    assert _told(SAME, "aws:principaltag/other", EVIDENCE) == []
    # The target's, where the caller's own is known: that one.
    found = _told(SAME, "aws:resourcetag/team", EVIDENCE, team="sales")
    assert "sales" in found
    assert "dev" not in found
    turned = {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/env}"}}
    assert {"x", FRESH} <= set(_told(turned, "aws:principaltag/team", EVIDENCE))


def test_of_values_to_compare_with_at_most_a_hundred_are_tried() -> None:
    many = [role(f"r{n}", LAMBDA, Tags=tags(team=f"t{n:03}")) for n in range(MOST_VALUES)]
    found = _told(SAME, "aws:principaltag/team", tagged_in([account(*many)]))
    assert found == [f"t{n:03}" for n in range(MOST_VALUES)]
    found = _told(SAME, "aws:principaltag/team", tagged_in([account(*many[1:])]))
    assert found == [*(f"t{n:03}" for n in range(1, MOST_VALUES)), FRESH]


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("arn:aws:iam::*:role/app-${aws:PrincipalTag/who}-*", ["x"]),
        ("arn:aws:iam::*:role/*-${aws:PrincipalTag/who}", ["1", "y"]),
        ("arn:aws:iam::*:role/*p-${aws:PrincipalTag/who}-?", ["x"]),
        ("arn:aws:iam::*:role/a${aws:PrincipalTag/who}1", ["pp-x-"]),
        ("arn:aws:iam::*:role/b${aws:PrincipalTag/who}1", []),
        ("arn:aws:iam::*:role/a${aws:PrincipalTag/who}2", []),
        ("arn:aws:iam::*:role/${aws:PrincipalTag/who}/app-*", ["team"]),
        (f"{U}/${{aws:PrincipalTag/who}}", ["dana"]),
        ("arn:aws:iam::*:group/${aws:PrincipalTag/who}", ["g"]),
        ("arn:aws:iam::*:policy/${aws:PrincipalTag/who}", ["p"]),
        ("arn:aws:s3:::${aws:PrincipalTag/who}", []),
        (f"{U}/${{aws:PrincipalTag/other}}", []),
        (f"{U}/${{aws:PrincipalTag/who}}${{aws:username}}", []),
    ],
)
def test_the_values_of_a_resource_pattern_are_those_that_name_somebody(
    pattern: str, values: list[str]
) -> None:
    found = tagged_in(
        [
            account(
                user("dana"),
                role("app-x-1", LAMBDA),
                role("app-y", LAMBDA, path="/team/"),
                {"GroupName": "g", "Arn": f"arn:aws:iam::{OWN}:group/g", "GroupPolicyList": []},
                managed("p", allow()),
            )
        ]
    )
    statements = parse(allow(Resource=pattern)).usable
    context = Context({}, is_open=True)
    for _ in range(2):
        assert telling("aws:principaltag/who", statements, context, found) == values
    # In the language of 2008 there are no variables.
    old = parse({"Version": "2008-10-17", "Statement": [statement(Resource=pattern)]}).usable
    assert telling("aws:principaltag/who", old, context, found) == []


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        # What stands behind the tag is cut off at the end, or where something may follow it.
        ("arn:aws:iam::*:role/${aws:PrincipalTag/who}-z", ["twin-z"]),
        ("arn:aws:iam::*:role/${aws:PrincipalTag/who}-z*", ["twin"]),
        ("arn:aws:iam::*:role/twi${aws:PrincipalTag/who}*", ["n-z-z"]),
        ("arn:aws:iam::*:role/twi${aws:PrincipalTag/who}", ["n-z-z"]),
    ],
)
def test_a_value_ends_where_the_rest_of_the_pattern_begins(pattern: str, values: list[str]) -> None:
    found = tagged_in([account(role("twin-z-z", LAMBDA))])
    statements = parse(allow(Resource=pattern)).usable
    context = Context({}, is_open=True)
    assert telling("aws:principaltag/who", statements, context, found) == values


def test_a_tag_may_have_a_slash_in_its_name() -> None:
    # IAM User Guide, "Rules for tagging in IAM and AWS STS": . : / = + - @ are allowed.
    assert name_of("aws:principaltag/team/lead") == "team/lead"
    condition = {"StringEquals": {"aws:PrincipalTag/team/lead": "ops"}}
    statements = parse(allow(Condition=condition)).usable
    assert tag_keys(statements, "aws:principaltag/") == ["aws:principaltag/team/lead"]


def test_what_a_statement_asks_of_several_tags() -> None:
    def asked(condition: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        (one,) = parse(policy(statement(Condition=condition))).usable
        return several(one, "aws:principaltag/")

    two = {"aws:PrincipalTag/Team": "ops", "aws:PrincipalTag/env": "prod"}
    assert asked({"StringEquals": two}) == (("team", "ops"), ("env", "prod"))
    # One tag is no several, and of one that nothing can meet nothing is said.
    assert asked({"StringEquals": {"aws:PrincipalTag/team": "ops"}}) == ()
    never = {"StringEquals": two, "StringNotEquals": {"aws:PrincipalTag/env": "prod"}}
    assert asked(never) == (("team", "ops"),)


def test_what_somebody_becomes_does_not_hang_on_who_tagged_it_for_another() -> None:
    # The role could give itself rights if it were tagged, which the third may do.
    held = {"StringNotEquals": {"aws:ResourceTag/team": "ops"}}
    found = account(
        user("u"),
        role("m", by("u", "user"), may("iam:TagRole")),
        role("t", LAMBDA, AttachedManagedPolicies=attached("held")),
        managed("held", deny(Condition=held, Resource=f"{R}/t")),
    )
    ground = Ground([found], None, "", None)
    effects = Effects(ground)
    u, m, t = (found.subjects[arn] for arn in (f"{U}/u", f"{R}/m", f"{R}/t"))
    (iam,) = (p for p in ground.payloads(u) if p.arn.endswith("/IAMFullAccess"))
    for one in (effects.tagged_by(ground.reach(m)), effects):
        assert not one.becomes(u, t, "iam:AttachRolePolicy", t.arn, iam)
    tagged = replace(t, tags={"team": "ops"})
    assert effects.becomes(u, tagged, "iam:AttachRolePolicy", t.arn, iam)


def test_of_two_alike_the_one_that_the_tagged_role_names_has_a_way() -> None:
    acts = may("sts:AssumeRole", f"{R}/m")
    records = [
        user("u", acts),
        user("w", acts),
        role("m", {"AWS": OWN}, TAGS_BOSS),
        role("boss", trusts(by("w", "user"), **OPS), allow()),
    ]
    both = {"AWS": [f"{U}/u", f"{U}/w"]}
    for more in ([], [role("other", both, may("s3:Get*"))]):
        rows = judged(*records, *more)
        assert {name: row["admin"] for name, row in rows.items() if name != "other"} == {
            "u": "none",
            "w": "escalation",
            "m": "none",
            "boss": "full",
        }


def test_of_two_alike_the_one_that_the_third_may_tag_has_a_way() -> None:
    # A user that may write its own policies once it is tagged, which the third does for one only.
    own = f"{U}/${{aws:username}}"
    alike = (may("sts:AssumeRole", f"{R}/m"), may("iam:PutUserPolicy", own, Condition=OPS))
    records = [
        user("u", *alike),
        user("w", *alike),
        role("m", {"AWS": OWN}, may("iam:TagUser", f"{U}/w")),
    ]
    rows = judged(*records)
    found = {name: [path["id"] for path in row["paths"]] for name, row in rows.items()}
    assert found == {"u": [], "w": ["iam-007"], "m": []}
