"""The digest of a principal's rights: what changes it, and what does not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from reportgen.sources.rights_of import digests
from reportgen.sources.source import ReadError

ANA, BATCH = "arn:aws:iam::123456789012:user/ana", "arn:aws:iam::123456789012:role/batch"
POLICY = "arn:aws:iam::123456789012:policy/read"
DETAILS: dict[str, Any] = {
    "UserDetailList": [
        {
            "Arn": ANA,
            "UserName": "ana",
            "GroupList": ["readers"],
            "AttachedManagedPolicies": [],
            "PermissionsBoundary": {"PermissionsBoundaryArn": POLICY},
            "Tags": [{"Key": "a", "Value": "b"}],
        }
    ],
    "GroupDetailList": [
        {"GroupName": "readers", "AttachedManagedPolicies": [{"PolicyArn": POLICY}]}
    ],
    "RoleDetailList": [
        {
            "Arn": BATCH,
            "RolePolicyList": [],
            "AssumeRolePolicyDocument": {"Statement": []},
            "RoleLastUsed": {},
        }
    ],
    "Policies": [{"Arn": POLICY, "DefaultVersionId": "v1"}],
}


def changed(change: Callable[[dict[str, Any]], object]) -> set[str]:
    """Whose digest a change of the details changes."""
    other = copy.deepcopy(DETAILS)
    change(other)
    one, two = digests(DETAILS), digests(other)
    return {arn for arn in one if one[arn] != two.get(arn)}


@pytest.mark.parametrize(
    ("change", "whose"),
    [
        (lambda d: d["UserDetailList"][0].update(UserPolicyList=[{"PolicyName": "p"}]), {ANA}),
        (lambda d: d["UserDetailList"][0].update(GroupList=[]), {ANA}),
        (lambda d: d["UserDetailList"][0].pop("PermissionsBoundary"), {ANA}),
        (lambda d: d["GroupDetailList"][0].update(AttachedManagedPolicies=[]), {ANA}),
        (lambda d: d["GroupDetailList"][0].update(GroupPolicyList=[{"PolicyName": "p"}]), {ANA}),
        # A policy's default version is what counts, wherever it is attached.
        (lambda d: d["Policies"][0].update(DefaultVersionId="v2"), {ANA}),
        (lambda d: d["RoleDetailList"][0].update(RolePolicyList=[{"PolicyName": "p"}]), {BATCH}),
        (lambda d: d["RoleDetailList"][0]["AssumeRolePolicyDocument"].update(Id="x"), {BATCH}),
        # Made anew under the same name, it is another role.
        (lambda d: d["RoleDetailList"][0].update(RoleId="AROA2"), {BATCH}),
        # Neither when it was used nor a tag gives rights.
        (lambda d: d["RoleDetailList"][0].update(RoleLastUsed={"Region": "x"}), set()),
        (lambda d: d["UserDetailList"][0].update(Tags=[]), set()),
        (lambda d: d["Policies"].append({"Arn": "arn:other", "DefaultVersionId": "v9"}), set()),
    ],
)  # fmt: skip
def test_what_changes_it(change: Callable[[dict[str, Any]], object], whose: set[str]) -> None:
    assert changed(change) == whose


@pytest.mark.parametrize(
    "details",
    [
        {"UserDetailList": [{"UserName": "no arn"}]},
        {"RoleDetailList": ["text"]},
        {"GroupDetailList": [{}]},
        {"Policies": [{"Arn": None}]},
    ],
)
def test_a_record_that_is_not_whole_is_no_digest(details: dict[str, Any]) -> None:
    with pytest.raises(ReadError, match="MalformedAnswer"):
        digests(details)


def test_a_list_that_is_not_there_has_nobody() -> None:
    assert digests({"UserDetailList": None}) == {}
