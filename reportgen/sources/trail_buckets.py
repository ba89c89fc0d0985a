"""The buckets that trails write to: who may touch the logs, and for how long they are kept.

The bucket often lies in another account, which refuses; then the account that has it shows it, and
nothing is missing here. Where it is the account's own, or where that cannot be told, a refusal is a
right that is missing (API_ListBuckets gives the account's own buckets).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reportgen.model import Status, status_of
from reportgen.sources.rows import Each, Form, Maybe, Null
from reportgen.sources.source import Aws, ReadError, Scope, Source, having, malformed
from reportgen.sources.trails import homed

# The key of what is asked, the method, the code by which S3 says that there is none, and what its
# answer has (of versions nothing: a bucket that never had them has an empty one).
_PARTS = (
    ("Policy", "get_bucket_policy", "NoSuchBucketPolicy", "Policy"),
    ("PolicyStatus", "get_bucket_policy_status", "NoSuchBucketPolicy", "PolicyStatus"),
    ("Versioning", "get_bucket_versioning", "", ""),
    (
        "ObjectLock",
        "get_object_lock_configuration",
        "ObjectLockConfigurationNotFoundError",
        "ObjectLockConfiguration",
    ),
    (
        "PublicAccessBlock",
        "get_public_access_block",
        "NoSuchPublicAccessBlockConfiguration",
        "PublicAccessBlockConfiguration",
    ),
    (
        "Lifecycle",
        "get_bucket_lifecycle_configuration",
        "NoSuchLifecycleConfiguration",
        "Rules",
    ),
    (
        "Encryption",
        "get_bucket_encryption",
        "ServerSideEncryptionConfigurationNotFoundError",
        "ServerSideEncryptionConfiguration",
    ),
)


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for the bucket of each trail at home here.

    Key: Buckets, each with Name and, for each part, S3's answer; null where S3 says that there is
    none. What S3 refused is named in Errors, with the code. The parameters of the evidence have
    Refused, the buckets of which something was refused that the account could read, and Elsewhere,
    those that lie in another account and showed nothing.
    """
    names = {str(trail.get("S3BucketName") or "") for trail in homed(aws)}
    buckets = [_bucket(aws, name) for name in sorted(names - {""})]
    closed = [b["Name"] for b in buckets if _is_closed(b)]
    own = _own(aws) if closed else None
    elsewhere = [name for name in closed if own is not None and name not in own]
    short = [b for b in buckets if b["Errors"] and b["Name"] not in elsewhere and not _is_gone(b)]
    told = [f"{b['Name']}: {sorted(set(b['Errors'].values()))[0]}" for b in short]
    if short:
        aws.reading.parameters["Refused"] = [b["Name"] for b in short]
        aws.reading.detail = f"not read whole: {'; '.join(told)}"
    if elsewhere:
        aws.reading.parameters["Elsewhere"] = elsewhere
    return {"Buckets": buckets}


def _is_closed(bucket: Mapping[str, Any]) -> bool:
    """Whether S3 refused every part of it, as it does where it is another account's."""
    errors = list(bucket["Errors"].values())
    return len(errors) == len(_PARTS) and all(status_of(e) is Status.DENIED for e in errors)


def _is_gone(bucket: Mapping[str, Any]) -> bool:
    """Whether S3 says that there is no such bucket, which is an answer."""
    return set(bucket["Errors"].values()) == {"NoSuchBucket"}


def _own(aws: Aws) -> set[str] | None:
    """Names of the account's own buckets; None where AWS does not give them."""
    try:
        listed = aws.call("s3", "list_buckets").get("Buckets")
    except ReadError:
        return None
    if not isinstance(listed, list):
        return None
    return {str(bucket.get("Name")) for bucket in listed if isinstance(bucket, dict)}


def _bucket(aws: Aws, name: str) -> dict[str, Any]:
    bucket: dict[str, Any] = {"Name": name, "Errors": {}}
    for key, method, none, has in _PARTS:
        try:
            answer = aws.call("s3", method, Bucket=name)
            # The body of this answer is the policy itself, which nothing has looked at yet.
            if key == "Policy" and not _is_object(answer.get("Policy")):
                raise malformed("the bucket's policy is not JSON")
            bucket[key] = having(answer, has) if has else answer
        except ReadError as error:
            if error.code == none:
                bucket[key] = None
            else:
                bucket["Errors"][key] = error.code
    return bucket


def _is_object(text: object) -> bool:
    try:
        return isinstance(json.loads(text), dict) if isinstance(text, str) else False
    except ValueError:
        return False


_LIFECYCLE_RULE: Form = {
    "Status": str,
    "Expiration": Maybe({"Days": Maybe(int), "Date": Maybe(str)}),
    "Transitions": Maybe([{"StorageClass": str, "Days": Maybe(int), "Date": Maybe(str)}]),
}

SOURCE = Source(
    name="trail-buckets",
    about="the trails' buckets: policy, versions, lock, public access, lifecycle, encryption",
    operations=(
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketVersioning",
        "s3:GetObjectLockConfiguration",
        "s3:GetPublicAccessBlock",
        "s3:GetBucketLifecycleConfiguration",
        "s3:GetBucketEncryption",
        "s3:ListBuckets",
    ),
    actions=(
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketVersioning",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetLifecycleConfiguration",
        "s3:GetEncryptionConfiguration",
        "s3:ListAllMyBuckets",
    ),
    read=read,
    keys=("Buckets",),
    scope=Scope.REGION,
    after=("cloudtrail-trails",),
    form='{"Buckets": [{"Name": NAME, "Policy": {...}, ...}]}: of each bucket the answers of '
    "get-bucket-policy (Policy), get-bucket-policy-status (PolicyStatus), get-bucket-versioning "
    "(Versioning), get-object-lock-configuration (ObjectLock), get-public-access-block "
    "(PublicAccessBlock), get-bucket-lifecycle-configuration (Lifecycle), get-bucket-encryption "
    "(Encryption); null where the bucket has none",
    rows={
        "Buckets": [
            {
                "Name": str,
                "Errors": Maybe(Each(str)),
                "PolicyStatus": Maybe(Null({"PolicyStatus": {"IsPublic": bool}})),
                "Versioning": Maybe({"Status": Maybe(str)}),
                "Lifecycle": Maybe(Null({"Rules": [_LIFECYCLE_RULE]})),
            }
        ]
    },
)
