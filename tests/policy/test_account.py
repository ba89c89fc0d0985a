"""Accounts as they are read: what is odd in an answer is listed, and what is known is kept."""

from __future__ import annotations

import pytest

from reportgen.policy.account import read_account, well_known
from tests.policies import OWN, account, allow, attached, managed, role, user

AWS = "arn:aws:iam::aws:policy"


def test_what_is_listed_twice_is_told_and_the_last_one_counts() -> None:
    found = account(user("u"), user("u", allow()), user("v"))
    arn = f"arn:aws:iam::{OWN}:user/u"
    assert found.problems == [f"{arn} is listed twice"]
    assert len(found.subjects) == 2
    assert len(found.subjects[arn].sources) == 1


def test_records_are_counted_from_one() -> None:
    answer = {"UserDetailList": [user("u"), 7], "RoleDetailList": "x"}
    assert read_account(answer).problems == [
        "the file has no GroupDetailList",
        "UserDetailList item 2 is not an object",
        "RoleDetailList is not a list",
    ]


def test_names_are_those_given_or_the_end_of_the_arn() -> None:
    # IAM identifiers: the name is the last part of the ARN, after the path.
    named = user("u", Arn=f"arn:aws:iam::{OWN}:user/a/b/u2")
    unnamed = {k: v for k, v in user("x").items() if k != "UserName"}
    unnamed["Arn"] = f"arn:aws:iam::{OWN}:user/a/b/w"
    found = read_account({"UserDetailList": [named, unnamed]}).subjects
    assert [s.name for s in found.values()] == ["u", "w"]


def test_policies_are_called_by_their_names_or_the_end_of_their_arn() -> None:
    arn = f"arn:aws:iam::{OWN}:policy/team/p"
    policy = {k: v for k, v in managed("p", allow(), arn=arn).items() if k != "PolicyName"}
    holder = user("u", AttachedManagedPolicies=[{"PolicyArn": arn}])
    other = user("v", AttachedManagedPolicies=[{"PolicyArn": arn, "PolicyName": "given"}])
    found = account(holder, other, policy)
    assert found.policies[arn].name == "p"
    assert [s.sources[0].label for s in found.subjects.values()] == ["policy p", "policy given"]
    assert not any(s.sources[0].inline for s in found.subjects.values())
    named = {**policy, "PolicyName": "told"}
    assert account(named).policies[arn].name == "told"


@pytest.mark.parametrize(
    ("path", "kind", "managed_by_aws"),
    [
        ("/", "role", False),
        ("/aws-service-role/x.amazonaws.com/", "service-linked-role", True),
        ("/aws-reserved/sso.amazonaws.com/", "identity-center-role", True),
        ("/aws-reserved/other.amazonaws.com/", "role", True),
        ("/aws-reserve/", "role", False),
    ],
)
def test_whose_a_role_is(path: str, kind: str, managed_by_aws: bool) -> None:
    found = account(role("r", {"AWS": OWN}, path=path))
    (only,) = found.roles
    assert (only.kind, only.aws_managed) == (kind, managed_by_aws)


def test_users_are_no_roles_and_nobody_else_edits_them() -> None:
    found = account(user("u"), role("r", {"AWS": OWN}))
    assert [s.name for s in found.roles] == ["r"]
    assert not found.subjects[f"arn:aws:iam::{OWN}:user/u"].aws_managed


def test_a_boundary_is_read_or_known_not_to_be() -> None:
    found = account(
        user("free"),
        user("held", boundary="limit"),
        user("unread", boundary="gone"),
        user("well", boundary=f"{AWS}/PowerUserAccess"),
        {**user("odd"), "PermissionsBoundary": "x"},
        managed("limit", allow()),
    )
    said = {s.name: (s.boundary is not None, s.boundary_unread) for s in found.subjects.values()}
    assert said == {
        "free": (False, False),
        "held": (True, False),
        "unread": (False, True),
        "well": (True, False),
        "odd": (False, True),
    }


def test_the_version_in_force_is_the_default_one() -> None:
    # IAM API Reference, PolicyVersion: IsDefaultVersion.
    policy = managed("p", allow(Action="s3:Get*"), allow(Action="s3:*"), allow())
    (found,) = account(policy).policies.values()
    assert found.document.statements[0].actions == ("s3:Get*",)
    assert [version for version, _ in found.others] == ["v1", "v2"]
    assert not found.aws_owned
    policy["PolicyVersionList"] = policy["PolicyVersionList"][1:]
    unread = account(policy)
    assert (unread.policies, unread.problems) == ({}, [f"{policy['Arn']} has no version in force"])


def test_a_version_that_is_not_told_is_neither_in_force_nor_an_older_one() -> None:
    # IAM API Reference, PolicyVersion: ListPolicyVersions gives no Document.
    found = account(managed("p", allow(), None), managed("q", None, allow()))
    (policy,) = found.policies.values()
    assert (policy.name, policy.others) == ("p", ())
    assert found.problems == [f"arn:aws:iam::{OWN}:policy/q has no version in force"]


def test_only_aws_policies_of_exactly_those_names_are_well_known() -> None:
    for name in ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess"):
        assert well_known(f"{AWS}/{name}") is not None
        assert well_known(f"arn:aws:iam::{OWN}:policy/{name}") is None
    assert well_known(f"{AWS}/job-function/AdministratorAccess") is None
    assert well_known("arn:aws-cn:iam::aws:policy/AdministratorAccess") is not None


def test_members_have_what_their_groups_have_and_lack() -> None:
    group = {
        "GroupName": "g",
        "Arn": f"arn:aws:iam::{OWN}:group/g",
        "AttachedManagedPolicies": attached("gone"),
        "GroupPolicyList": [{"PolicyName": "in", "PolicyDocument": allow()}],
    }
    found = account(user("u", GroupList=["g", "missing"]), group)
    (subject,) = found.subjects.values()
    assert [(s.label, s.group, s.inline) for s in subject.sources] == [
        ("inline policy in (group g)", "g", True)
    ]
    assert list(subject.missing) == [
        f"group g: policy arn:aws:iam::{OWN}:policy/gone is not in the file",
        "group missing is not in the file",
    ]


def test_the_account_is_the_one_told_or_that_of_the_first_principal() -> None:
    assert read_account({"UserDetailList": [user("u")]}).id == OWN
    assert read_account({"UserDetailList": [user("u")]}, "111122223333").id == "111122223333"
    assert read_account({}).id == ""


def test_a_state_tells_a_principal_from_itself_after_a_change() -> None:
    (plain,) = account(user("u", allow())).subjects.values()
    (same,) = account(user("u", allow())).subjects.values()
    assert plain.state == same.state
    limit = managed("limit", allow())
    others = [
        account(user("u", allow(), allow())),
        account(user("u", allow(Action="s3:*"))),
        account(user("u", allow(), boundary="limit"), limit),
        account(user("u", allow(), boundary="limit"), managed("limit", allow(Action="s3:*"))),
        account(user("u", allow(), Tags=[{"Key": "a", "Value": "b"}])),
        account(user("v", allow())),
    ]
    states = {next(iter(found.subjects.values())).state for found in others}
    assert len(states | {plain.state}) == 7
