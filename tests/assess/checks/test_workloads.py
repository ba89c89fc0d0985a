"""Workloads: roles, secrets, rotation, locks of vaults."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.workloads import backups_locked, secrets_rotate
from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold
from tests.assess.facts.holding import facts_of
from tests.given import AS_OF


@pytest.mark.parametrize(("control", "example"), examples_of("workloads"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


HERE = "ap-southeast-2"
VAULT = f"arn:aws:backup:{HERE}:111122223333:backup-vault:v"
LOCKED = {
    "BackupVaultArn": VAULT,
    "BackupVaultName": "v",
    "Locked": True,
    "MinRetentionDays": 30,
}


def region(source: str, key: str, *records: dict[str, Any]) -> dict[str, Any]:
    return {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"{source}@{HERE}": {key: list(records)},
    }


@pytest.mark.parametrize(
    ("vault", "verdict", "said"),
    [
        # From the day of its lock on nobody can lift it.
        ({"LockDate": (AS_OF - timedelta(seconds=1)).isoformat()}, "pass", "for 30 days"),
        ({"LockDate": AS_OF.isoformat()}, "pass", "for 30 days"),
        ({"LockDate": "2026-10-02T03:04:05Z"}, "fail", "be lifted, until 2026-10-02."),
        ({"LockDate": ""}, "fail", "governance"),
        ({"LockDate": "soon"}, "not-evaluated", "'soon'"),
        ({"VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"}, "pass", "for 30 days"),
        ({"Locked": "yes"}, "fail", "Is not locked"),
        ({"LockDate": AS_OF.isoformat(), "MinRetentionDays": 29}, "fail", "for 29 days"),
        ({"LockDate": AS_OF.isoformat(), "MinRetentionDays": True}, "fail", "no retention"),
    ],
)
def test_a_vault_s_lock(tmp_path: Path, vault: dict[str, Any], verdict: str, said: str) -> None:
    key = f"backup-vaults@{HERE}"
    facts = facts_of(tmp_path, region("backup-vaults", "BackupVaultList"))
    facts._parsed[key] = {"BackupVaultList": [{**LOCKED, **vault}]}
    (row,) = backups_locked(facts, minimum_days=30)
    assert row.verdict == verdict
    assert said in row.reason


def test_vaults_and_secrets_are_called_as_people_call_them(tmp_path: Path) -> None:
    files = region("backup-vaults", "BackupVaultList", LOCKED)
    (row,) = backups_locked(facts_of(tmp_path / "a", files), minimum_days=30)
    assert (row.resource, row.name) == (VAULT, "v")
    secret = f"arn:aws:secretsmanager:{HERE}:111122223333:secret:s-AbCdEf"
    files = region("managed-secrets", "SecretList", {"ARN": secret, "Name": "s"})
    (row,) = secrets_rotate(facts_of(tmp_path / "b", files), maximum_days=365)
    assert (row.resource, row.name) == (secret, "s")
