"""Who can change, share or delete backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons, verdicts


@pytest.mark.parametrize(("control", "example"), examples_of("backups"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def role(name: str, *actions: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {
        "RoleName": name,
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy}],
    }


def test_only_actions_of_the_list_that_can_be_called(tmp_path: Path) -> None:
    denied = role("denied", "ec2:DeleteSnapshot")
    denied["RolePolicyList"].append(
        {
            "PolicyName": "d",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}],
            },
        }
    )
    roles = [
        role("deletes", "ec2:DeleteSnapshot"),
        role("reads", "ec2:DescribeSnapshots"),
        denied,
        role("nightly-Backup", "ec2:DeleteSnapshot"),
        role("boss", "*"),
    ]
    given = {"authorization-details": {"roles": roles}}
    ordinary = reasons(tmp_path / "a", "E8-05", given)
    assert ordinary.pop("deletes").startswith("fail: Can call ec2:DeleteSnapshot.")
    assert {n: said.split(":")[0] for n, said in ordinary.items()} == {
        "reads": "pass",
        "denied": "pass",
        "nightly-Backup": "not-applicable",
        "boss": "not-applicable",
    }
    privileged = verdicts(tmp_path / "b", "E8-06", given)
    assert privileged == {
        "deletes": "not-applicable",
        "reads": "not-applicable",
        "denied": "not-applicable",
        "nightly-Backup": "not-applicable",
        "boss": "fail",
    }


def test_a_privileged_backup_administrator_is_named(tmp_path: Path) -> None:
    roles = [role("backup-boss", "*"), role("iam-boss", "iam:*")]
    found = verdicts(tmp_path, "E8-06", {"authorization-details": {"roles": roles}})
    assert found == {"backup-boss": "pass", "iam-boss": "pass"}
