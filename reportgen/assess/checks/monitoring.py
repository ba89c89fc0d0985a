"""Logging: is every call recorded, are the records safe, are they kept long enough?

Sources: CloudTrail User Guide, "Security best practices" and "Creating a trail for an
organization"; CIS AWS Foundations Benchmark, logging; ISM, event logging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from reportgen.assess.checks.permission_sets import not_here
from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.facts.trails import Trail, Trails
from reportgen.assess.judge import (
    TRAIL,
    Judgement,
    Opinion,
    days,
    failed,
    judged,
    not_applicable,
    on_account,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.parameters import KeptDays
from reportgen.assess.records import Unavailable, Unreadable, records
from reportgen.model import Status
from reportgen.policy.account import document
from reportgen.policy.glob import matches

_NO_TRAIL = "No trail is seen from the account."
_BLOCKS = (
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
)
# What has to be brought back before it can be read is not searchable.
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
_DELETES = ("s3:deleteobject", "s3:deleteobjectversion")


def every_call_recorded(facts: AccountFacts) -> Iterator[Judgement]:
    """Some trail of all regions is logging every management event, reads and writes."""
    yield on_account(facts, recording(facts))


def key_use_recorded(facts: AccountFacts) -> Iterator[Judgement]:
    """As ``every_call_recorded``, where the account has an active access key."""
    if _has_no_key(facts):
        yield on_account(facts, not_applicable("The account has no active access key."))
        return
    yield on_account(facts, recording(facts))


def identity_center_recorded(facts: AccountFacts) -> Iterator[Judgement]:
    """As ``every_call_recorded``, where IAM Identity Center is managed."""
    elsewhere = not_here(facts, "identity-center", "IAM Identity Center is not managed here.")
    if elsewhere is not None:
        yield elsewhere
        return
    facts.permission_sets()
    yield on_account(facts, recording(facts))


def recording(facts: AccountFacts) -> Opinion:
    """Whether some trail records every management call."""
    trails = facts.trails()
    wrong: list[str] = []
    unread = list(trails.gaps)
    for trail in trails.trails:
        try:
            against = _against(trail)
        except Unreadable as reason:
            unread.append(str(reason))
            continue
        if not against:
            whose = "The organisation's trail" if _of_organisation(trail) else "The trail"
            said = f"{whose} {trail.name} records every management call in every region."
            return passed(said)
        wrong.append(f"{trail.name} {against}")
    if unread:
        told = first_reason([*wrong, *dict.fromkeys(unread)])
        return unknown(f"No trail is shown to record every call: {told}.")
    return failed(f"No trail records every call: {first_reason(wrong)}." if wrong else _NO_TRAIL)


def _against(trail: Trail) -> str:
    """What a trail lacks; empty: nothing. Raises Unreadable."""
    if not trail.is_set("IsMultiRegionTrail"):
        return "records one region alone"
    if not trail.is_set("IncludeGlobalServiceEvents"):
        return "leaves out global services"
    if not trail.logging:
        error = trail.status.read().get("LatestDeliveryError")
        return f"cannot deliver ({error})" if error else "is switched off"
    left_out = trail.unrecorded()
    return f"leaves out {left_out}" if left_out else ""


def _of_organisation(trail: Trail) -> bool:
    return trail.record.get("IsOrganizationTrail") is True


def _has_no_key(facts: AccountFacts) -> bool:
    """Whether it is shown that no user, root included, has an active key. Raises Unavailable."""
    rows = [facts.root_row(), *facts.credential_rows()]
    try:
        if any(row.active_keys() for row in rows):
            return False
    except Unreadable:
        return False
    # A count that agrees does not show that no user was made since: the list does.
    facts.users()
    missing, gap = facts.users_missing_from_report()
    return not missing and not gap


def elsewhere(facts: AccountFacts, account: str, where: str) -> Opinion:
    """The opinion on what another account has: it is judged there, if it is judged at all."""
    if facts.knows(account):
        return not_applicable(f"{where} account {account}, and is judged there.")
    missing = "which is not among the accounts of reportgen.yaml: nothing shows that it is judged"
    return unknown(f"{where} account {account}, {missing}.")


def _own(facts: AccountFacts, trails: Trails) -> list[Trail]:
    """The trails of this account, and those whose bucket S3 does not refuse it: it may hold it."""
    return [t for t in trails.trails if t.owner == facts.account_id or not _refused(t)]


def _refused(trail: Trail) -> bool:
    """Whether S3 refused all of the bucket, as it does where another account holds it."""
    record = trail.bucket.record
    errors = record.get("Errors") if record is not None else None
    if not isinstance(errors, dict) or not errors:
        return False
    return set(record or ()) <= {"Name", "Errors"} and set(errors.values()) == {"AccessDenied"}


def logs_protected(facts: AccountFacts) -> Iterator[Judgement]:
    """Logs have digests and their own key, and their bucket lets nobody change or delete them."""
    trails = facts.trails()
    own = _own(facts, trails)

    def judgements() -> Iterator[Judgement]:
        for trail in trails.trails:
            if trail in own:
                yield judged(facts, trail.arn, TRAIL, partial(_protected, trail), trail.name)
            elif trail.bucket.unasked:
                said = f"Whether its bucket is this account's was not read: {trail.bucket.gap}."
                yield Judgement(trail.arn, TRAIL, *unknown(said), name=trail.name)
            else:
                opinion = elsewhere(facts, trail.owner, "Belongs to")
                yield Judgement(trail.arn, TRAIL, *opinion, name=trail.name)

    yield from or_none(facts, judgements(), _NO_TRAIL, trails.gaps)


def _protected(trail: Trail) -> Opinion:
    wrong = []
    if not trail.is_set("LogFileValidationEnabled"):
        wrong.append("its log files have no digests, so a change does not show")
    if not trail.record.get("KmsKeyId"):
        wrong.append("its log files are not encrypted with a key of its own")
    unread: list[str] = []
    if trail.bucket.record is None:
        unread.append(trail.bucket.gap)
    else:
        wrong += _bucket_wrong(trail.bucket.record, unread)
    if wrong:
        return failed(f"{trail.name}: {first_reason(wrong)}.")
    if unread:
        raise Unreadable(f"not all of {trail.name} could be read: {first_reason(unread)}")
    return passed(f"{trail.name} has digests and its own key; its bucket lets nobody delete.")


def _bucket_wrong(bucket: Mapping[str, Any], unread: list[str]) -> list[str]:
    """What is wrong with a bucket; what could not be read is added to ``unread``."""
    name = bucket.get("Name")

    def part(key: str) -> Mapping[str, Any] | None:
        """S3's answer, empty where it says that there is none; None where it was not read."""
        if key not in bucket:
            errors = bucket.get("Errors")
            code = errors.get(key, "not asked") if isinstance(errors, dict) else "not asked"
            unread.append(f"{key} of the bucket {name}: {code}")
            return None
        value = bucket[key]
        return value if isinstance(value, dict) else {}

    wrong = []
    status, block = part("PolicyStatus"), part("PublicAccessBlock")
    if status is not None and _within(status, "PolicyStatus").get("IsPublic") is True:
        wrong.append(f"the policy of {name} is public")
    block_of = None if block is None else _within(block, "PublicAccessBlockConfiguration")
    if block_of is not None and not all(block_of.get(key) is True for key in _BLOCKS):
        wrong.append(f"{name} does not block public access")
    versioning = part("Versioning")
    if versioning is not None and versioning.get("Status") != "Enabled":
        wrong.append(f"{name} keeps no versions")
    lock, policy = part("ObjectLock"), part("Policy")
    kept = _locked(lock) or _denies_deletion(policy, str(name))
    if not kept and lock is not None and policy is not None:
        wrong.append(f"nothing keeps objects of {name} from being deleted")
    return wrong


