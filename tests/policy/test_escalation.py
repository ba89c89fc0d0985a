"""Administrators, escalation, boundaries and chains: the numbered cases for whole accounts."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from reportgen.policy.account import read_account
from reportgen.policy.analyse import analyse
from reportgen.policy.decision import levels_of
from reportgen.policy.effective import Reach
from reportgen.policy.escalation import Escalations
from reportgen.policy.mfa import without_mfa
from tests.policies import (
    OTHER,
    OWN,
    account,
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

AWS_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
MFA_DENY = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
S3_ONLY = managed("s3only", allow(Action="s3:*"))
ADMIN_ROLE = role("boss", {"Service": "ec2.amazonaws.com"}, allow())
TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
RUN_LAMBDA = ["lambda:CreateFunction", "lambda:InvokeFunction"]
BREAK_GLASS = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/breakglass"}}


def case(number: int, expected: str, source: str, *records: Any, **more: Any) -> Any:
    return pytest.param(records, more, expected, id=f"{number}-{source}")


CASES = [
    case(1, "escalation", "doc", user("u", allow(Action="IAM:PUTUSERPOLICY"))),
    case(3, "full", "peer", user("u", allow(Action="*:*"))),
    case(12, "escalation", "peer", user("u", allow(Action="iam:PutUserPolicy", Resource="arn:aws:iam::*:user/*"))),
    case(13, "none", "sim", user("u", allow(Resource="arn:aws:s3:::b/*"))),
    case(17, "full", "sim", user("u", allow(NotAction="s3:*"))),
    case(18, "none", "sim", user("u", deny(NotAction="iam:*"))),
    case(19, "none", "sim", user("u", allow(NotAction=["*"]))),
    case(20, "full", "sim", user("u", allow(NotResource="arn:aws:s3:::secret/*"))),
    case(21, "full", "sim", user("u", allow(Action="iam:*"), allow(NotAction="iam:*"))),
    case(22, "escalation", "pathfinding", user("u", allow(Action="iam:*"))),
    case(23, "escalation", "pathfinding", user("u", allow(NotAction=["iam:*", "organizations:*", "account:*"]))),
    case(24, "escalation", "peer", user("u", allow(Action="iam:PassRole"), allow(Action="ec2:RunInstances"))),
    case(25, "none", "sim", user("u", allow(Action="iam:PassRole", Resource="arn:aws:iam::*:role/app-*"), allow(Action="ec2:RunInstances")), ADMIN_ROLE),
    case(25, "escalation", "sim", user("u", allow(Action="iam:PassRole", Resource="arn:aws:iam::*:role/b*"), allow(Action="ec2:RunInstances")), ADMIN_ROLE),
    case(25, "none", "sim", user("u", allow(Action="iam:PassRole", Condition=TO_EC2), allow(Action=RUN_LAMBDA)), ADMIN_ROLE),
    case(26, "none", "peer", user("u", allow(Action="iam:CreatePolicyVersion", Resource="arn:aws:iam::aws:policy/*"), AttachedManagedPolicies=attached(AWS_ADMIN.replace("Administrator", "ReadOnly"))), managed("ReadOnlyAccess", allow(Action="s3:List*"), arn="arn:aws:iam::aws:policy/ReadOnlyAccess")),
    case(27, "none", "peer", user("u", allow(), deny())),
    case(28, "escalation", "peer", user("u", allow(Action="iam:PutUserPolicy"), deny(Action="iam:Put*", Resource=f"arn:aws:iam::{OWN}:user/zed"))),
    case(29, "escalation", "sim", user("u", allow(Action="iam:PutUserPolicy"), deny(Action="iam:Put*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}))),
    case(30, "full", "peer", user("u", allow(Condition={"StringLike": {"aws:PrincipalArn": "*"}}))),
    case(31, "conditional", "moto", user("u", allow(Condition={"Bool": {"aws:IsMcpServiceAction": "true"}}))),
    case(32, "none", "code", user("u", AttachedManagedPolicies=attached("AdministratorAccess")), managed("AdministratorAccess", allow(Action="s3:ListBucket"))),
    case(32, "full", "code", user("u", AttachedManagedPolicies=attached("arn:aws-us-gov:iam::aws:policy/AdministratorAccess"))),
    case(33, "full", "doc", role("r", {"AWS": OWN}, allow(), path="/service-role/")),
    case(35, "none", "BishopFox", user("u", AttachedManagedPolicies=attached("p")), managed("p", allow(Action="s3:List*"), allow())),
    case(35, "escalation", "BishopFox", user("u", allow(Action="iam:SetDefaultPolicyVersion"), AttachedManagedPolicies=attached("p")), managed("p", allow(Action="s3:List*"), allow())),
    case(38, "escalation", "catalogue", user("u", allow(), boundary="b"), managed("b", allow(Action=["s3:*", "iam:DeleteUserPermissionsBoundary"]))),
    case(38, "none", "catalogue", user("u", allow(Action="iam:DeleteUserPermissionsBoundary"))),
    case(38, "escalation", "catalogue", role("r", {"AWS": OWN}, allow(), boundary="b"), managed("b", allow(Action=["s3:*", "iam:PutRolePermissionsBoundary"]))),
    case(38, "escalation", "reasoning", role("r", {"AWS": OWN}, allow(), policy(statement("Deny", NotAction="iam:DeleteRolePolicy")))),
    case(47, "full", "doc", user("u", allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["x"]}}))),
    case(53, "none", "sim", user("u", boundary="b"), managed("b", allow())),
    case(54, "none", "sim", user("u", allow(), boundary="s3only"), S3_ONLY),
    case(54, "none", "sim", role("r", {"AWS": OWN}, allow(), boundary="s3only"), S3_ONLY),
    case(55, "escalation", "reasoning", user("u", allow(), boundary="b"), managed("b", allow(Action=["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"]))),
    case(55, "escalation", "reasoning", user("u", allow(), boundary="b"), managed("b", allow(Action=["s3:*", "iam:CreatePolicyVersion"]))),
    case(58, "none", "sim", user("u", allow()), scps=[[allow()], [allow(Action="s3:*")]]),
    case(61, "escalation", "doc", user("u", allow()), scps=[[allow(NotAction="iam:*")]]),
    case(62, "none", "reasoning", user("u", allow()), scps=[[allow(), deny(Condition=BREAK_GLASS)]]),
    case(62, "full", "reasoning", role("breakglass", {"AWS": OWN}, allow()), scps=[[allow(), deny(Condition=BREAK_GLASS)]]),
    case(63, "full", "sim", role("r", {"AWS": OWN}, allow())),
]  # fmt: skip


@pytest.mark.parametrize(("records", "more", "expected"), CASES)
def test_administrators(records: tuple[Any, ...], more: dict[str, Any], expected: str) -> None:
    if "scps" in more:
        more = {"scps": levels_of(more["scps"])}
    assert admin(*records, **more) == expected


def test_roles_of_aws_are_told_apart() -> None:
    # 34: nobody in the account can edit these.
    linked = "/aws-service-role/support.amazonaws.com/"
    reserved = "/aws-reserved/sso.amazonaws.com/ap-southeast-2/"
    rows = judged(
        role("AWSServiceRoleForSupport", {"Service": "support.amazonaws.com"}, path=linked),
        role("AWSReservedSSO_Admin_0", {"AWS": OWN}, allow(), path=reserved),
    )
    assert rows["AWSServiceRoleForSupport"]["kind"] == "service-linked-role"
    assert rows["AWSReservedSSO_Admin_0"]["kind"] == "identity-center-role"
    assert rows["AWSReservedSSO_Admin_0"]["admin"] == "full"


def test_a_scp_does_not_bind_a_service_linked_role() -> None:
    linked = role("x", {"Service": "x"}, allow(), path="/aws-service-role/x.amazonaws.com/")
    assert admin(linked, scps=levels_of([[deny()]])) == "full"


PATHS = list(
    csv.DictReader(
        files("reportgen.policy").joinpath("paths.csv").read_text(encoding="utf-8").splitlines()
    )
)


def holder(row: dict[str, str]) -> list[dict[str, Any]]:
    """A user with the actions of a path on everything, and what the path needs around it."""
    actions = row["actions"].split("; ")
    around: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    boundary = ""
    if row["effect"] == "federate":
        idp = {"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"}
        trust = {"AssumeRolePolicyDocument": trust_policy(idp, "sts:AssumeRoleWithSAML")}
        around.append(role("boss", idp, allow(), **trust))
    elif row["services"]:
        around.append(role("boss", {"Service": row["services"].split("; ")[0]}, allow()))
    elif "sts:AssumeRole" in actions:
        around.append(role("boss", {"AWS": OWN}, allow(), AttachedManagedPolicies=attached("p")))
    if "iam:SetDefaultPolicyVersion" in actions:
        around.append(managed("p", allow(Action="s3:ListBucket"), allow()))
        more["AttachedManagedPolicies"] = attached("p")
    else:
        around.append(managed("p", allow(Action="s3:ListBucket")))
    if row["category"] == "boundary":
        around.append(managed("limit", allow(Action=actions)))
        boundary = "limit"
        if row["id"] == "extra-009":
            holder_role = role("holder", {"AWS": OWN}, allow(), boundary=boundary)
            return [holder_role, *around]
        return [user("holder", allow(), boundary=boundary), *around]
    return [user("holder", allow(Action=actions), boundary=boundary, **more), *around]


@pytest.mark.parametrize("row", PATHS, ids=lambda row: row["id"])
def test_every_known_path_is_found(row: dict[str, str]) -> None:
    found = judged(*holder(row))["holder"]
    assert found["admin"] == "escalation"
    assert row["id"] in [p["id"] for p in found["paths"]]


@pytest.mark.parametrize(
    "row", [r for r in PATHS if r["category"] != "boundary"], ids=lambda r: r["id"]
)
def test_no_known_path_lives_without_each_of_its_actions(row: dict[str, str]) -> None:
    actions = row["actions"].split("; ")
    for gone in actions:
        first, *around = holder(row)
        first["UserPolicyList"].append({"PolicyName": "no", "PolicyDocument": deny(Action=gone)})
        found = judged(first, *around)["holder"]
        assert row["id"] not in [p["id"] for p in found["paths"]]


@pytest.mark.parametrize("row", PATHS, ids=lambda row: row["id"])
def test_no_known_path_survives_a_boundary_of_reads(row: dict[str, str]) -> None:
    first, *around = holder(row)
    limit = managed("reads", allow(Action=["s3:Get*", "s3:List*"]))
    first["PermissionsBoundary"] = {"PermissionsBoundaryArn": limit["Arn"]}
    assert judged(first, limit, *around)["holder"]["admin"] == "none"


def test_existing_roles_must_be_worth_taking() -> None:
    weak = role("weak", {"Service": "lambda.amazonaws.com"}, allow(Action="s3:GetObject"))
    first = user("u", allow(Action="lambda:UpdateFunctionCode"))
    assert admin(first, weak) == "none"
    strong = role("strong", {"Service": "lambda.amazonaws.com"}, allow())
    found = judged(first, weak, strong)["u"]
    assert [p["via"].rsplit("/", 1)[-1] for p in found["paths"]] == ["strong"]


def test_self_service_is_no_escalation() -> None:
    own = "arn:aws:iam::*:user/${aws:username}"
    keys = ["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"]
    assert admin(user("u", allow(Action=keys, Resource=own)), user("chief", allow())) == "none"
    assert admin(user("u", allow(Action="iam:PutUserPolicy", Resource=own))) == "escalation"


def test_a_delegated_administrator_who_must_attach_the_boundary_is_held() -> None:
    limit = f"arn:aws:iam::{OWN}:policy/s3only"
    bound = {"StringEquals": {"iam:PermissionsBoundary": limit}}
    creates = ["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy"]
    assert admin(user("u", allow(Action=creates, Condition=bound)), S3_ONLY) == "none"
    assert admin(user("u", allow(Action=creates)), S3_ONLY) == "escalation"


def test_attaching_only_what_is_listed() -> None:
    arn = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    assert admin(user("u", allow(Action="iam:AttachUserPolicy", Condition=arn))) == "none"


def test_chains_give_the_shortest_way_step_by_step() -> None:
    def next_(name: str) -> dict[str, Any]:
        return allow(Action="sts:AssumeRole", Resource=f"arn:aws:iam::{OWN}:role/{name}")

    records = (
        user("u", next_("one")),
        role("one", {"AWS": OWN}, next_("two")),
        role("two", {"AWS": f"arn:aws:iam::{OWN}:role/one"}, next_("boss")),
        role("boss", {"AWS": OWN}, allow()),
    )
    found = judged(*records)["u"]
    assert found["admin"] == "escalation"
    assert found["paths"][0]["explanation"] == (
        "1. user/u assumes role/one, whose trust opens it to the account; "
        "2. role/one assumes role/two, whose trust names it; "
        "3. role/two assumes role/boss, whose trust opens it to the account; "
        "4. role/boss is an administrator."
    )


def test_a_chain_may_end_with_one_that_makes_itself_an_administrator() -> None:
    def next_(name: str) -> dict[str, Any]:
        return allow(Action="sts:AssumeRole", Resource=f"arn:aws:iam::{OWN}:role/{name}")

    own = allow(Action="iam:PutRolePolicy", Resource=f"arn:aws:iam::{OWN}:role/last")
    records = (
        user("u", next_("one")),
        role("one", {"AWS": OWN}, next_("last")),
        role("last", {"AWS": OWN}, own),
    )
    found = judged(*records)
    assert [row["admin"] for row in found.values()] == ["escalation"] * 3
    assert found["u"]["paths"][0]["explanation"] == (
        "1. user/u assumes role/one, whose trust opens it to the account; "
        "2. role/one assumes role/last, whose trust opens it to the account; "
        "3. iam:PutRolePolicy on role/last gives it an administrator's rights."
    )


def test_chains_cross_accounts_where_both_are_known() -> None:
    there = f"arn:aws:iam::{OTHER}:role/boss"
    boss = {**role("boss", {"AWS": f"arn:aws:iam::{OWN}:root"}, allow()), "Arn": there}
    first = user("u", allow(Action="sts:AssumeRole", Resource=there))
    idle = user("idle")
    accounts = [
        read_account({"UserDetailList": [first, idle]}),
        read_account({"RoleDetailList": [boss]}),
    ]
    rows = {r["arn"].rsplit("/", 1)[-1]: r for r in analyse(accounts)}
    assert rows["u"]["paths"][0]["via"] == there
    assert rows["idle"]["admin"] == "none"


def test_a_trust_that_asks_for_mfa_is_a_hurdle_not_a_wall() -> None:
    mfa = trust_policy({"AWS": OWN}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    found = judged(user("u", allow(Action="sts:AssumeRole")), role("boss", mfa, allow()))["u"]
    assert found["admin"] == "escalation"
    assert found["paths"][0]["hurdles"] == ["with MFA"]


def test_an_administrator_only_with_mfa_is_conditional() -> None:
    assert admin(user("u", allow(), deny(Condition=MFA_DENY))) == "conditional"
    # 40: Bool does not deny access keys, so nothing is asked of them.
    weak = deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})
    assert admin(user("u", allow(), weak)) == "full"
    assert admin(role("r", {"AWS": OWN}, allow(), weak)) == "conditional"


def test_groups_without_members_give_nobody_anything() -> None:
    # 37: the group is strong, but no principal has its rights.
    group = {"GroupName": "g", "Arn": f"arn:aws:iam::{OWN}:group/g", "GroupPolicyList": [
        {"PolicyName": "p", "PolicyDocument": allow()}]}  # fmt: skip
    assert admin(user("u"), group) == "none"
    assert admin(user("u", GroupList=["g"]), group) == "full"
    joins = user("u", allow(Action="iam:AddUserToGroup", Resource=group["Arn"]))
    assert admin(joins, group) == "escalation"


def test_what_could_not_be_read_is_told() -> None:
    found = judged(user("u", "{broken", AttachedManagedPolicies=attached("gone")))["u"]
    assert found["admin"] == "none"
    told = " ".join(found["not_judged"])
    assert "gone is not in the file" in told
    assert "not JSON" in told


def test_bad_records_never_raise() -> None:
    answer = {
        "UserDetailList": [None, 5, {}, {"Arn": "x"}, {"Arn": f"arn:aws:iam::{OWN}:user/u"}],
        "RoleDetailList": "nonsense",
        "Policies": [{"Arn": 5}, {"Arn": "arn:aws:iam::aws:policy/x", "PolicyVersionList": [3]}],
    }
    found = read_account(answer)
    assert len(analyse([found])) == 1
    assert len(found.problems) >= 5


AWAY = {"StringNotEquals": {"aws:RequestedRegion": ["ap-southeast-2"]}}


def test_iam_is_called_in_its_own_region() -> None:
    # IAM's endpoint is in us-east-1: a guardrail on regions that forgets IAM closes it.
    writes = allow(Action="iam:PutUserPolicy")
    assert admin(user("u", writes, deny(Condition=AWAY))) == "none"
    assert admin(user("u", writes, deny(NotAction="iam:*", Condition=AWAY))) == "escalation"
    assert admin(user("u", allow(), deny(NotAction=["iam:*", "sts:*"], Condition=AWAY))) == "full"
    assert admin(user("u", allow(), deny(Condition=AWAY))) != "full"


def test_a_guardrail_on_regions_does_not_count_as_mfa() -> None:
    subject = account(user("u", allow(), deny(Condition=AWAY))).subjects
    reach = Reach(subject[f"arn:aws:iam::{OWN}:user/u"])
    assert len(without_mfa(reach)) == 2


def test_identity_center_leads_somewhere_only_where_it_is_managed() -> None:
    found = account(user("u", allow(Action="sso:PutInlinePolicyToPermissionSet")))
    arn = f"arn:aws:iam::{OWN}:user/u"
    assert Escalations([found]).standings[arn].admin == "escalation"
    assert Escalations([found], identity_center={OTHER}).standings[arn].admin == "none"
    assert Escalations([found], identity_center={OWN}).standings[arn].admin == "escalation"


def test_creating_a_role_is_a_way_even_where_names_are_bound() -> None:
    mine = f"arn:aws:iam::{OWN}:role/app-*"
    makes = ["iam:CreateRole", "iam:AttachRolePolicy"]
    found = judged(user("u", allow(Action=makes, Resource=mine)))["u"]
    assert [p["id"] for p in found["paths"]] == ["create-002"]
    assert admin(user("u", allow(Action="iam:CreateRole", Resource=mine))) == "none"
    bound = {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{OWN}:policy/s3only"}}
    held = allow(Action=makes, Resource=mine, Condition=bound)
    assert admin(user("u", held), S3_ONLY) == "none"
    keys = ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"]
    found = judged(user("u", allow(Action=keys, Resource=f"arn:aws:iam::{OWN}:user/ci/*")))["u"]
    assert [p["id"] for p in found["paths"]] == ["create-001"]


def test_conditions_on_the_time_are_judged_at_a_moment() -> None:
    def at(condition: dict[str, Any], moment: datetime | None) -> str:
        found = account(user("u", allow(Condition=condition)))
        verdict: str = analyse([found], at=moment)[0]["admin"]
        return verdict

    now = datetime(2026, 9, 30, tzinfo=UTC)
    past = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    since = {"DateGreaterThan": {"aws:EpochTime": "1577836800"}}
    assert (at(past, now), at(since, now)) == ("none", "full")
    assert (at(past, None), at(since, None)) == ("conditional", "conditional")


def test_an_address_that_no_request_comes_from_allows_nothing() -> None:
    # aws:SourceIp is the public address: RFC 1918 never matches.
    inside = {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.4.0/24"]}}
    assert admin(user("u", allow(Condition=inside))) == "none"
    mixed = {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "8.8.8.0/24"]}}
    assert admin(user("u", allow(Condition=mixed))) == "conditional"


def test_a_deny_of_a_group_is_taken_from_the_group() -> None:
    def group(allowed: str) -> dict[str, Any]:
        limit = policy(statement("Deny", NotAction=allowed))
        listed = [{"PolicyName": "limit", "PolicyDocument": limit}]
        return {
            "GroupName": "g",
            "Arn": f"arn:aws:iam::{OWN}:group/g",
            "GroupPolicyList": listed,
        }

    member = user("u", allow(), GroupList=["g"])
    assert admin(member, group("iam:DeleteUserPolicy")) == "none"
    found = judged(member, group("iam:DeleteGroupPolicy"))["u"]
    assert [(p["id"], p["via"]) for p in found["paths"]] == [
        ("deny-001", f"arn:aws:iam::{OWN}:group/g")
    ]


def test_records_that_are_no_policies_are_told() -> None:
    odd = user("u", AttachedManagedPolicies="all", PermissionsBoundary=["x"])
    odd["UserPolicyList"] = ["{}", None]
    told = judged(odd)["u"]["not_judged"]
    assert [t for t in told if "AttachedManagedPolicies is not a list" in t]
    assert [t for t in told if "UserPolicyList holds what is no policy" in t]
    assert [t for t in told if "boundary of unknown name" in t]


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_other_partitions(partition: str) -> None:
    def there(record: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            json.dumps(record).replace("arn:aws:", f"arn:{partition}:")
        )
        return found

    passes = allow(Action=["iam:PassRole", "ec2:RunInstances"], Resource="*")
    own = f"arn:aws:iam::{OWN}:user/${{aws:username}}"
    records = [
        there(user("u", passes)),
        there(user("self", allow(Action="iam:PutUserPolicy", Resource=own))),
        there(user("key", allow(Action="iam:CreateAccessKey", Resource=own))),
        there(user("region", allow(Action="iam:PutUserPolicy"), deny(Condition=AWAY))),
    ]
    rows = {r["arn"].rsplit("/", 1)[-1]: r["admin"] for r in analyse([account(*records)])}
    # Their IAM is in a region of their own, which is not judged.
    assert rows == {
        "u": "escalation",
        "self": "escalation",
        "key": "none",
        "region": "escalation",
    }
