"""Collect what lies above an account: AWS Organizations, its policies, and Identity Center."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from reportgen.evidence.answers import parse
from reportgen.evidence.store import Store
from reportgen.model import Status
from reportgen.sources import own_sources
from tests.collect.everything import organise
from tests.conftest import Front, Run
from tests.policies import allow

OWN = "123456789012"


def permission_sets() -> None:
    client: Any = boto3.client("sso-admin")
    instance = client.list_instances()["Instances"][0]["InstanceArn"]
    about = {"Name": "Everything", "SessionDuration": "PT1H"}
    made = client.create_permission_set(InstanceArn=instance, **about)
    arn = made["PermissionSet"]["PermissionSetArn"]
    client.put_inline_policy_to_permission_set(
        InstanceArn=instance, PermissionSetArn=arn, InlinePolicy=json.dumps(allow())
    )
    client.create_account_assignment(
        InstanceArn=instance,
        TargetId=OWN,
        TargetType="AWS_ACCOUNT",
        PermissionSetArn=arn,
        PrincipalType="GROUP",
        PrincipalId="g" * 36,
    )


def collected(tmp_path: Path, source: str) -> tuple[Any, dict[str, Any]]:
    snapshot = Store.open(tmp_path / "s").snapshots()[-1]
    envelope = snapshot.of_account(OWN)[source]
    content = snapshot.read(envelope) if envelope.status is Status.COLLECTED else b""
    return envelope, parse(source, content, own_sources()[source].keys) if content else {}


def verdicts(run: Run, tmp_path: Path) -> dict[tuple[str, str], str]:
    done = run("assess", "--store", "s", "--format", "json", "-o", "r.json")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "r.json").read_text())["results"]
    return {(r["control_id"], r["resource"].split("/")[-1]): r["verdict"] for r in results}


@pytest.mark.usefixtures("front")
def test_the_tree_and_every_policy_are_read(run: Run, tmp_path: Path) -> None:
    ids = organise()
    permission_sets()
    done = run("collect", "--store", "s")
    assert done.returncode == 0, done.stderr
    _, answer = collected(tmp_path, "organization")
    parents = {a["Id"]: a["ParentId"] for a in answer["Accounts"]}
    assert parents == {OWN: ids["root"], ids["member"]: ids["unit"]}
    policies = {p["Name"]: p for p in answer["Policies"]}
    assert set(policies) == {"FullAWSAccess", "stay"}
    assert [t["TargetId"] for t in policies["stay"]["Targets"]] == [ids["unit"]]
    assert json.loads(policies["stay"]["Content"])["Statement"][0]["Effect"] == "Deny"
    _, answer = collected(tmp_path, "identity-center")
    found = answer["Instances"][0]["PermissionSets"][0]
    assert json.loads(found["InlinePolicy"]) == allow()
    judged = verdicts(run, tmp_path)
    assert judged["SCP-02", ids["member"]] == "pass"
    assert judged["SCP-04", ids["member"]] == "fail"
    assert ("SCP-02", OWN) not in judged
    sets = {r: v for (c, r), v in judged.items() if c == "IDC-06"}
    assert list(sets.values()) == ["fail"]


@pytest.mark.usefixtures("front")
def test_an_account_without_organisation(run: Run, tmp_path: Path) -> None:
    done = run("collect", "--store", "s")
    assert done.returncode == 0, done.stderr
    envelope, _ = collected(tmp_path, "organization")
    assert envelope.status is Status.NOT_ENABLED
    judged = verdicts(run, tmp_path)
    assert judged["SCP-01", f"arn:aws:iam::{OWN}:root"] == "not-applicable"


def test_a_member_account_reads_only_that_it_is_one(front: Front, run: Run, tmp_path: Path) -> None:
    organise()
    of_another = {"Organization": {"Id": "o-abcdefghij", "MasterAccountId": "111122223333"}}
    front.answers["organizations:DescribeOrganization"] = of_another
    front.faults["organizations:ListRoots"] = "deny"
    front.faults["organizations:ListDelegatedAdministrators"] = "deny"
    done = run("collect", "--store", "s")
    assert done.returncode == 0, done.stderr
    envelope, answer = collected(tmp_path, "organization")
    assert envelope.status is Status.COLLECTED
    assert set(answer) == {"Organization"}
    assert "only the organisation itself" in envelope.detail
    # Nothing tells whose the account is, and nothing shows the SCPs: not evaluated, never a pass.
    assert verdicts(run, tmp_path)["SCP-02", f"arn:aws:iam::{OWN}:root"] == "not-evaluated"


def test_a_refusal_in_the_management_account_is_one(front: Front, run: Run, tmp_path: Path) -> None:
    organise()
    front.faults["ListRoots"] = "deny"
    assert run("collect", "--store", "s").returncode == 3
    envelope, _ = collected(tmp_path, "organization")
    assert envelope.status is Status.DENIED


@pytest.mark.usefixtures("front")
def test_policies_of_every_type_are_read(run: Run, tmp_path: Path) -> None:
    organise()
    client: Any = boto3.client("organizations", region_name="us-east-1")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    tags = client.create_policy(Content="{}", Description="x", Name="tags", Type="TAG_POLICY")
    assert run("collect", "--store", "s").returncode == 0
    _, answer = collected(tmp_path, "organization")
    found = {policy["Name"]: policy["Type"] for policy in answer["Policies"]}
    assert found["tags"] == tags["Policy"]["PolicySummary"]["Type"] == "TAG_POLICY"
    assert found["stay"] == "SERVICE_CONTROL_POLICY"
    assert all("JoinedTimestamp" in account for account in answer["Accounts"])


@pytest.mark.parametrize("action", ["ListPolicies", "DescribePolicy", "ListAccountsForParent"])
@pytest.mark.parametrize("fault", ["throttle", "malformed"])
def test_a_broken_read_is_never_half_an_organisation(
    front: Front, run: Run, tmp_path: Path, action: str, fault: str
) -> None:
    organise()
    front.faults[action] = fault
    done = run("collect", "--store", "s")
    assert done.returncode == 3, done.stderr
    envelope, _ = collected(tmp_path, "organization")
    assert envelope.status in (Status.THROTTLED, Status.FAILED)
    assert f"organization ({OWN}): " in done.stdout
