"""A store in a bucket with Object Lock and a key of its own: both hold for all that is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reportgen.evidence.store import Item, Store, sha256
from tests.collect.test_totals import item

BUCKET, KEY = "locked-example", "alias/evidence-example"


@pytest.fixture
def locked(s3: Any) -> Any:
    """A bucket that locks every version for 400 days, and encrypts with a key of KMS."""
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    retention = {"Mode": "COMPLIANCE", "Days": 400}
    s3.put_object_lock_configuration(
        Bucket=BUCKET,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": retention},
        },
    )
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    s3.put_bucket_encryption(
        Bucket=BUCKET,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": encryption}]
        },
    )
    return s3


def snapshot(day: int) -> list[Item]:
    one = item("roles", f'{{"Roles": [{day}]}}')
    moment = f"2026-09-{day:02}T00:00:00Z"
    about = replace(
        one.envelope, file="roles.json", sha256=sha256(one.content), collected_at=moment
    )
    return [Item(about, one.content)]


def test_every_object_is_locked_and_encrypted_by_the_bucket(locked: Any) -> None:
    store = Store.create(f"s3://{BUCKET}/iam")
    for day in (1, 2):
        store.add(f"2026-09-{day:02}T00:00:00Z", snapshot(day))
    listed = locked.list_object_versions(Bucket=BUCKET)["Versions"]
    assert len(listed) > 8
    for version in listed:
        which = {"Bucket": BUCKET, "Key": version["Key"], "VersionId": version["VersionId"]}
        about = locked.head_object(**which)
        assert about["ObjectLockMode"] == "COMPLIANCE", version["Key"]
        assert about["ServerSideEncryption"] == "aws:kms", version["Key"]
        assert about["SSEKMSKeyId"] == KEY
        kept = about["ObjectLockRetainUntilDate"] - about["LastModified"]
        assert kept.days in (399, 400)
        with pytest.raises(ClientError, match="AccessDenied"):
            locked.delete_object(**which)
    assert len(Store.open(f"s3://{BUCKET}/iam").snapshots()) == 2
