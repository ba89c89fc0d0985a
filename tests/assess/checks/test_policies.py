"""Policy documents: what is too wide in them, and what could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons, verdicts


@pytest.mark.parametrize(("control", "example"), examples_of("policies"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def doc(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def managed(document: Any, **more: Any) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    return {"PolicyName": "p", "AttachmentCount": 1, "PolicyVersionList": [version], **more}


def one(folder: Path, control: str, *statements: dict[str, Any], **more: Any) -> str:
    given = {"authorization-details": {"policies": [managed(doc(*statements), **more)]}}
    return reasons(folder, control, given)["p"]


IF = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}}
BUCKET = "arn:aws:s3:::example-bucket"
NOT_RESOURCE = {"Effect": "Allow", "Action": "s3:PutBucketPolicy", "NotResource": BUCKET}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("s3:DeleteBucket"), "fail: Statement 1 allows 1 change on every resource, such as"),
        (allow("s3:DeleteBucket", resource=BUCKET), "pass"),
        (allow("s3:DeleteBucket", resource=[BUCKET, "*"]), "fail"),
        (allow("s3:DeleteBucket", **IF), "pass"),
        ({**allow("s3:DeleteBucket"), "Effect": "Deny"}, "pass"),
        (NOT_RESOURCE, "fail"),
        # Reading is no change; CreateBucket names one; ListAllMyBuckets cannot.
        (allow("s3:GetObject", "s3:ListAllMyBuckets"), "pass"),
        # It changes something, and AWS lets it name no resource.
        (allow("iam:CreateAccountAlias"), "pass"),
        (allow("s3:GetObject", resource=BUCKET), "pass"),
    ],
)
def test_changes_on_every_resource(
    tmp_path: Path, statement: dict[str, Any], expected: str
) -> None:
    assert one(tmp_path, "POL-01", statement).startswith(expected)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("*"), "fail: Statement 1 allows *."),
        (allow("s3:*"), "fail: Statement 1 allows s3:*."),
        (allow("s3:Get*"), "pass"),
        ({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}, "pass"),
        # NotAction names what is left out; that Allow has it at all is for POL-04.
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "pass"),
    ],
)
def test_whole_services(tmp_path: Path, statement: dict[str, Any], expected: str) -> None:
    assert one(tmp_path, "POL-02", statement).startswith(expected)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("kms:Decrypt"), "fail: Statement 1 allows kms:Decrypt without condition."),
        (allow("kms:Decrypt", **IF), "pass"),
        (allow("kms:Decrypt", resource="arn:aws:kms:x:1:key/1"), "pass"),
        (allow("kms:DescribeKey"), "pass"),
        (allow("a2c:GetContainerizationJobDetails"), "pass"),
        (
            {"Effect": "Allow", "Action": "kms:Decrypt", "NotResource": BUCKET},
            "fail",
        ),
    ],
)
def test_sensitive_actions(tmp_path: Path, statement: dict[str, Any], expected: str) -> None:
    assert one(tmp_path, "POL-03", statement).startswith(expected)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            {"Effect": "Allow", "NotAction": "iam:*", "NotResource": BUCKET},
            "fail: Statement 1 allows by NotAction and NotResource. List what is allowed.",
        ),
        ({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}, "pass"),
        (allow("s3:GetObject"), "pass"),
    ],
)
def test_allows_by_what_is_left_out(
    tmp_path: Path, statement: dict[str, Any], expected: str
) -> None:
    assert one(tmp_path, "POL-04", statement).startswith(expected)


def test_lint_of_documents(tmp_path: Path) -> None:
    wrong = {**allow("s3:GetObjectt", resource=BUCKET)}
    assert one(tmp_path / "a", "POL-05", wrong).startswith("fail")
    fine = allow("s3:GetObject", resource="arn:aws:s3:::audit-logs-eu/*")
    assert one(tmp_path / "b", "POL-05", fine).startswith("pass")
    old = managed({"Statement": [fine]})
    said = reasons(tmp_path / "c", "POL-05", {"authorization-details": {"policies": [old]}})["p"]
    assert said.startswith("fail: MISSING_VERSION")
    # A warning of lint that is not among the graver ones is no failure here.
    wide = allow("s3:*", resource="*")
    assert one(tmp_path / "d", "POL-05", wide).startswith("pass")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1}, "not-applicable"),
        ({"AttachmentCount": 0, "PermissionsBoundaryUsageCount": 2}, "not-applicable"),
        ({"AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0}, "fail"),
        ({"AttachmentCount": 0}, "fail"),
        ({"AttachmentCount": 1, "PermissionsBoundaryUsageCount": 1}, "fail"),
        ({"AttachmentCount": 0, "PermissionsBoundaryUsageCount": "1"}, "fail"),
    ],
)
def test_a_boundary_alone_gives_nothing(
    tmp_path: Path, counts: dict[str, Any], expected: str
) -> None:
    assert one(tmp_path, "POL-02", allow("*"), **counts).startswith(expected)


def test_policies_of_aws_are_not_meant(tmp_path: Path) -> None:
    aws = managed(doc(allow("*")), Arn="arn:aws:iam::aws:policy/AdministratorAccess")
    given: dict[str, Any] = {"authorization-details": {"policies": [aws]}}
    assert verdicts(tmp_path / "a", "POL-02", given) == {"account": "not-applicable"}
    assert verdicts(tmp_path / "b", "LP-05", given | {"roles": []}) == {"account": "not-applicable"}


def test_a_policy_without_a_version_in_force_is_not_evaluated(tmp_path: Path) -> None:
    given = {"authorization-details": {"policies": [{"PolicyName": "p", "AttachmentCount": 1}]}}
    found = reasons(tmp_path, "POL-02", given)
    assert found["p"] == "not-evaluated: The version in force is not in the evidence."
    assert found["account"].startswith("not-evaluated: The list is not complete")


def test_a_document_that_cannot_be_read_whole_has_no_pass(tmp_path: Path) -> None:
    odd = {"Effect": "Perhaps", "Action": "s3:GetObject", "Resource": "*"}
    assert one(tmp_path / "a", "POL-02", odd).startswith("not-evaluated: Not all of it could be")
    assert one(tmp_path / "b", "POL-02", odd, allow("*")).startswith("fail")


def inline(kind: str, name: str, *documents: Any, **more: Any) -> dict[str, Any]:
    key = {"User": "UserPolicyList", "Role": "RolePolicyList", "Group": "GroupPolicyList"}[kind]
    held = [{"PolicyName": f"i{n}", "PolicyDocument": d} for n, d in enumerate(documents, 1)]
    return {f"{kind}Name": name, key: held, **more}


def test_inline_policies_are_judged_with_whoever_has_them(tmp_path: Path) -> None:
    star, fine = doc(allow("*")), doc(allow("s3:GetObject"))
    given = {
        "authorization-details": {
            "users": [
                inline("User", "u", star),
                inline("User", "v", fine, GroupList=["g"]),
                inline("User", "none", GroupList=["g"]),
            ],
            "groups": [inline("Group", "g", fine, star)],
            "roles": [
                inline("Role", "r", fine),
                inline("Role", "s", star, Path="/aws-service-role/x.amazonaws.com/"),
            ],
        }
    }
    assert reasons(tmp_path, "POL-02", given) == {
        "u": "fail: Inline policy i1, statement 1 allows *. List the actions that are needed.",
        "v": "pass: Names its actions.",
        "g": "fail: Inline policy i2, statement 1 allows *. List the actions that are needed.",
        "r": "pass: Names its actions.",
    }


def tags(*pairs: tuple[str, Any]) -> dict[str, Any]:
    return {"Tags": [{"Key": k, "Value": v} for k, v in pairs]}


@pytest.mark.parametrize(
    ("record", "description", "lacks"),
    [
        (tags(("Owner", "a")), "What for.", ""),
        (tags(("owner", "a"), ("Ticket", "T-1")), "", ""),
        (tags(("owner", "a"), ("purpose", "b")), None, ""),
        (tags(("owner", "a")), "", "a purpose (description, or tag purpose or ticket)"),
        (tags(("owner", "")), "What for.", "an owner (tag owner)"),
        ({"Tags": None}, "What for.", "an owner (tag owner)"),
        (
            {"Tags": ["owner"]},
            None,
            "an owner (tag owner) and a purpose (description, or tag purpose or ticket)",
        ),
    ],
)
def test_whose_and_what_for(
    tmp_path: Path, record: dict[str, Any], description: str | None, lacks: str
) -> None:
    expected = f"fail: Lacks {lacks}." if lacks else "pass: Says whose it is and what for."
    own = {"RoleName": "r", **record}
    service = {"RoleName": "s", "Path": "/aws-service-role/x.amazonaws.com/"}
    given = {
        "authorization-details": {
            "roles": [own, service],
            "policies": [{"PolicyName": "p", "Description": description, **record}],
        },
        "roles": [{"RoleName": "r", "Description": description}],
    }
    assert reasons(tmp_path, "LP-05", given) == {
        "r": expected,
        "p": expected,
        "s": "not-applicable: AWS manages this role.",
    }


def test_a_role_that_the_list_of_roles_lacks_has_no_description(tmp_path: Path) -> None:
    own = {"RoleName": "r", **tags(("owner", "a"))}
    given = {"authorization-details": {"roles": [own]}, "roles": []}
    assert reasons(tmp_path, "LP-05", given)["r"].startswith("fail: Lacks a purpose")
