"""Workloads and their credentials: roles in place of keys, secrets kept where secrets belong.

Sources: IAM User Guide, "Security best practices" (temporary credentials for workloads); Security
Hub, SecretsManager.1 and SecretsManager.4, CodeBuild.2, ECS.8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.facts.workloads import PlainSecret, Workload
from reportgen.assess.judge import (
    FUNCTION,
    INSTANCE,
    PROJECT,
    SECRET,
    TASK_DEFINITION,
    VAULT,
    Judgement,
    Opinion,
    ResourceType,
    days,
    failed,
    judged,
    not_applicable,
    or_none,
    passed,
)
from reportgen.assess.parameters import KeptDays, MaximumDays
from reportgen.assess.records import Unreadable
from reportgen.clock import parse_moment, whole_days

_TYPES: Mapping[str, ResourceType] = {
    "instance": INSTANCE,
    "function": FUNCTION,
    "task": TASK_DEFINITION,
    "build": PROJECT,
}
_ROLE = {"instance": "instance profile", "task": "task role"}


def _each(
    facts: AccountFacts, kinds: tuple[str, ...], opinion: Callable[[Workload], Opinion]
) -> Iterator[Judgement]:
    workloads = facts.workloads(*kinds)
    rows = (
        judged(facts, w.arn, _TYPES[w.kind], partial(opinion, w), w.name)
        for w in workloads.workloads
    )
    return or_none(facts, rows, "Nothing runs in the account.", workloads.gaps)


def roles_for_workloads(facts: AccountFacts) -> Iterator[Judgement]:
    """Instances, functions and tasks have a role, and no access key in their configuration."""

    def judge(workload: Workload) -> Opinion:
        keys = [found for found in workload.secrets if found.kind == "AWS access key"]
        if keys:
            return failed(f"Has an AWS access key in {_places(keys)}.")
        if not workload.role:
            return failed(f"Has no {_ROLE.get(workload.kind, 'role')}.")
        if workload.unread:
            raise Unreadable(first_reason(workload.unread))
        return passed("Gets temporary credentials from a role.")

    return _each(facts, ("instance", "function", "task"), judge)


def no_plain_secrets(facts: AccountFacts) -> Iterator[Judgement]:
    """No secret sits in variables, commands, build specifications or user data."""

    def judge(workload: Workload) -> Opinion:
        if workload.secrets:
            kinds = ", ".join(dict.fromkeys(found.kind for found in workload.secrets))
            return failed(f"Has secrets in {_places(workload.secrets)} ({kinds}).")
        if workload.unread:
            raise Unreadable(first_reason(workload.unread))
        return passed("No secret was found in its configuration.")

    return _each(facts, ("instance", "function", "task", "build"), judge)


def _places(found: tuple[PlainSecret, ...] | list[PlainSecret]) -> str:
    return first_reason(dict.fromkeys(f.place for f in found))


def secrets_rotate(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """Secrets rotate by themselves, the last time within ``maximum_days``."""

    def judge(region: str, secret: Mapping[str, Any]) -> Opinion:
        if secret.get("DeletedDate"):
            return not_applicable("Is on its way to deletion.")
        if secret.get("PrimaryRegion") not in (None, region):
            return not_applicable(f"Is a replica; it rotates in {secret['PrimaryRegion']}.")
        if secret.get("RotationEnabled") is not True:
            return failed("Rotation is not enabled.")
        text = secret.get("LastRotatedDate") or secret.get("CreatedDate")
        try:
            age = whole_days(facts.as_of, parse_moment(str(text)))
        except ValueError:
            raise Unreadable(f"its last rotation is {text!r}, not a date") from None
        if age > maximum_days:
            return failed(f"Last rotated {days(age)} ago; the limit is {days(maximum_days)}.")
        return passed(f"Rotates by itself, last {days(age)} ago.")

    found, gaps = facts.managed_secrets()
    rows = (
        judged(
            facts,
            s["ARN"],
            SECRET,
            partial(judge, region, s),
            str(s.get("Name") or ""),
        )
        for region, s in found
    )
    return or_none(facts, rows, "Secrets Manager holds no secrets.", gaps)


def backups_locked(facts: AccountFacts, *, minimum_days: KeptDays) -> Iterator[Judgement]:
    """Vaults are locked in compliance mode and keep recovery points for ``minimum_days``.

    A lock has a LockDate in compliance mode alone; before that day it can still be removed (AWS
    Backup Developer Guide, "Vault Lock"). A logically air-gapped vault is locked from its making.
    """

    def judge(vault: Mapping[str, Any]) -> Opinion:
        kept = vault.get("MinRetentionDays")
        if vault.get("Locked") is not True:
            return failed("Is not locked: a backup administrator can delete what it holds.")
        if vault.get("VaultType") != "LOGICALLY_AIR_GAPPED_BACKUP_VAULT":
            text = vault.get("LockDate")
            if not text:
                return failed("Is locked in governance mode, which an administrator can lift.")
            try:
                locked = parse_moment(str(text))
            except ValueError:
                raise Unreadable(f"its LockDate is {text!r}, not a date") from None
            if locked > facts.as_of:
                return failed(f"Its lock can still be lifted, until {str(text)[:10]}.")
        if not isinstance(kept, int) or isinstance(kept, bool):
            return failed("Its lock asks for no retention, so anything can be deleted at once.")
        if kept < minimum_days:
            return failed(f"Its lock keeps recovery points for {days(kept)} at least.")
        return passed(f"Is locked, and keeps recovery points for {days(kept)} at least.")

    found, gaps = facts.backup_vaults()
    rows = (
        judged(
            facts,
            v["BackupVaultArn"],
            VAULT,
            partial(judge, v),
            str(v.get("BackupVaultName") or ""),
        )
        for _, v in found
    )
    return or_none(facts, rows, "AWS Backup has no vaults here.", gaps)
