"""The role that collect assumes, as CloudFormation and Terraform, made in the test AWS."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from reportgen.sources import own_sources
from reportgen.sources.rights import cloudformation, read_only_policy, terraform
from tests.conftest import Run

POLICY = read_only_policy(own_sources().values())


def resolved(value: Any, given: dict[str, str]) -> Any:
    """A template's value with the parameters put in, as CloudFormation does it."""
    if isinstance(value, list):
        return [resolved(item, given) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return given[value["Ref"]]
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([\w:]+)\}", lambda name: given[name[1]], value["Fn::Sub"])
    return {key: resolved(item, given) for key, item in value.items()}


@pytest.mark.usefixtures("front")
def test_iam_takes_the_role_of_the_template(run: Run) -> None:
    done = run("init", "role-template")
    assert done.returncode == 0
    template = yaml.safe_load(done.stdout)
    given = {
        "CollectingAccount": "111122223333",
        "ExternalId": "9f8e7d6c5b4a",
        "RoleName": template["Parameters"]["RoleName"]["Default"],
        "AWS::Partition": "aws",
    }
    assert set(template["Parameters"]) == set(given) - {"AWS::Partition"}
    role = resolved(template["Resources"]["Role"]["Properties"], given)
    (policy,) = role.pop("Policies")
    trust = role.pop("AssumeRolePolicyDocument")
    iam = boto3.client("iam")
    iam.create_role(**role, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(
        RoleName=role["RoleName"],
        PolicyName=policy["PolicyName"],
        PolicyDocument=json.dumps(policy["PolicyDocument"]),
    )
    made = iam.get_role(RoleName="reportgen-collect")["Role"]
    (statement,) = made["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "9f8e7d6c5b4a"}}
    read = iam.get_role_policy(RoleName="reportgen-collect", PolicyName="read-evidence")
    assert read["PolicyDocument"] == POLICY


def test_the_rights_fit_into_a_role() -> None:
    # An inline policy of a role has at most 10,240 characters, blanks not counted.
    assert len(re.sub(r"\s", "", json.dumps(POLICY))) <= 10_240


def test_our_own_lint_finds_nothing_in_the_policy(run: Run, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(run("init", "iam-policy").stdout)
    done = run("policy", "lint", "policy.json")
    assert (done.returncode, done.stdout, done.stderr.strip()) == (0, "", "0 findings.")


@pytest.mark.parametrize(
    ("form", "name", "check"),
    [
        ((), "role.yaml", ("cfn-lint",)),
        (("--terraform",), "role.tf", ("terraform", "fmt", "-check")),
    ],
    ids=["cfn-lint", "terraform"],
)
def test_the_tools_of_others_find_nothing(
    form: tuple[str, ...], name: str, check: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    """Where they are installed. ``terraform validate`` needs AWS's provider, which is not ours."""
    tool = shutil.which(check[0])
    if tool is None:
        pytest.skip(f"{check[0]} is not installed")
    (tmp_path / name).write_text(run("init", "role-template", *form).stdout)
    done = subprocess.run(
        [tool, *check[1:], name], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_forms_say_the_same() -> None:
    text = terraform(POLICY)
    inside = re.search(r"<<-POLICY\n(.*?)\n\s*POLICY\n", text, re.DOTALL)
    assert inside is not None
    assert json.loads(inside[1]) == POLICY
    template = yaml.safe_load(cloudformation(POLICY))
    role = template["Resources"]["Role"]["Properties"]
    assert role["Policies"][0]["PolicyDocument"] == POLICY
    assert text.count("{") == text.count("}")
    assert "sts:ExternalId" in text
