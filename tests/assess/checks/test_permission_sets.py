"""Permission sets: what makes one an administrator's, and what was not read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.permission_sets import administrators
from reportgen.assess.facts import AccountFacts
from reportgen.catalogue import Control, Example
from reportgen.model import Status
from tests.assess.checks.cases import examples_of, hold, reasons, verdicts
from tests.assess.facts.holding import facts_of
from tests.given import ACCOUNT


@pytest.mark.parametrize(("control", "example"), examples_of("permission_sets"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


ADMIN = {
    "Name": "AdministratorAccess",
    "Arn": "arn:aws:iam::aws:policy/AdministratorAccess",
}
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


def one(folder: Path, name: str = "Set", given: Any = (), **record: Any) -> str:
    whole = {"permission-sets": [{"Name": name, **record}], **dict(given)}
    return reasons(folder, "IDC-06", whole)[name]


def limit(arn: str) -> dict[str, Any]:
    return {"PermissionsBoundary": {"ManagedPolicyArn": arn}}


def own(name: str, document: dict[str, Any]) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    policies = [{"PolicyName": name, "PolicyVersionList": [version]}]
    return {"authorization-details": {"policies": policies}}


OWN = f"arn:aws:iam::{ACCOUNT}:policy/own"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, "pass: Set is no administrator's."),
        ({"InlinePolicy": json.dumps(READ)}, "pass: Set is no administrator's."),
        ({"InlinePolicy": json.dumps(ALL)}, "fail: Set is an administrator's, with 0 assignments"),
        ({"AttachedManagedPolicies": [ADMIN]}, "fail: Set is an administrator's, with 0"),
        (
            {"AttachedManagedPolicies": [{"Name": "x", "Arn": "arn:aws:iam::aws:policy/x"}]},
            "not-evaluated: Set could not be judged: arn:aws:iam::aws:policy/x is not in the evid",
        ),
        (
            {"CustomerManagedPolicyReferences": [{"Name": "theirs"}]},
            "not-evaluated: Set could not be judged: customer policy theirs lies in the accounts.",
        ),
        ({"InlinePolicy": "{broken"}, "not-evaluated: Set could not be judged: inline policy: "),
        # What fails does so whatever else was not read.
        (
            {"AttachedManagedPolicies": [ADMIN], "CustomerManagedPolicyReferences": None},
            "fail: Set is an administrator's",
        ),
        (
            {"AttachedManagedPolicies": [ADMIN], **limit("arn:aws:iam::aws:policy/x")},
            "not-evaluated: Set could not be judged: its boundary arn:aws:iam::aws:policy/x is",
        ),
        (
            {"AttachedManagedPolicies": [ADMIN], "PermissionsBoundary": {}},
            "not-evaluated: Set could not be judged: its boundary a customer policy of the acc",
        ),
        ({"AttachedManagedPolicies": [ADMIN], "PermissionsBoundary": None}, "fail"),
        ({"AttachedManagedPolicies": [ADMIN], **limit(ADMIN["Arn"])}, "fail"),
    ],
)
def test_what_a_set_gives(tmp_path: Path, record: dict[str, Any], expected: str) -> None:
    assert one(tmp_path, **record).startswith(expected)


def test_policies_that_the_account_has_are_read(tmp_path: Path) -> None:
    attached = {"AttachedManagedPolicies": [{"Name": "own", "Arn": OWN}]}
    assert one(tmp_path / "a", given=own("own", ALL), **attached).startswith("fail")
    assert one(tmp_path / "b", given=own("own", READ), **attached).startswith("pass")
    # A boundary that leaves reading alone makes no administrator of anyone.
    bound = {"AttachedManagedPolicies": [ADMIN], **limit(OWN)}
    assert one(tmp_path / "c", given=own("own", READ), **bound).startswith("pass")
    assert one(tmp_path / "d", given=own("own", ALL), **bound).startswith("fail")


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "pass"), (9, "pass"), (10, "pass"), (11, "fail")]
)
def test_an_approved_set_has_few_assignments(tmp_path: Path, count: int, expected: str) -> None:
    record = {"AttachedManagedPolicies": [ADMIN], "Assignments": [{}] * count}
    said = one(tmp_path, "platformadmin-eu", **record)
    assert said.startswith(expected)
    assert f" {count} assignments" in said


def error(code: str) -> str:
    return f"\nAn error occurred ({code}) when calling the ListInstances operation: no\n"


@pytest.mark.parametrize(
    ("answer", "management", "expected"),
    [
        ("", False, "not-applicable"),
        ("", True, "not-evaluated"),
        ("", None, "not-evaluated"),
        # A delegated administrator can manage it: what was refused here may exist here.
        ("AccessDenied", False, "not-evaluated"),
    ],
)
def test_where_identity_center_is_managed(
    tmp_path: Path, answer: str, management: bool | None, expected: str
) -> None:
    files = {"identity-center": error(answer)} if answer else {}
    given = {"credential-report": []}
    found = verdicts(tmp_path, "IDC-06", given, files=files, management=management)
    assert found == {"account": expected}


@pytest.mark.parametrize("management", [True, False, None])
def test_a_live_read_that_finds_no_instance(
    tmp_path: Path, management: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccountFacts, "status_of", lambda *_: Status.NOT_ENABLED)
    given = {"credential-report": []}
    found = verdicts(tmp_path, "IDC-06", given, management=management)
    assert found == {"account": "not-applicable"}


def test_without_permission_sets_the_control_does_not_apply(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "IDC-06", {"permission-sets": []}) == {"account": "not-applicable"}


THEIRS = {"CustomerManagedPolicyReferences": [{"Name": "theirs"}]}


@pytest.mark.parametrize(
    ("record", "answer"),
    [
        ({"InlinePolicy": json.dumps(ALL)}, True),
        ({"InlinePolicy": json.dumps(READ)}, False),
        ({}, False),
        # What was not read may make an administrator; what was read has made one already.
        (THEIRS, "customer policy theirs lies in the accounts"),
        ({"InlinePolicy": json.dumps(ALL), **THEIRS}, True),
        # A boundary that was not read may leave nothing.
        (
            {"InlinePolicy": json.dumps(ALL), **limit("arn:aws:iam::aws:policy/x")},
            "its boundary arn:aws:iam::aws:policy/x is not in the evidence",
        ),
        # Where the condition is met it is one.
        (
            {
                "InlinePolicy": json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": {
                            "Effect": "Allow",
                            "Action": "*",
                            "Resource": "*",
                            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
                        },
                    }
                )
            },
            True,
        ),
    ],
)
def test_which_sets_make_administrators(
    tmp_path: Path, record: dict[str, Any], answer: bool | str
) -> None:
    arn = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
    lists: dict[str, Any] = {
        "Assignments": [],
        "AttachedManagedPolicies": [],
        "CustomerManagedPolicyReferences": [],
        "InlinePolicy": "",
    }
    whole = {"Name": "Set", "PermissionSetArn": arn, **lists, **record}
    files = {"identity-center": {"Instances": [{"PermissionSets": [whole]}]}}
    ((told, _, found),) = administrators(facts_of(tmp_path, files))
    assert (told, found) == (arn, answer)
