"""Guardrails of the organisation, in its management account and elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons, verdicts
from tests.given import ACCOUNT


@pytest.mark.parametrize(("control", "example"), examples_of("organisation"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


MEMBER, OTHER = "444455556666", "555566667777"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


def scp(*statements: dict[str, Any], targets: tuple[str, ...] = ("r-root",)) -> dict[str, Any]:
    return {"targets": list(targets), "statements": list(statements)}


def under(**more: Any) -> dict[str, Any]:
    """An organisation of the management account and one member."""
    accounts = {ACCOUNT: "r-root", MEMBER: "r-root"}
    return {"organization": {"accounts": accounts, **more}}


LEAVE = deny("organizations:LeaveOrganization")
FEW = {**ALL, "Action": ["s3:*", "ec2:*"]}


def test_only_members_are_judged_and_only_in_the_management_account(tmp_path: Path) -> None:
    here = verdicts(tmp_path / "a", "SCP-02", under(scps={"keep": scp(LEAVE)}))
    assert here == {MEMBER: "pass"}
    away = {"credential-report": []}
    told = [(True, "not-evaluated"), (False, "not-applicable"), (None, "not-evaluated")]
    for management, expected in told:
        for control in ("SCP-01", "SCP-03", "SCP-06"):
            folder = tmp_path / f"{control}-{management}"
            said = reasons(folder, control, away, management=management)["account"]
            assert said.startswith(expected)
            # It tells the reader where to look for the row that there is not here.
            place = "Judged in the organisation's management account."
            assert (place in said) is (management is False)


def test_an_account_in_no_organisation(tmp_path: Path) -> None:
    said = (
        "\nAn error occurred (AWSOrganizationsNotInUseException) when calling the "
        "DescribeOrganization operation: none\n"
    )
    found = verdicts(tmp_path, "SCP-01", {}, files={"organization": said}, management=True)
    assert found == {"account": "not-applicable"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "fail: No SCP but AWS's own FullAWSAccess is above the account. Attach one."),
        ({"scps": {"keep": scp(LEAVE)}}, "pass: Under keep."),
        ({"scps": {"keep": scp(LEAVE, targets=(OTHER,))}}, "fail: No SCP but AWS's own"),
        (
            {"enabled": [], "scps": {"keep": scp(LEAVE)}},
            "fail: Service control policies are not enabled in the organisation.",
        ),
        # A copy of FullAWSAccess by another name forbids nothing.
        (
            {"scps": {"copy": scp(ALL)}},
            "fail: No SCP above the account forbids anything: copy only allows. Attach one that",
        ),
        ({"scps": {"copy": scp(ALL), "keep": scp(LEAVE)}}, "pass: Under keep."),
        # Beside FullAWSAccess it takes nothing away to allow less.
        ({"scps": {"few": scp(FEW)}}, "fail: No SCP above the account forbids anything: few only"),
    ],
)
def test_an_scp_above_each_member(tmp_path: Path, more: dict[str, Any], expected: str) -> None:
    assert reasons(tmp_path, "SCP-01", under(**more))[MEMBER].startswith(expected)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        # What a level does not allow is forbidden (User Guide, "SCP evaluation").
        ([FEW], "pass: Under own."),
        ([ALL], "fail: No SCP above the account forbids anything"),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], "pass: Under own."),
        ([FEW, ALL], "fail: No SCP above the account forbids anything"),
        ([{**ALL, "Action": "*:*"}], "fail: No SCP above the account forbids anything"),
        ([ALL, LEAVE], "pass: Under own."),
        # What cannot be read may allow everything.
        ([FEW, {"Effect": "Allow", "Action": 7, "Resource": "*"}], "not-evaluated: Whether own"),
        # What cannot be read may forbid something.
        ([ALL, {"Effect": "Deny", "Action": 7, "Resource": "*"}], "not-evaluated: Whether own"),
        ([LEAVE, {"Effect": "Deny", "Action": 7, "Resource": "*"}], "pass: Under own."),
    ],
)
def test_a_level_of_its_own_forbids_what_it_does_not_allow(
    tmp_path: Path, statements: list[dict[str, Any]], expected: str
) -> None:
    """The root has one SCP, and AWS's own FullAWSAccess was taken off it."""
    given = under(scps={"own": scp(*statements)}, bare=["r-root", MEMBER])
    assert reasons(tmp_path, "SCP-01", given)[MEMBER].startswith(expected)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (LEAVE, "pass: SCPs deny organizations:LeaveOrganization."),
        (deny("organizations:*"), "pass"),
        (deny("s3:*"), "fail: Nothing denies organizations:LeaveOrganization. Deny it at the"),
        (
            {**LEAVE, "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
            "fail: Nothing denies organizations:LeaveOrganization with MFA. Deny it at the root.",
        ),
    ],
)
def test_leaving(tmp_path: Path, statement: dict[str, Any], expected: str) -> None:
    found = reasons(tmp_path, "SCP-02", under(scps={"keep": scp(statement)}))
    assert found[MEMBER].startswith(expected)