def _within(answer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = answer.get(key)
    return value if isinstance(value, dict) else {}


def _locked(lock: Mapping[str, Any] | None) -> bool:
    """Whether new objects are locked by themselves (S3 User Guide, "Object Lock": default)."""
    found = _within(lock or {}, "ObjectLockConfiguration")
    retention = _within(_within(found, "Rule"), "DefaultRetention")
    return found.get("ObjectLockEnabled") == "Enabled" and bool(retention.get("Mode"))


def _denies_deletion(policy: Mapping[str, Any] | None, bucket: str) -> bool:
    """Whether the bucket's policy denies everybody, without a condition, to delete anything."""
    # Of any key: a statement about a part of the bucket may leave the logs out.
    key = f"{bucket}/any/key"
    found = document((policy or {}).get("Policy") or {"Statement": []})
    denied = {
        action
        for statement in found.usable
        for action in _DELETES
        if statement.effect == "Deny"
        and not statement.not_action
        and not statement.not_principal
        and not statement.not_resource
        and not statement.conditions
        and any(value == "*" for _, value in statement.principals or ())
        and any(matches(r.partition(":s3:::")[2] or r, key) for r in statement.resources or ())
        and any(matches(pattern, action) for pattern in statement.lowered)
    }
    return denied == set(_DELETES)


def logs_kept(facts: AccountFacts, *, minimum_days: KeptDays) -> Iterator[Judgement]:
    """Events are kept in one place for the organisation, searchable, for ``minimum_days``."""
    trails = facts.trails()
    alone = facts.status_of("organization") is Status.NOT_ENABLED
    own = _own(facts, trails)
    other = facts.organisation_trail_of_another(trails)
    short: list[str] = []
    unread: list[str] = list(trails.gaps)
    for place, kept, central in (*_stores(facts, unread), *_places(own, unread)):
        if kept is not None and kept < minimum_days:
            short.append(f"{place} keeps them for {days(kept)}")
        elif not central and not alone:
            short.append(f"{place} has those of this account alone")
        else:
            said = "for ever" if kept is None else f"for {days(kept)}"
            yield on_account(facts, passed(f"{place} keeps events {said}."))
            return
    if other is not None and other not in own:
        opinion = elsewhere(facts, other.owner, "The organisation's trail belongs to")
    elif unread:
        told = first_reason([*short, *dict.fromkeys(unread)])
        opinion = unknown(f"No place is shown to keep events for {days(minimum_days)}: {told}.")
    elif short:
        opinion = failed(f"No place keeps events for {days(minimum_days)}: {first_reason(short)}.")
    else:
        opinion = failed("No log group, bucket or event data store keeps events.")
    yield on_account(facts, opinion)


Place = tuple[str, int | None, bool]


def _stores(facts: AccountFacts, unread: list[str]) -> Iterator[Place]:
    try:
        listing = facts.regional("event-data-stores")
    except Unavailable as reason:
        unread.append(str(reason))
        return
    for _, store in listing.listed("EventDataStores"):
        kept, name = store.get("RetentionPeriod"), store.get("Name")
        if not isinstance(kept, int) or isinstance(kept, bool):
            unread.append(f"how long the event data store {name} keeps events was not read")
        elif store.get("Status") == "ENABLED":
            yield f"The event data store {name}", kept, store.get("OrganizationEnabled") is True
    unread += listing.gaps


def _places(trails: list[Trail], unread: list[str]) -> Iterator[Place]:
    """Log groups and buckets of trails: name, days (None: for ever), whether it is central."""
    for trail in trails:
        try:
            if not trail.logging:
                continue
        except Unreadable as reason:
            unread.append(str(reason))
            continue
        central = _of_organisation(trail)
        if trail.watched_group:
            if trail.log_group.record is None:
                unread.append(trail.log_group.gap)
            else:
                kept = trail.log_group.record.get("retentionInDays")
                if kept is None or (isinstance(kept, int) and not isinstance(kept, bool)):
                    yield f"The log group of {trail.name}", kept, central
        bucket = trail.bucket.record
        if bucket is None or "Lifecycle" not in bucket:
            unread.append(trail.bucket.gap or f"the lifecycle of {trail.name}'s bucket is unread")
        else:
            yield f"The bucket of {trail.name}", _bucket_days(bucket["Lifecycle"]), central


def _bucket_days(lifecycle: Any) -> int | None:
    """Days until the first objects are deleted or archived; None: never.

    A rule counts whatever its filter: that none of the logs fits it is not shown.
    """
    found = []
    for rule in records(lifecycle.get("Rules") if isinstance(lifecycle, dict) else None):
        if rule.get("Status") != "Enabled":
            continue
        ends = [rule.get("Expiration")]
        ends += [t for t in records(rule.get("Transitions")) if t.get("StorageClass") in _ARCHIVES]
        for end in ends:
            if isinstance(end, dict) and isinstance(end.get("Days"), int):
                found.append(int(end["Days"]))
            elif isinstance(end, dict) and end.get("Date"):
                found.append(0)
    return min(found, default=None)
