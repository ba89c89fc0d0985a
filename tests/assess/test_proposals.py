"""Policy optimisation: what is proposed, and above all what is not."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess import proposals
from reportgen.assess.facts import AccountFacts
from reportgen.model import AccountInfo
from tests.given import ACCOUNT, store_with
from tests.policies import allow, policy, statement, trust_policy

MOMENT = datetime(2026, 9, 30, 1, tzinfo=UTC)
READ = allow(Action="s3:GetObject", Resource="arn:aws:s3:::data/*")


def managed(name: str, document: Any, attached: int = 1) -> dict[str, Any]:
    return {
        "PolicyName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}",
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": 0,
        "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}],
    }


def role(name: str, attached: list[str] = [], inline: Any = None, **more: Any) -> dict[str, Any]:  # noqa: B006
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "Path": "/",
        "AssumeRolePolicyDocument": trust_policy({"Service": "lambda.amazonaws.com"}),
        "AttachedManagedPolicies": [
            {"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn} for arn in attached
        ],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": inline}] if inline else [],
        **more,
    }


def own(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


@pytest.fixture
def propose(tmp_path: Path) -> Any:
    def call(roles: list[Any], policies: list[Any] = []) -> list[tuple[str, str]]:  # noqa: B006
        answer = {
            "UserDetailList": [],
            "GroupDetailList": [],
            "RoleDetailList": roles,
            "Policies": policies,
        }
        files: dict[str, str | bytes] = {"authorization-details": json.dumps(answer)}
        _, snapshot = store_with(tmp_path, files, collected_at=MOMENT)
        facts = AccountFacts(AccountInfo(ACCOUNT, "a"), snapshot, MOMENT, 45, {})
        found = proposals.of_account(facts)
        assert found is not None
        call.whole = found  # type: ignore[attr-defined]
        return [(p["kind"], p["resource"].split(":", 5)[5]) for p in found]

    return call


def test_unattached_goes(propose: Any) -> None:
    found = propose([], [managed("idle", READ, attached=0), managed("used", READ)])
    assert found == [("remove", "policy/idle")]


def test_nothing_is_said_of_a_policy_whose_count_is_not_known(propose: Any) -> None:
    unknown = managed("x", READ)
    del unknown["AttachmentCount"]
    assert propose([], [unknown]) == []


def test_contained_goes_with_the_command(propose: Any) -> None:
    wide = allow(Action="s3:*", Resource="arn:aws:s3:::data/*")
    found = propose(
        [role("r", [own("narrow"), own("wide")])], [managed("narrow", READ), managed("wide", wide)]
    )
    assert ("remove", "role/r") in found
    what = next(p for p in propose.whole if p["kind"] == "remove")
    assert what["proposal"] == (
        f"Detach it: aws iam detach-role-policy --role-name r --policy-arn {own('narrow')}"
    )


@pytest.mark.parametrize(
    "wide",
    [
        # Only under a condition, not the same bucket, not the action, or a Deny beside it.
        policy(statement(Action="s3:*", Resource="arn:aws:s3:::data/*",
                         Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        allow(Action="s3:*", Resource="arn:aws:s3:::other/*"),
        allow(Action="s3:PutObject", Resource="*"),
        policy(statement(Action="s3:*"), statement("Deny", Action="s3:GetObject")),
        allow(NotAction="s3:*"),
        allow(Action="s3:*", NotResource="arn:aws:s3:::data/*"),
    ],
)  # fmt: skip
def test_not_contained_stays(wide: Any, propose: Any) -> None:
    found = propose(
        [role("r", [own("narrow"), own("wide")])], [managed("narrow", READ), managed("wide", wide)]
    )
    assert ("remove", "role/r") not in found


def test_two_that_say_the_same_lose_one_only(propose: Any) -> None:
    found = propose([role("r", [own("a"), own("b")])], [managed("a", READ), managed("b", READ)])
    assert [f for f in found if f[0] == "remove"] == [("remove", "role/r")]
    assert ("merge", "policy/a") in found


def test_statements_of_the_same_resources_merge(propose: Any) -> None:
    both = policy(
        statement(Action="s3:GetObject", Resource="arn:aws:s3:::data/*"),
        statement(Action="s3:PutObject", Resource=["arn:aws:s3:::data/*"]),
        statement("Deny", Action="s3:DeleteObject", Resource="arn:aws:s3:::data/*"),
    )
    assert propose([role("r", inline=both)]) == [("merge", "role/r")]
    document = json.loads(propose.whole[0]["document"])
    assert document["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert document["Effect"] == "Allow"


def test_pass_role_names_the_roles_that_services_take_on(propose: Any) -> None:
    found = propose([role("r", inline=allow(Action="iam:PassRole")), role("work")])
    assert found == [("narrow", "role/r")]
    document = json.loads(propose.whole[0]["document"])
    assert document["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/{n}" for n in ("r", "work")]
    assert document["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}
    }


def test_changes_on_everything_get_patterns_of_their_resources(propose: Any) -> None:
    assert propose([role("r", inline=allow(Action=["s3:PutObject", "s3:ListAllMyBuckets"]))]) == [
        ("narrow", "role/r")
    ]
    document = json.loads(propose.whole[0]["document"])
    assert document["Action"] == ["s3:PutObject"]
    assert "arn:aws:s3:::*/*" in document["Resource"]
    assert "s3:ListAllMyBuckets in a statement of their own" in propose.whole[0]["proposal"]


def test_service_linked_roles_are_left_alone(propose: Any) -> None:
    linked = role("l", inline=allow(Action="iam:PassRole"), Path="/aws-service-role/x/")
    assert propose([linked]) == []


def test_a_name_from_outside_cannot_become_a_command(propose: Any) -> None:
    name = "x; touch /tmp/owned"
    propose([], [managed(name, READ, attached=0)])
    (found,) = propose.whole
    command = found["proposal"].removeprefix("Delete it: ")
    assert shlex.split(command)[-1] == f"arn:aws:iam::{ACCOUNT}:policy/{name}"