def mfa(effect: str, operator: str, key: str = "aws:MultiFactorAuthPresent") -> dict[str, Any]:
    return {
        "Effect": effect,
        "Action": ["iam:CreateUser"],
        "Resource": "*",
        "Condition": {operator: {key: "false"}},
    }


GOOD = mfa("Deny", "BoolIfExists")


def with_mfa(operator: str, *values: str) -> dict[str, Any]:
    """A Deny under another condition on MFA."""
    return {**GOOD, "Condition": {operator: {"aws:MultiFactorAuthPresent": list(values)}}}


ASKS = "pass: ask asks for MFA."


@pytest.mark.parametrize(
    ("scps", "expected"),
    [
        ({}, "fail: No SCP asks for MFA on sensitive actions."),
        ({"ask": scp(GOOD)}, ASKS),
        ({"ask": scp(LEAVE, GOOD)}, ASKS),
        # Attached to nothing, an SCP binds nobody.
        ({"ask": scp(GOOD, targets=())}, "fail: No SCP asks"),
        ({"ask": scp(mfa("Allow", "BoolIfExists"))}, "fail: No SCP asks"),
        ({"ask": scp(mfa("Deny", "BoolIfExists", "aws:SecureTransport"))}, "fail: No SCP asks"),
        (
            {
                "ask": scp(
                    {**GOOD, "Condition": {**GOOD["Condition"], "StringNotEquals": {"aws:x": "y"}}}
                )
            },
            ASKS,
        ),
        # Whoever comes with MFA is denied, or whatever there is: that asks for none.
        ({"ask": scp(with_mfa("BoolIfExists", "true"))}, "fail: No SCP asks"),
        ({"ask": scp(with_mfa("BoolIfExists", "true", "false"))}, "fail: No SCP asks"),
        ({"ask": scp(with_mfa("Null", "false"))}, "fail: No SCP asks"),
        ({"ask": scp(with_mfa("BoolIfExists", "False"))}, ASKS),
        ({"ask": scp(mfa("Deny", "Bool"))}, "fail: ask tests MFA with Bool, which access keys"),
        (
            {"ask": scp(GOOD), "weak": scp(mfa("Deny", "Bool"))},
            "fail: weak tests MFA with Bool, which access keys escape. Write BoolIfExists.",
        ),
        (
            {"ask": scp(GOOD), "lock": scp({**GOOD, "Action": "*"})},
            "fail: lock denies everything without MFA, roles and services' roles too.",
        ),
    ],
)
def test_mfa_for_sensitive_actions(tmp_path: Path, scps: dict[str, Any], expected: str) -> None:
    found = reasons(tmp_path, "SCP-03", under(scps=scps))
    assert found["account"].startswith(expected)


def fence(*regions: str) -> dict[str, Any]:
    test = {"StringNotEquals": {"aws:RequestedRegion": list(regions)}}
    return scp({"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": test})


OURS = ("ap-southeast-2", "ap-southeast-4")


@pytest.mark.parametrize(
    ("scps", "expected"),
    [
        ({}, "fail: ec2:RunInstances is open in us-east-1; us-west-2; eu-west-1; and 1 more."),
        ({"fence": fence(*OURS)}, "pass: ec2:RunInstances is open in ap-southeast-2, ap-south"),
        ({"fence": fence(*OURS, "eu-west-1")}, "fail: ec2:RunInstances is open in eu-west-1."),
        (
            {"fence": fence("ap-southeast-2")},
            "fail: ec2:RunInstances is closed in ap-southeast-4, an approved region.",
        ),
    ],
)
def test_regions(tmp_path: Path, scps: dict[str, Any], expected: str) -> None:
    assert reasons(tmp_path, "SCP-04", under(scps=scps))[MEMBER].startswith(expected)


def test_an_approved_region_may_be_probed(tmp_path: Path) -> None:
    given = under(scps={"fence": fence(*OURS)})
    more = {"probes": ["ap-southeast-2", "us-east-1"]}
    assert verdicts(tmp_path, "SCP-04", given, parameters=more) == {MEMBER: "pass"}


def trusting(name: str, *services: str, **more: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": "sts:AssumeRole",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"RoleName": name, "AssumeRolePolicyDocument": document, **more}


MANAGED = {"Path": "/aws-service-role/x.amazonaws.com/"}


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], {"account": "pass"}),
        ([trusting("a", "ec2.amazonaws.com")], {"a": "fail"}),
        ([trusting("a", "config.amazonaws.com")], {"account": "pass"}),
        ([trusting("a", "lambda.amazonaws.com", **MANAGED)], {"account": "pass"}),
        (
            [trusting("a", "lambda.amazonaws.com"), trusting("b", "config.amazonaws.com")],
            {"a": "fail"},
        ),
        # Nobody can say that a trust which was not read names no compute service.
        ([{"RoleName": "a"}], {"a": "not-evaluated"}),
        ([{"RoleName": "a", "AssumeRolePolicyDocument": "{broken"}], {"a": "not-evaluated"}),
        ([{"RoleName": "a", **MANAGED}], {"account": "pass"}),
    ],
)
def test_workloads_of_the_management_account(
    tmp_path: Path, roles: list[Any], expected: dict[str, str]
) -> None:
    given = {"authorization-details": {"roles": roles}}
    assert verdicts(tmp_path / "a", "SCP-05", given, management=True) == expected
    elsewhere = verdicts(tmp_path / "b", "SCP-05", given, management=False)
    assert elsewhere == {"account": "not-applicable"}
    untold = verdicts(tmp_path / "c", "SCP-05", given)
    assert untold == {"account": "not-evaluated"}


