"""Ways that a change opens: no false "none". Each case names the page of AWS that says it."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.decision import levels_of
from tests.policies import (
    OWN,
    admin,
    allow,
    attached,
    deny,
    judged,
    managed,
    policy,
    role,
    statement,
    trust_policy,
    user,
)

AWS = "arn:aws:iam::aws:policy"
SELF = f"arn:aws:iam::{OWN}:user/u"
EC2 = {"Service": "ec2.amazonaws.com"}
ADMINISTRATOR = managed("chief", allow())


def to_policy(*arns: str, operator: str = "ArnEquals") -> dict[str, Any]:
    return {operator: {"iam:PolicyARN": list(arns)}}


def attach(condition: dict[str, Any], where: str = "*") -> dict[str, Any]:
    return allow(Action="iam:AttachUserPolicy", Resource=where, Condition=condition)


def ids(*records: dict[str, Any], name: str = "u") -> list[str]:
    return [p["id"] for p in judged(*records)[name]["paths"]]


# 1 to 5. IAM User Guide, "Controlling access to policies": iam:PolicyARN limits what may be
# attached; what it leaves open counts.
def test_1_attach_all_but_one_administrator_policy() -> None:
    but_one = to_policy(f"{AWS}/AdministratorAccess", operator="ArnNotEquals")
    assert admin(user("u", attach(but_one))) == "escalation"
    # IAMFullAccess is what is left, and it gives everything one step later.
    denied = deny(Action="iam:AttachUserPolicy", Condition=to_policy(f"{AWS}/AdministratorAccess"))
    assert ids(user("u", allow(Action="iam:AttachUserPolicy"), denied)) == ["iam-008"]
    both = to_policy(f"{AWS}/AdministratorAccess", f"{AWS}/IAMFullAccess")
    closed = deny(Action="iam:AttachUserPolicy", Condition=both)
    assert admin(user("u", allow(Action="iam:AttachUserPolicy"), closed)) == "none"


def test_2_attach_only_iam_full_access() -> None:
    only = attach(to_policy(f"{AWS}/IAMFullAccess"), SELF)
    found = judged(user("u", only))["u"]["paths"]
    assert [(p["id"], p["explanation"]) for p in found] == [
        (
            "iam-008",
            "iam:AttachUserPolicy of policy/IAMFullAccess on user/u "
            "gives it an administrator's rights.",
        )
    ]
    assert admin(user("u", attach(to_policy(f"{AWS}/ReadOnlyAccess"), SELF))) == "none"


def test_3_attach_only_customer_policies_one_of_which_is_an_administrators() -> None:
    own = attach(to_policy(f"arn:aws:iam::{OWN}:policy/*", operator="ArnLike"), SELF)
    weak = managed("reader", allow(Action="s3:GetObject"))
    assert admin(user("u", own), weak) == "none"
    assert ids(user("u", own), weak, ADMINISTRATOR) == ["iam-008"]


def test_4_what_is_attached_is_still_held_by_the_boundary() -> None:
    # IAM User Guide, "Permissions boundaries for IAM entities".
    limit = managed("limit", allow(Action=["s3:*", "iam:AttachUserPolicy"]))
    assert admin(user("u", allow(Action="iam:AttachUserPolicy"), boundary="limit"), limit) == "none"


def test_5_a_group_that_it_is_a_member_of_can_be_given_everything() -> None:
    group = {"GroupName": "g", "Arn": f"arn:aws:iam::{OWN}:group/g", "GroupPolicyList": []}
    put = allow(Action="iam:PutGroupPolicy", Resource=group["Arn"])
    assert ids(user("u", put, GroupList=["g"]), group) == ["iam-011"]
    assert admin(user("u", put), group) == "none"


# 6 to 8. IAM User Guide, "Delegating responsibility to others using permissions boundaries".
def _creator(limit: str, *extra: Any) -> dict[str, Any]:
    bound = {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{OWN}:policy/{limit}"}}
    makes = allow(Action=["iam:CreateRole", "iam:AttachRolePolicy"], Condition=bound)
    return user("u", makes, *extra)


def test_6_a_demanded_boundary_that_allows_everything_holds_nobody() -> None:
    assert ids(_creator("open"), managed("open", allow())) == ["create-002"]
    assert admin(_creator("tight"), managed("tight", allow(Action="s3:*"))) == "none"


def test_7_aws_own_administrator_policy_as_the_demanded_boundary() -> None:
    bound = {"StringEquals": {"iam:PermissionsBoundary": f"{AWS}/AdministratorAccess"}}
    makes = allow(Action=["iam:CreateRole", "iam:PutRolePolicy"], Condition=bound)
    assert ids(user("u", makes)) == ["create-002"]


def test_8_another_boundary_may_be_put_only_where_it_limits_nothing() -> None:
    limit = managed("limit", allow(Action=["s3:*", "iam:PutUserPermissionsBoundary"]))
    bounded = user("u", allow(), boundary="limit")
    assert ids(bounded, limit) == ["extra-010"]
    same = {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{OWN}:policy/limit"}}
    only = [allow(Action="s3:*"), allow(Action="iam:PutUserPermissionsBoundary", Condition=same)]
    tight = managed("limit", policy(*(s for d in only for s in d["Statement"])))
    assert admin(user("u", allow(), boundary="limit"), tight) == "none"


# 9 to 13. IAM User Guide, "What is ABAC for AWS?" and "Controlling access to and for IAM users and
# roles using tags": who may tag itself chooses what aws:PrincipalTag says.
TEAM = {"StringEquals": {"aws:PrincipalTag/team": "admin"}}
TAG_SELF = allow(Action="iam:TagUser", Resource=SELF)


def test_9_tagging_oneself_meets_the_condition_of_ones_own_allow() -> None:
    tagged = allow(Condition=TEAM)
    assert ids(user("u", tagged, TAG_SELF)) == ["tag-001"]
    assert admin(user("u", tagged)) == "none"
    assert admin(user("u", tagged, Tags=[{"Key": "Team", "Value": "admin"}])) == "full"


def test_10_a_tag_that_may_not_be_set_to_that_value_is_no_way() -> None:
    other = {"StringEquals": {"aws:RequestTag/team": "guest"}}
    bound = allow(Action="iam:TagUser", Resource=SELF, Condition=other)
    assert admin(user("u", allow(Condition=TEAM), bound)) == "none"
    right = {"StringEquals": {"aws:RequestTag/team": "admin"}}
    bound = allow(Action="iam:TagUser", Resource=SELF, Condition=right)
    assert admin(user("u", allow(Condition=TEAM), bound)) == "escalation"


def test_11_a_tag_opens_a_way_that_goes_on() -> None:
    puts = allow(Action="iam:PutUserPolicy", Resource=SELF, Condition=TEAM)
    found = judged(user("u", puts, TAG_SELF))["u"]["paths"]
    assert [p["id"] for p in found] == ["iam-007"]
    assert found[0]["actions"] == ["iam:TagUser", "iam:PutUserPolicy"]
    assumes = allow(Action="sts:AssumeRole", Condition=TEAM)
    boss = role("boss", {"AWS": OWN}, allow())
    assert ids(user("u", assumes, TAG_SELF), boss) == ["sts-001"]
    assert admin(user("u", assumes), boss) == "none"


def test_12_untagging_oneself_escapes_a_deny() -> None:
    held = deny(
        Condition={"StringEquals": {"aws:PrincipalTag/held": "yes"}}, NotAction="iam:Untag*"
    )
    tags = [{"Key": "held", "Value": "yes"}]
    assert ids(user("u", allow(), held, Tags=tags)) == ["tag-001"]
    shut = deny(Condition={"StringEquals": {"aws:PrincipalTag/held": "yes"}})
    assert admin(user("u", allow(), shut, Tags=tags)) == "none"


def test_13_a_role_tags_itself() -> None:
    own = f"arn:aws:iam::{OWN}:role/r"
    tags = allow(Action="iam:TagRole", Resource=own)
    puts = allow(Action="iam:PutRolePolicy", Resource=own, Condition=TEAM)
    assert ids(role("r", EC2, puts, tags), name="r") == ["iam-005"]


# 14, 15. Service Authorization Reference, EC2 Instance Connect: SendSSHPublicKey "grants permission
# to push an SSH public key to the specified EC2 instance"; its role's credentials are then at hand.
def test_14_a_key_pushed_to_an_instance_reaches_its_role() -> None:
    pushes = user("u", allow(Action="ec2-instance-connect:SendSSHPublicKey"))
    assert ids(pushes, role("boss", EC2, allow())) == ["extra-021"]


def test_15_but_only_a_role_that_is_worth_it() -> None:
    pushes = user("u", allow(Action="ec2-instance-connect:SendSSHPublicKey"))
    assert admin(pushes, role("weak", EC2, allow(Action="s3:GetObject"))) == "none"
    assert admin(pushes, role("boss", {"Service": "glue.amazonaws.com"}, allow())) == "none"


# 16 to 19. AWS's own fences: fences.py names the pages.
LINKED = "/aws-service-role/x.amazonaws.com/"
RESERVED = "/aws-reserved/sso.amazonaws.com/"
ON_ROLES = ["iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"]


@pytest.mark.parametrize("path", [LINKED, RESERVED])
def test_16_roles_of_aws_are_not_rewritten(path: str) -> None:
    boss = role("boss", {"Service": "x.amazonaws.com"}, allow(), path=path)
    where = f"arn:aws:iam::{OWN}:role{path}*"
    assert admin(user("u", allow(Action=ON_ROLES, Resource=where)), boss) == "none"
    plain = role("boss", {"Service": "x.amazonaws.com"}, allow(), path="/app/")
    where = f"arn:aws:iam::{OWN}:role/app/*"
    assert admin(user("u", allow(Action=ON_ROLES, Resource=where)), plain) == "escalation"


def test_17_a_reserved_role_does_not_rewrite_itself() -> None:
    own = f"arn:aws:iam::{OWN}:role{RESERVED}r"
    puts = allow(Action=["iam:PutRolePolicy", "iam:AttachRolePolicy"], Resource=own)
    assert admin(role("r", {"AWS": OWN}, puts, path=RESERVED)) == "none"


def test_18_aws_policies_are_not_rewritten() -> None:
    read = managed("ReadOnlyAccess", allow(Action="s3:List*"), allow(), arn=f"{AWS}/ReadOnlyAccess")
    writes = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"]
    held = user(
        "u",
        allow(Action=writes, Resource=f"{AWS}/*"),
        AttachedManagedPolicies=attached(f"{AWS}/ReadOnlyAccess"),
    )
    assert admin(held, read) == "none"


def test_19_a_boundary_of_aws_is_not_rewritten() -> None:
    limit = managed("p", allow(Action=["s3:*", "iam:CreatePolicyVersion"]), arn=f"{AWS}/p")
    bounded = user("u", allow(), boundary=f"{AWS}/p")
    assert admin(bounded, limit) == "none"


# 20, 21. IAM User Guide, "Controlling access to and for IAM users and roles using tags": the tags
# of the target that the evidence shows.
ON_TAGGED = {"StringEquals": {"iam:ResourceTag/team": "ops"}}


def test_20_the_tags_of_the_target_decide() -> None:
    takes = user("u", allow(Action="sts:AssumeRole", Condition=ON_TAGGED))
    boss = role("boss", {"AWS": OWN}, allow())
    assert admin(takes, boss) == "none"
    assert admin(takes, {**boss, "Tags": [{"Key": "team", "Value": "dev"}]}) == "none"
    found = judged(takes, {**boss, "Tags": [{"Key": "Team", "Value": "ops"}]})["u"]
    assert (found["admin"], found["paths"][0]["hurdles"]) == ("escalation", [])


def test_21_who_may_tag_the_target_chooses_its_tags() -> None:
    writes = allow(Action=["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], Condition=ON_TAGGED)
    plain = role("plain", EC2)
    tags = allow(Action="iam:TagRole", Resource=plain["Arn"])
    assert admin(user("u", writes), plain) == "none"
    found = judged(user("u", writes, tags), plain)["u"]["paths"]
    assert [p["id"] for p in found] == ["iam-021"]
    assert "iam:TagRole" in found[0]["actions"]


def test_22_a_deny_is_taken_away_before_the_rest() -> None:
    # The Deny holds back PutUserPolicy; without it the user gives itself everything.
    held = policy(statement(Action=["iam:PutUserPolicy", "iam:DeleteUserPolicy"], Resource=SELF))
    found = judged(user("u", held, deny(Action="iam:PutUserPolicy")))["u"]["paths"]
    assert [p["actions"] for p in found] == [["iam:DeleteUserPolicy", "iam:PutUserPolicy"]]


def test_23_a_role_with_a_boundary_that_limits_nothing_is_worth_writing() -> None:
    bound = role("bound", {"AWS": OWN}, boundary="limit")
    writes = allow(Action=["iam:PutRolePolicy", "sts:AssumeRole"], Resource=bound["Arn"])
    assert "iam-017" in ids(user("u", writes), bound, managed("limit", allow()))
    assert admin(user("u", writes), bound, managed("limit", allow(Action="s3:*"))) == "none"


def test_24_a_trust_that_asks_for_a_tag_of_ones_own() -> None:
    boss = role("boss", trust_policy({"AWS": OWN}, Condition=TEAM), allow())
    takes = allow(Action="sts:AssumeRole", Resource=boss["Arn"])
    assert admin(user("u", takes), boss) == "none"
    assert admin(user("u", takes, Tags=[{"Key": "team", "Value": "admin"}]), boss) == "escalation"
    assert ids(user("u", takes, TAG_SELF), boss) == ["sts-001"]


def test_25_what_is_made_of_a_role_is_a_role() -> None:
    # AWS Organizations User Guide, "SCP evaluation": here no user may do anything.
    no_users = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:user/*"}}
    scps = levels_of([[allow(), deny(Condition=no_users)]])
    writer = role("u", {"AWS": OWN}, allow(Action="iam:PutRolePolicy"))
    assert admin(writer, scps=scps) == "escalation"
    writer = role("u", {"AWS": OWN}, allow(Action="iam:PutUserPolicy"))
    assert admin(writer, scps=scps) == "none"


# 26 to 33. IAM User Guide, "Permissions boundaries for IAM entities", "Controlling access to
# policies", "Tags for IAM users and roles": what is given is judged as it would be then.
V = f"arn:aws:iam::{OWN}:user/v"
APP = f"arn:aws:iam::{OWN}:role/app"


def member_groups(*names: str) -> list[dict[str, Any]]:
    head = f"arn:aws:iam::{OWN}:group"
    return [{"GroupName": n, "Arn": f"{head}/{n}", "GroupPolicyList": []} for n in names]


def test_26_a_policy_of_ones_group_is_held_by_ones_own_boundary() -> None:
    puts = allow(Action="iam:PutGroupPolicy", Resource=f"arn:aws:iam::{OWN}:group/g")
    limit = managed("limit", allow(Action=["s3:*", "iam:PutGroupPolicy"]))
    groups = member_groups("g", "h")
    held = user("u", puts, boundary="limit", GroupList=["g", "h"])
    assert admin(held, limit, *groups) == "none"
    assert admin(user("u", puts, GroupList=["g", "h"]), *groups) == "escalation"


def test_27_a_new_version_is_held_by_the_boundary_too() -> None:
    writes = allow(Action="iam:CreatePolicyVersion")
    own = {"AttachedManagedPolicies": attached("p")}
    p = managed("p", allow(Action="s3:GetObject"))
    limit = managed("limit", allow(Action=["s3:*", "iam:CreatePolicyVersion"]), arn=f"{AWS}/limit")
    held = user("u", writes, boundary=limit["Arn"], **own)
    assert admin(held, p, limit) == "none"
    assert ids(user("u", writes, **own), p) == ["iam-001"]


def test_28_a_role_that_may_then_write_its_own_policies() -> None:
    only_p = to_policy(f"arn:aws:iam::{OWN}:policy/p")
    gives = allow(Action="iam:AttachRolePolicy", Resource=APP, Condition=only_p)
    assumes = allow(Action="sts:AssumeRole", Resource=APP)
    target = role("app", {"AWS": OWN})
    puts = managed("p", allow(Action="iam:PutRolePolicy"))
    assert "iam-014" in ids(user("u", gives, assumes), target, puts)
    other = managed("p", allow(Action="iam:PutUserPolicy", Resource=f"{V}x"))
    assert ids(user("u", gives, assumes), target, other) == []


def test_29_a_user_that_may_then_drop_its_boundary() -> None:
    gives = allow(Action=["iam:AttachUserPolicy", "iam:CreateAccessKey"], Resource=V)
    opens = managed("limit", allow(Action=["s3:*", "iam:DeleteUserPermissionsBoundary"]))
    shuts = managed("limit", allow(Action="s3:*"))
    for limit, expected in ((opens, ["iam-015"]), (shuts, [])):
        assert ids(user("u", gives), user("v", boundary="limit"), limit) == expected


def test_30_the_key_of_a_tag_may_hold_a_slash() -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/a/b": "c"}}
    actions = ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"]
    writes = allow(Action=actions, Resource=APP, Condition=tagged)
    tags = allow(
        Action="iam:TagRole", Resource=APP, Condition={"StringEquals": {"aws:RequestTag/a/b": "c"}}
    )
    assert "iam-021" in ids(user("u", writes, tags), role("app", EC2))
    assert ids(user("u", writes), role("app", EC2)) == []


def test_31_an_inline_policy_that_only_denies_is_written_over() -> None:
    denies = deny(NotAction="iam:PutUserPolicy")
    assert ids(user("u", allow(Action="iam:PutUserPolicy", Resource=SELF), denies)) == ["iam-007"]


def test_32_a_policy_of_anothers_group_is_not_ones_own() -> None:
    puts = allow(Action="iam:PutGroupPolicy", Resource=f"arn:aws:iam::{OWN}:group/g")
    takes = allow(Action="iam:CreateAccessKey", Resource=V)
    limit = managed("limit", allow(Action=["iam:PutGroupPolicy", "iam:CreateAccessKey"]))
    held = user("u", puts, takes, boundary="limit", GroupList=["h"])
    records = (limit, *member_groups("g", "h"))
    assert ids(held, user("v", GroupList=["g"]), *records) == ["iam-011"]
    assert ids(held, user("v", GroupList=["h"]), *records) == []


def test_what_is_attached_leads_on_by_what_it_lets_one_give_oneself() -> None:
    """IAMFullAccess gives rights to IAM alone; with them the user's own deny goes, and all comes."""
    only = attach(to_policy(f"{AWS}/IAMFullAccess"), SELF)
    for denied in (deny(Action="s3:*"), deny(NotAction="iam:*")):
        assert admin(user("u", only, denied)) == "escalation"
    limit = managed("limit", allow(Action="iam:*"))
    assert admin(user("u", only, boundary="limit"), limit) == "escalation"
    kept = managed("limit", allow(Action="iam:AttachUserPolicy"))
    assert admin(user("u", only, boundary="limit"), kept) == "none"
