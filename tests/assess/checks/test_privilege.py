"""What principals can do: administrators, ways to become one, boundaries, keys and MFA."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.catalogue import Control, Example
from reportgen.model import AccountInfo, absent
from tests.assess.checks.cases import examples_of, hold, judge, reasons
from tests.given import ACCOUNT, AS_OF, short_form, store_with


@pytest.mark.parametrize(("control", "example"), examples_of("privilege"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def doc(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: Any = "*") -> dict[str, Any]:
    return {**allow(*actions, resource=resource), "Effect": "Deny"}


def ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def role(name: str, *statements: Any, **more: Any) -> dict[str, Any]:
    held = [{"PolicyName": "p", "PolicyDocument": doc(*statements)}] if statements else []
    return {"RoleName": name, "RolePolicyList": held, **more}


def user(name: str, *statements: Any, **more: Any) -> dict[str, Any]:
    held = [{"PolicyName": "p", "PolicyDocument": doc(*statements)}] if statements else []
    return {"UserName": name, "UserPolicyList": held, **more}


def policy(name: str, *statements: Any) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": doc(*statements)}
    return {"PolicyName": name, "PolicyVersionList": [version]}


def of(folder: Path, control: str, *records: Any, **more: Any) -> dict[str, str]:
    """Judge users (who have a UserName) and roles."""
    users = [r for r in records if "UserName" in r]
    roles = [r for r in records if "RoleName" in r]
    details = {"users": users, "roles": roles, "policies": more.pop("policies", [])}
    given = {"authorization-details": {**details, **more.pop("details", {})}}
    return reasons(folder, control, {**given, **more.pop("given", {})}, **more)


ALL = allow("*")
ESCALATES = allow("iam:AttachUserPolicy")
GONE = {"PolicyName": "gone", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/gone"}
LIMIT_GONE = {"PermissionsBoundary": {"PermissionsBoundaryArn": GONE["PolicyArn"]}}
SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
OF_AWS = (
    role("linked", ALL, Path="/aws-service-role/x.amazonaws.com/"),
    role("AWSReservedSSO_x", ALL, Path=SSO_PATH),
)


@pytest.mark.parametrize(
    "control", ["LP-01", "LP-03", "BND-01", "BND-03", "BND-04", "BND-05", "E8-05", "E8-06"]
)
def test_roles_of_aws_are_not_meant(tmp_path: Path, control: str) -> None:
    found = of(tmp_path, control, *OF_AWS)
    assert found["linked"] == "not-applicable: AWS manages this role."
    said = "not-applicable: Identity Center manages this role; its permission set is judged."
    assert found["AWSReservedSSO_x"] == said


def test_users_and_roles_have_their_type(tmp_path: Path) -> None:
    given = {"authorization-details": {"users": [user("u")], "roles": [role("r")]}}
    rows = judge(tmp_path, "LP-01", given)
    assert {row.resource_type for row in rows if ":user/" in row.resource} == {"AWS::IAM::User"}
    assert {row.resource_type for row in rows if ":role/" in row.resource} == {"AWS::IAM::Role"}


def test_only_a_failure_stands_where_policies_were_not_read(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "LP-01",
        role("fails", ALL, AttachedManagedPolicies=[GONE]),
        role("passes", AttachedManagedPolicies=[GONE]),
        role("bounded", ALL, **LIMIT_GONE),
    )
    assert found["fails"].startswith("fail")
    for name in ("passes", "bounded"):
        said = "not-evaluated: Not all of its policies could be read: "
        assert found[name].startswith(said)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", ALL), "fail"),
        (role("Prod-BreakGlass-1", ALL), "pass"),
        (role("OrganizationAccountAccessRole", ALL), "pass"),
        (role("r", allow("s3:*")), "pass: Is no administrator."),
        # That one can become an administrator is for BND-03.
        (role("r", ESCALATES), "pass: Is no administrator."),
        (role("r", allow("*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})), "fail"),
    ],
)
def test_administrators(tmp_path: Path, record: Any, expected: str) -> None:
    (said,) = of(tmp_path, "LP-01", record).values()
    assert said.startswith(expected)
    # What is said of it starts a sentence.
    assert said.split(": ", 1)[1][0].isupper()


def test_an_administrators_reason_is_told_whole(tmp_path: Path) -> None:
    (plain,) = of(tmp_path / "a", "KEY-06", user("u", ALL), given=signing()).values()
    (said,) = of(tmp_path / "b", "LP-01", user("u", ALL)).values()
    reason = plain.removeprefix("fail: Has an active key and is an administrator: ").rstrip(".")
    assert said.removeprefix("fail: ").casefold().startswith(reason.casefold())


def signing(**cells: str) -> dict[str, Any]:
    """A report of one user with a password and an active key."""
    cells = {"access_key_1_active": "true", "password_enabled": "true", **cells}
    return {"credential-report": [{"user": "u", **cells}]}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"password_last_used": ago(45)}, "pass: Is privileged and was last used 45 days ago."),
        (
            {"password_last_used": ago(200), "access_key_2_last_used_date": ago(3)},
            "pass: Is privileged and was last used 3 days ago.",
        ),
        ({"access_key_1_last_used_date": ago(46)}, "fail: Is privileged and was last used 46 d"),
        ({"user_creation_time": ago(46)}, "fail: Is privileged, never used, created 46 days ago"),
        ({"user_creation_time": ago(45)}, "pass: Is privileged, never used, created 45 days ago."),
        ({"user_creation_time": "N/A"}, "not-evaluated: Neither a use nor a creation"),
        ({"user_creation_time": "soon"}, "not-evaluated: User_creation_time is 'soon', not a date"),
    ],
)
def test_a_privileged_user_was_used_lately(
    tmp_path: Path, cells: dict[str, str], expected: str
) -> None:
    given = {"credential-report": [{"user": "u", **cells}]}
    found = of(tmp_path, "LP-03", user("u", ALL), user("plain"), given=given)
    assert found["u"].startswith(expected)
    assert found["plain"] == "not-applicable: Is not privileged."


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", ALL, RoleLastUsed={"LastUsedDate": ago(45)}), "pass: Is privileged and was"),
        (role("r", ALL, RoleLastUsed={"LastUsedDate": ago(46)}), "fail"),
        (role("r", ESCALATES, RoleLastUsed={"LastUsedDate": ago(46)}), "fail"),
        (role("r", ALL, RoleLastUsed={}, CreateDate=ago(45)), "pass: Is privileged, never used"),
        (role("r", ALL, RoleLastUsed="x", CreateDate=ago(46)), "fail: Is privileged, never used"),
        (role("r", ALL, CreateDate=""), "not-evaluated: Neither a use nor a creation is on re"),
        (role("r"), "not-applicable"),
    ],
)
def test_a_privileged_role_was_used_lately(tmp_path: Path, record: Any, expected: str) -> None:
    assert of(tmp_path, "LP-03", record)["r"].startswith(expected)


def test_the_report_is_asked_for_only_where_a_user_is_privileged(tmp_path: Path) -> None:
    boss = role("boss", ALL, RoleLastUsed={"LastUsedDate": ago(1)})
    report = absent(ACCOUNT, "credential-report")

    def asked(folder: Path, *records: Any) -> bool:
        given = {
            "authorization-details": {
                "users": [r for r in records if "UserName" in r],
                "roles": [r for r in records if "RoleName" in r],
            }
        }
        return any(report in row.evidence for row in judge(folder, "LP-03", given))

    assert not asked(tmp_path / "a", boss, user("plain"))
    assert asked(tmp_path / "b", boss, user("u", ALL), user("plain"))


def test_a_privileged_user_that_the_report_does_not_show(tmp_path: Path) -> None:
    given: dict[str, Any] = {"credential-report": []}
    found = of(tmp_path / "a", "LP-03", user("u", ALL), given=given)
    assert found["u"] == "not-evaluated: The credential report does not list this user."
    found = of(tmp_path / "b", "LP-03", user("u", ALL))
    assert found["u"] == "not-evaluated: Credential-report was not collected."


def test_ways_to_become_an_administrator(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "BND-03",
        role("boss", ALL),
        role("plain", allow("s3:GetObject")),
        role("one", allow("iam:CreateAccessKey", resource=f"arn:aws:iam::{ACCOUNT}:user/boss")),
        user("boss", ALL),
    )
    assert found["boss"] == "not-applicable: Is an administrator already."
    assert found["plain"] == "pass: No known way leads to an administrator."
    assert found["one"].startswith("fail: Can become an administrator by ")
    assert " more way" not in found["one"].replace("One more way", " more way")
    assert "Name the resources of iam:CreateAccessKey, or take it away." in found["one"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_first_way_is_told_and_the_others_counted(tmp_path: Path, count: int) -> None:
    bosses = [user(f"boss{n}", ALL) for n in range(count)]
    names = [f"arn:aws:iam::{ACCOUNT}:user/boss{n}" for n in range(count)]
    rights = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
    able = role("r", allow(*rights[:count], resource=names))
    said = of(tmp_path, "BND-03", able, *bosses)["r"]
    given = {"authorization-details": {"users": bosses, "roles": [able]}}
    ways = len(routes(tmp_path / "again", given))
    tails = {1: "", 2: " One more way."}
    assert tails.get(ways, f" {ways - 1} more ways.") in said
    assert ("more way" in said) is (ways > 1)


def routes(folder: Path, given: dict[str, Any]) -> Any:
    _, snapshot = store_with(folder, dict(short_form(given)))
    facts = AccountFacts(AccountInfo(ACCOUNT, "Test"), snapshot, AS_OF, 45, {})
    return facts.standings()[f"arn:aws:iam::{ACCOUNT}:role/r"].routes


OWN = f"arn:aws:iam::{ACCOUNT}:policy/limit"
BOUND = {"PermissionsBoundary": {"PermissionsBoundaryArn": OWN}}
LIMIT = policy("limit", allow("s3:*", "iam:*"))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", allow("s3:*")), "not-applicable: Cannot create or change users or roles."),
        (role("r", allow("iam:CreateRole")), "fail: Has no boundary and can call iam:CreateRole."),
        (role("r", allow("iam:PutUserPolicy")), "fail: Has no boundary and can call iam:PutUser"),
        (role("r", allow("iam:CreateRole"), **BOUND), f"pass: Is under the boundary {OWN}."),
        (role("breakglass", allow("iam:CreateRole")), "pass: Has no boundary; its name is on"),
    ],
)
def test_a_boundary_on_who_creates(tmp_path: Path, record: Any, expected: str) -> None:
    (said,) = of(tmp_path, "BND-01", record, policies=[LIMIT]).values()
    assert said.startswith(expected)


def test_a_boundary_is_a_ceiling(tmp_path: Path) -> None:
    names = ("none", "some", "gone")
    arns = {n: f"arn:aws:iam::{ACCOUNT}:policy/{n}" for n in names}
    held = [("a", "none"), ("b", "none"), ("c", "some"), ("d", "gone")]
    records = [
        role(who, PermissionsBoundary={"PermissionsBoundaryArn": arns[name]}) for who, name in held
    ]
    policies = [policy("none", ALL), policy("some", allow("s3:*"))]
    found = of(tmp_path / "a", "BND-02", *records, role("e"), policies=policies)
    assert found["none"].startswith("fail: Is the boundary of 2 principals and allows an admin")
    assert found["some"] == "pass: Is the boundary of 1 principal and limits what they can have."
    said = "not-evaluated: Is the boundary of 1 principal, but its document is not in the evid"
    assert found["gone"].startswith(said)
    assert of(tmp_path / "b", "BND-02", role("e")) == {
        "account": "not-applicable: No principal has a permissions boundary."
    }


CREATE = allow("iam:CreateRole", Condition={"StringEquals": {"iam:PermissionsBoundary": OWN}})
READ = allow("s3:GetObject")
AWS_LIMIT = "arn:aws:iam::aws:policy/PowerUserAccess"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("r", ALL), "not-applicable: Is an administrator; delegation does not apply."),
        (role("r", READ), "not-applicable: Cannot create users or roles."),
        (role("r", CREATE, **BOUND), "pass: What it creates must carry the boundary"),
        (
            role("r", allow("iam:CreateRole"), **BOUND),
            "fail: Can call iam:CreateRole without iam:PermissionsBoundary.",
        ),
        (
            role("r", CREATE, allow("iam:DeleteRolePermissionsBoundary"), **BOUND),
            "fail: Can call iam:DeleteRolePermissionsBoundary.",
        ),
        # What it cannot create it need not keep from taking a boundary away.
        (role("r", CREATE, allow("iam:DeleteUserPermissionsBoundary"), **BOUND), "pass"),
        (
            role("r", CREATE, allow("iam:CreatePolicyVersion"), **BOUND),
            f"fail: Can call iam:CreatePolicyVersion on its boundary {OWN}.",
        ),
        (
            role("r", CREATE, allow("iam:CreatePolicyVersion", resource=f"{OWN}-other"), **BOUND),
            "pass",
        ),
        (role("r", CREATE), "pass"),
    ],
)
def test_a_boundary_is_passed_on(tmp_path: Path, record: Any, expected: str) -> None:
    # Roles of this account are administrators only where something is there to escalate to.
    assert of(tmp_path, "BND-04", record, policies=[LIMIT])["r"].startswith(expected)


def test_nobody_edits_a_policy_of_aws(tmp_path: Path) -> None:
    limit = {"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/theirs"}}
    theirs = {**policy("theirs", allow("iam:*")), "Arn": "arn:aws:iam::aws:policy/theirs"}
    record = role("r", CREATE, allow("iam:CreatePolicyVersion"), **limit)
    said = of(tmp_path, "BND-04", record, policies=[theirs])["r"]
    assert said.startswith("pass")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (role("app"), "not-applicable: Is not of a kind that needs a boundary."),
        (role("GitHub-Deploy"), "fail: Has no boundary."),
        (role("GitHub-Deploy", **BOUND), f"pass: Has the boundary {OWN}."),
    ],
)
def test_a_boundary_where_due(tmp_path: Path, record: Any, expected: str) -> None:
    (said,) = of(tmp_path, "BND-05", record, policies=[LIMIT]).values()
    assert said == expected


@pytest.mark.parametrize(
    ("statements", "cells", "expected"),
    [
        ([READ], {}, "pass: Its keys hold no whole service and lead to no administrator."),
        ([READ], {"access_key_1_active": "false"}, "not-applicable: Has no active access key."),
        (
            [allow("s3:*")],
            {"access_key_1_active": "false", "access_key_2_active": "true"},
            "fail: Has an active key and whole services: s3:* (inline policy p, statement 1).",
        ),
        ([ALL], {}, "fail: Has an active key and is an administrator: "),
        ([ESCALATES], {}, "fail: Has an active key and can become an administrator: "),
        ([allow("s3:*", resource="arn:aws:s3:::b/*")], {}, "pass"),
        ([allow("s3:*", resource=["arn:aws:s3:::b/*", "*"])], {}, "fail"),
        ([READ, deny("s3:*")], {}, "pass"),
        # All queues but one; nothing but what no rights take away; nothing at all.
        ([{"Effect": "Allow", "Action": "sqs:*", "NotResource": "arn:aws:sqs:x:1:q"}], {}, "fail"),
        ([{"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}, deny("iam:*")], {}, "fail"),
        ([{"Effect": "Allow", "NotAction": "*", "Resource": "*"}], {}, "pass"),
        (
            [ALL, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}],
            {},
            "fail: Has an active key and whole services: * (",
        ),
        ([allow("s3:*"), deny("s3:*")], {}, "pass"),
        ([allow("s3:*"), deny("s3:*", resource="arn:aws:s3:::b/*")], {}, "fail"),
        ([allow("s3:*"), deny("s3:Delete*")], {}, "fail"),
        ([allow("s3:*", resource="arn:aws:s3:::*")], {}, "fail"),
        ([allow("s3:**")], {}, "fail"),
        ([allow("s3:*", resource="arn:aws:s3:::b/*"), allow("s3:ListAllMyBuckets")], {}, "pass"),
    ],
)
def test_what_a_key_holds(
    tmp_path: Path, statements: list[Any], cells: dict[str, str], expected: str
) -> None:
    found = of(tmp_path, "KEY-06", user("u", *statements), given=signing(**cells))
    assert found["u"].lower().startswith(expected.lower())


def test_a_service_that_the_boundary_shuts_out_is_not_held(tmp_path: Path) -> None:
    open_, shut = policy("limit", allow("s3:*")), policy("limit", allow("sqs:*"))
    part = policy("limit", allow("s3:*", resource="arn:aws:s3:::b/*"))
    for folder, limit, expected in (("a", open_, "fail"), ("b", shut, "pass"), ("c", part, "pass")):
        record = user("u", allow("s3:*"), **BOUND)
        found = of(tmp_path / folder, "KEY-06", record, policies=[limit], given=signing())
        assert found["u"].startswith(expected)


@pytest.mark.parametrize(
    ("statements", "mfa", "expected"),
    [
        ([ALL], "true", "pass: Is an administrator and has MFA."),
        ([ALL], "false", "fail: Is an administrator and has no MFA device."),
        ([ESCALATES], "false", "fail: Can become an administrator and has no MFA device."),
        ([READ], "false", "not-applicable: Is no administrator and cannot become one."),
    ],
)
def test_mfa_of_administrators(
    tmp_path: Path, statements: list[Any], mfa: str, expected: str
) -> None:
    given = signing(mfa_active=mfa)
    assert of(tmp_path, "MFA-02", user("u", *statements), given=given)["u"] == expected


def test_a_user_that_the_details_do_not_list_is_not_evaluated(tmp_path: Path) -> None:
    for control in ("MFA-02", "MFA-08", "KEY-06"):
        found = of(tmp_path / control, control, given=signing())
        assert found["u"] == "not-evaluated: The authorisation details do not list this user."


GUARD = {
    "Effect": "Deny",
    "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}


@pytest.mark.parametrize(
    ("statements", "cells", "expected"),
    [
        ([READ], {"password_enabled": "false"}, "not-applicable: Has no console password."),
        ([READ], {}, "fail: Without MFA it can call 1 action "),
        ([READ, GUARD], {}, "pass: Without MFA, no policy lets it do more than enrol a device."),
    ],
)
def test_mfa_is_enforced(
    tmp_path: Path, statements: list[Any], cells: dict[str, str], expected: str
) -> None:
    found = of(tmp_path, "MFA-08", user("u", *statements), given=signing(**cells))
    assert found["u"].startswith(expected)
    assert ("(s3:GetObject)" in found["u"]) is expected.startswith("fail")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("false", "false", "pass"), ("true", "false", "fail"), ("false", "true", "fail")],
)
def test_keys_come_without_the_word_of_mfa(
    tmp_path: Path, first: str, second: str, expected: str
) -> None:
    """Bool does not match where the key is absent, as with an access key (IAM, condition keys)."""
    guard = {**GUARD, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    given = signing(access_key_1_active=first, access_key_2_active=second)
    found = of(tmp_path, "MFA-08", user("u", READ, guard), given=given)
    assert found["u"].startswith(expected)


def attached(*names: str) -> dict[str, Any]:
    listed = [{"PolicyName": n, "PolicyArn": f"arn:aws:iam::aws:policy/{n}"} for n in names]
    return {"AttachedManagedPolicies": listed}


@pytest.mark.parametrize(("count", "expected"), [(1, "pass"), (3, "pass"), (4, "fail")])
def test_broad_policies_are_held_by_few(tmp_path: Path, count: int, expected: str) -> None:
    holders = [role(f"r{n}", Path="/a:b/", **attached("PowerUserAccess")) for n in range(count)]
    for record in holders:
        record["Arn"] = f"arn:aws:iam::{ACCOUNT}:role/a:b/{record['RoleName']}"
    others = [
        role("other", **attached("ReadOnlyAccess")),
        role("AWSReservedSSO_y", Path=SSO_PATH, **attached("PowerUserAccess")),
    ]
    theirs = {**policy("ReadOnlyAccess", READ), "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    found = of(tmp_path, "POL-06", *holders, *others, policies=[theirs])
    assert set(found) == {"PowerUserAccess"}
    said = found["PowerUserAccess"]
    assert said.startswith(f"{expected}: Attached to {count}")
    assert "role/a:b/r0" in said
    assert "arn:" not in said


def test_a_group_holds_for_its_members(tmp_path: Path) -> None:
    group = {"GroupName": "g", **attached("PowerUserAccess")}
    members = [user(f"u{n}", GroupList=["g"]) for n in range(5)]
    found = of(tmp_path, "POL-06", *members, details={"groups": [group]})
    assert found == {"PowerUserAccess": "pass: Attached to 1: group/g."}


def test_a_list_that_is_not_whole_shows_no_few(tmp_path: Path) -> None:
    holder = role("r", **attached("PowerUserAccess"))
    found = of(tmp_path / "a", "POL-06", holder, holder)
    said = "not-evaluated: Attached to 1 at least; the list is not complete."
    assert found["PowerUserAccess"] == said
    assert of(tmp_path / "b", "POL-06", role("r")) == {
        "account": "not-applicable: None of AWS's broad policies is attached."
    }