def test_a_list_of_roles_with_gaps_shows_no_empty_account(tmp_path: Path) -> None:
    plain = trusting("a", "config.amazonaws.com")
    given = {"authorization-details": {"roles": [plain, plain]}}
    found = reasons(tmp_path / "a", "SCP-05", given, management=True)
    assert found["account"].startswith("not-evaluated: The list is not complete")
    given["authorization-details"]["roles"].append(trusting("b", "ec2.amazonaws.com"))
    found = verdicts(tmp_path / "b", "SCP-05", given, management=True)
    assert found == {"b": "fail", "account": "not-evaluated"}


def test_policies_that_do_not_say_what_they_mean(tmp_path: Path) -> None:
    scps = {
        "good": scp(LEAVE),
        "misspelt": scp(deny("organizations:LeaveOrganisation")),
    }
    found = reasons(tmp_path, "SCP-06", under(scps=scps))
    assert found["p-FullAWSAccess"] == "not-applicable: AWS maintains it."
    assert found["p-good"] == "pass: good: lint finds no error."
    assert found["p-misspelt"].startswith("fail: misspelt: ")


def test_a_chain_is_told_and_a_bare_level_allows_nothing(tmp_path: Path) -> None:
    accounts = {ACCOUNT: "r-root", MEMBER: "ou-work"}
    given = {"organization": {"accounts": accounts, "scps": {"keep": scp(LEAVE)}}}
    said = "pass: Root: FullAWSAccess, keep; ou-work: FullAWSAccess; "
    assert reasons(tmp_path / "a", "SCP-07", given)[MEMBER].startswith(said)
    given["organization"]["bare"] = ["ou-work"]
    said = "fail: No SCP is attached at ou-work, so nothing is allowed."
    assert reasons(tmp_path / "b", "SCP-07", given)[MEMBER] == said
    given["organization"]["enabled"] = []
    said = "fail: Service control policies are not enabled in the organisation."
    assert reasons(tmp_path / "c", "SCP-07", given)[MEMBER] == said


def test_a_level_without_a_name_is_told_by_its_id(tmp_path: Path) -> None:
    content = json.dumps({"Version": "2012-10-17", "Statement": [ALL]})
    answer = {
        "Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT},
        "Roots": [
            {"Id": "r-1", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}
        ],
        "OrganizationalUnits": [],
        "Accounts": [{"Id": MEMBER, "ParentId": "r-1"}, {"Id": OTHER, "ParentId": "r-2"}],
        "Policies": [
            {
                "Id": "p-1",
                "Name": "full",
                "AwsManaged": False,
                "Type": "SERVICE_CONTROL_POLICY",
                "Content": content,
                "Targets": [{"TargetId": "r-1"}],
            }
        ],
    }
    found = reasons(tmp_path, "SCP-07", {}, files={"organization": json.dumps(answer)})
    assert found[MEMBER] == f"fail: No SCP is attached at {MEMBER}, so nothing is allowed."
    said = "not-evaluated: The account's place in the organisation is not in the evidence."
    assert found[OTHER] == said
    answer["Policies"][0]["Targets"].append({"TargetId": MEMBER})
    found = reasons(tmp_path / "b", "SCP-07", {}, files={"organization": json.dumps(answer)})
    assert found[MEMBER] == f"pass: r-1: full; {MEMBER}: full."


def test_an_rcp_is_read_as_one(tmp_path: Path) -> None:
    """An RCP names a principal, which an SCP cannot (RCP syntax)."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    test = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}
    fence = {
        **statement,
        "Condition": {**test, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
    }
    policy = {
        "Id": "p-1",
        "Name": "fence",
        "AwsManaged": False,
        "Type": "RESOURCE_CONTROL_POLICY",
        "Content": json.dumps({"Version": "2012-10-17", "Statement": [fence]}),
        "Targets": [],
    }

    def of(folder: Path, kind: str) -> str:
        answer = {
            "Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT},
            "Roots": [],
            "OrganizationalUnits": [],
            "Accounts": [],
            "Policies": [{**policy, "Type": kind}],
        }
        files = {"organization": json.dumps(answer)}
        return verdicts(folder, "SCP-06", {}, files=files)["p-1"]

    assert of(tmp_path / "a", "RESOURCE_CONTROL_POLICY") == "pass"
    assert of(tmp_path / "b", "SERVICE_CONTROL_POLICY") == "fail"
