"""The directory: delegation, provisioning, migrated users, separate identities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.directory import separate_identities
from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold
from tests.assess.facts.holding import facts_of
from tests.given import ACCOUNT


@pytest.mark.parametrize(("control", "example"), examples_of("directory"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def separate(tmp_path: Path, groups: Any, assigned: str) -> str:
    """Ann reads through a group that is told; a group is assigned to an administrator's set."""

    def given(name: str, group: str, *arns: str) -> dict[str, Any]:
        policies = [{"Name": arn.rpartition("/")[2], "Arn": arn} for arn in arns]
        held = [{"AccountId": ACCOUNT, "PrincipalType": "GROUP", "PrincipalId": group}]
        return {
            "Name": name, "PermissionSetArn": f"arn:aws:sso:::permissionSet/i/{name}",
            "AttachedManagedPolicies": policies, "CustomerManagedPolicyReferences": [],
            "InlinePolicy": "", "Assignments": held,
        }  # fmt: skip

    sets = [
        given("Reader", "readers"),
        given("Admin", assigned, "arn:aws:iam::aws:policy/AdministratorAccess"),
    ]
    members = [
        {"GroupId": group, "MemberId": {"UserId": user}}
        for group, user in (("readers", "1"), ("admins", "2"))
    ]
    store = {
        "Users": [{"UserId": "1", "UserName": "ann"}, {"UserId": "2", "UserName": "adm-bea"}],
        "GroupMemberships": members,
        **({} if groups is None else {"Groups": [{"GroupId": group} for group in groups]}),
    }
    files = {"identity-center": {"Instances": [{"PermissionSets": sets}]}, "identity-store": store}
    facts = facts_of(tmp_path, files, attestations={"E8-01": "Attested."})
    (row,) = separate_identities(facts, control="E8-01", dedicated=())
    return f"{row.verdict.value}: {row.reason}"


@pytest.mark.parametrize(
    ("groups", "assigned", "said"),
    [
        (["readers", "admins", "empty"], "admins", "pass: "),
        (["readers", "admins", "empty"], "readers", "fail: ann: "),
        # A group of which it is said that nobody is in it makes nobody an administrator.
        (["readers", "admins", "empty"], "empty", "not-applicable: "),
        # One that is not among the groups was not read: who is in it may be anybody.
        (["readers", "admins", "empty"], "made-later", "not-evaluated: "),
        ([], "made-later", "not-evaluated: "),
        (None, "made-later", "not-evaluated: "),
        # Its members tell that there is such a group, where the list of groups does not.
        (None, "admins", "pass: "),
    ],
)
def test_a_group_whose_members_were_not_read_is_not_empty(
    tmp_path: Path, groups: Any, assigned: str, said: str
) -> None:
    found = separate(tmp_path, groups, assigned)
    assert found.startswith(said)
    if said == "not-evaluated: ":
        assert "who is in the group made-later was not read" in found
