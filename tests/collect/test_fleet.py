"""An organisation of six accounts, read by a role in each, against moto over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from reportgen.collect.log import LOG
from reportgen.evidence.store import Snapshot, Store
from reportgen.model import Status
from reportgen.sources import own_sources
from tests.conftest import Front, Run

OWN = "123456789012"


@pytest.fixture
def organisation(front: Front) -> dict[str, str]:
    """Name -> id of six accounts: management, a unit with two, and three more, one suspended."""
    client = boto3.client("organizations", region_name="us-east-1")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="work")["OrganizationalUnit"]["Id"]
    found = {"management": OWN, "unit": unit, "root": root}
    for name in ("alpha", "beta", "gamma", "delta", "closed"):
        made = client.create_account(Email=f"{name}@example.com", AccountName=name)
        found[name] = made["CreateAccountStatus"]["AccountId"]
        role_in(found[name])
    for name in ("alpha", "beta"):
        client.move_account(AccountId=found[name], SourceParentId=root, DestinationParentId=unit)
    client.close_account(AccountId=found["closed"])
    front.calls.clear()
    return found


def role_in(account: str, name: str = "reportgen-collect") -> None:
    """A role in an account of the organisation, and a user by which it is told apart."""
    keys = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/setup", RoleSessionName="setup"
    )["Credentials"]
    iam = boto3.client(
        "iam",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    trust = {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    iam.create_user(UserName=f"user-{account}")


def position(folder: Path) -> dict[str, Snapshot]:
    return {s.accounts[0]: s for s in Store.open(folder).snapshots()}


def log_of(snapshot: Snapshot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        snapshot.read(snapshot.of_account(snapshot.accounts[0])[LOG])
    )
    return found


def accounts(done: Any) -> dict[str, dict[str, Any]]:
    return {row["account_id"]: row for row in json.loads(done.stdout)["accounts"]}


def test_every_account_is_read_as_itself(
    front: Front, organisation: dict[str, str], run: Run, tmp_path: Path
) -> None:
    done = run("collect", "--store", "s", "--organization", "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = accounts(done)
    assert {rows[organisation[n]]["state"] for n in ("alpha", "beta", "gamma", "delta")} == {
        "collected"
    }
    assert rows[organisation["closed"]]["state"] == "suspended"
    found = position(tmp_path / "s")
    assert set(found) == set(rows) - {organisation["closed"]}
    for account, snapshot in found.items():
        details = json.loads(snapshot.read(snapshot.of_account(account)["authorization-details"]))
        names = [user["UserName"] for user in details["UserDetailList"]]
        assert names == ([] if account == OWN else [f"user-{account}"])
    # CloudTrail there shows the session by the run's name.
    caller = found[organisation["alpha"]].of_account(organisation["alpha"])["roles"].caller_arn
    run_id = log_of(found[OWN])["run"]
    assert caller == f"arn:aws:sts::{organisation['alpha']}:assumed-role/reportgen-collect/{run_id}"
    assert front.calls["AssumeRole"] == 4
    told = {row["account_id"]: row["state"] for row in log_of(found[OWN])["accounts"]}
    assert told[organisation["closed"]] == "suspended"
    assert OWN not in told


def test_the_log_has_totals_and_request_ids(
    organisation: dict[str, str], run: Run, tmp_path: Path
) -> None:
    alpha = organisation["alpha"]
    assert run("collect", "--store", "s", "--account", alpha).returncode == 0
    log = log_of(position(tmp_path / "s")[alpha])
    assert log["control_totals"]["users"] == {
        "authorization-details": 1,
        "account-summary": 1,
        "credential-report": 1,
        "difference": 0,
    }
    assert {s["key"] for s in log["sources"]} >= {"roles", "regions", "credential-report"}
    for source in log["sources"]:
        assert all(r["id"] and r["date"] and r["http_status"] for r in source["requests"])
        # What comes after another source may have had nothing to ask.
        name = source["key"].partition("@")[0]
        assert source["requests"] or own_sources()[name].after, name


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--ou", "{unit}"], {"alpha", "beta"}),
        (["--ou", "{unit}", "--exclude", "{alpha}"], {"beta"}),
        (["--organization", "--account", "{gamma}", "--account", "{alpha}"], {"alpha", "gamma"}),
        (["--account", "{delta}"], {"delta"}),
        ([], {"management"}),
    ],
)
def test_only_what_was_asked_for_is_read(
    organisation: dict[str, str],
    run: Run,
    tmp_path: Path,
    arguments: list[str],
    names: set[str],
) -> None:
    done = run("collect", "--store", "s", *(a.format(**organisation) for a in arguments))
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(position(tmp_path / "s")) == {organisation[name] for name in names}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--account", "12345678901"], "is not an AWS account id"),
        (["--account", "1234567890123"], "is not an AWS account id"),
        (["--organization", "--exclude", "999999999999"], "Not among the accounts"),
        (["--ou", "work"], "is no organisational unit"),
        (["--parallel", "0"], "greater than or equal to 1"),
        (["--parallel", "33"], "less than or equal to 32"),
        (["--refresh", "tea"], "Unknown source 'tea'"),
        (["--format", "csv"], "is not a format"),
    ],
)
def test_what_is_nothing_is_refused(
    organisation: dict[str, str], run: Run, arguments: list[str], said: str
) -> None:
    done = run("collect", "--store", "s", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_one_that_cannot_be_entered_spoils_no_other(
    front: Front, organisation: dict[str, str], run: Run, tmp_path: Path
) -> None:
    beta = organisation["beta"]
    front.faults[f"AssumeRole?{beta}"] = "deny"
    done = run("collect", "--store", "s", "--organization")
    assert done.returncode == 3, done.stdout + done.stderr
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert f"{beta}  beta                unreachable: " in done.stdout
    found = position(tmp_path / "s")
    assert set(found) == {OWN, *(organisation[n] for n in ("alpha", "gamma", "delta"))}
    told = {row["account_id"]: row for row in log_of(found[OWN])["accounts"]}
    assert told[beta]["state"] == "unreachable"
    assert "AccessDenied" in told[beta]["detail"]


def test_what_one_account_denies_is_told_with_the_account(
    front: Front, organisation: dict[str, str], run: Run, tmp_path: Path
) -> None:
    front.faults["GetAccountSummary"] = "deny"
    done = run("collect", "--store", "s", "--ou", organisation["unit"])
    assert done.returncode == 3
    both = ", ".join(sorted((organisation["alpha"], organisation["beta"])))
    assert f"account-summary ({both}): AccessDenied" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    for account in (organisation["alpha"], organisation["beta"]):
        snapshot = position(tmp_path / "s")[account]
        assert snapshot.of_account(account)["account-summary"].status is Status.DENIED


def test_credentials_of_another_account_are_not_taken_for_it(
    front: Front, organisation: dict[str, str], run: Run
) -> None:
    """A listing that cannot be had is said; nothing is stored under a wrong name."""
    front.faults["ListAccounts"] = "deny"
    done = run("collect", "--store", "s", "--organization")
    assert done.returncode == 2
    assert "cannot be listed" in done.stderr


def test_a_bucket_holds_what_was_collected(
    front: Front,
    moto_url: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_url)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    bucket = boto3.client("s3", region_name="us-east-1")
    bucket.create_bucket(Bucket="evidence-example")
    front.faults["ListRoles"] = "deny"
    done = run("collect", "--store", "s3://evidence-example/iam")
    assert done.returncode == 3, done.stderr
    assert "roles (123456789012): AccessDenied" in done.stdout
    front.faults.clear()
    done = run("collect", "--store", "s3://evidence-example/iam")
    assert done.returncode == 0, done.stderr
    verified = run("verify", "--store", "s3://evidence-example/iam")
    assert verified.returncode == 0, verified.stderr
    assert "2 snapshots of 1 account" in verified.stdout
    # Nothing stays behind here, and no folder is made of the bucket's name.
    assert not list((tmp_path / "state").rglob("*.item"))
    assert not (tmp_path / "s3:").exists()


def test_a_second_run_stores_no_second_copy(front: Front, run: Run, tmp_path: Path) -> None:
    def contents() -> set[str]:
        return {p.name for p in (tmp_path / "s" / "objects").rglob("*") if p.is_file()}

    front.calls.clear()
    run("collect", "--store", "s")
    first = contents()
    run("collect", "--store", "s")
    snapshots = Store.open(tmp_path / "s").snapshots()
    assert len(snapshots) == 2
    digests = [
        {e.key: e.sha256 for e in s.envelopes if e.source not in (LOG, "credential-report")}
        for s in snapshots
    ]
    assert digests[0] == digests[1]
    assert {d for d in digests[0].values() if d} <= first
