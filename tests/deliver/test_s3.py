"""Delivery to a bucket: once, checked, kept; never over what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from reportgen.clock import to_text
from reportgen.deliver import s3 as module
from reportgen.deliver.s3 import DeliveryPlace, deliver, delivery_place
from reportgen.errors import DeliveryError, UsageError
from reportgen.evidence.seal import sha256
from tests.wire import Front

BUCKET = "delivered-example"


@pytest.fixture
def bucket(front: Front) -> Any:
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def locked(front: Front) -> Any:
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return client


def files(folder: Path, **contents: bytes) -> dict[str, Path]:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {f"{name}.zip": folder / name for name in contents}


@pytest.mark.parametrize(
    ("place", "bucket_", "prefix"),
    [("s3://a-b.c", "a-b.c", ""), ("s3://abc/x/y/", "abc", "x/y/"), ("s3://abc/", "abc", "")],
)
def test_places_are_read(place: str, bucket_: str, prefix: str) -> None:
    found = delivery_place(place)
    assert (found.bucket, found.prefix) == (bucket_, prefix)
    assert found.key("f.zip") == ("x/y/f.zip" if prefix else "f.zip")


@pytest.mark.parametrize("place", ["abc", "s3:/abc", "s3://", "s3://A/b", "s3://ab", "https://abc"])
def test_other_places_are_refused(place: str) -> None:
    with pytest.raises(UsageError, match="no place on S3"):
        delivery_place(place)


def test_a_retention_lies_ahead() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    with pytest.raises(UsageError, match="has passed"):
        delivery_place("s3://abc", "", now, now)
    assert delivery_place("s3://abc", "", now + timedelta(seconds=1), now).retain_until is not None


def test_files_arrive_in_order_and_are_asked_back(bucket: Any, tmp_path: Path) -> None:
    given = files(tmp_path, b=b"second", a=b"first")
    found = deliver(given, DeliveryPlace(BUCKET, "packs"))
    assert [one.address for one in found] == [f"s3://{BUCKET}/packs/{n}.zip" for n in "ba"]
    assert [one.sha256 for one in found] == [sha256(b"second"), sha256(b"first")]
    assert not any(one.before for one in found)
    assert bucket.get_object(Bucket=BUCKET, Key="packs/a.zip")["Body"].read() == b"first"


def test_the_same_again_is_there_before(bucket: Any, tmp_path: Path) -> None:
    given = files(tmp_path, a=b"first")
    deliver(given, DeliveryPlace(BUCKET))
    (again,) = deliver(given, DeliveryPlace(BUCKET))
    assert again.before


def test_nothing_is_written_over(bucket: Any, tmp_path: Path) -> None:
    bucket.put_object(Bucket=BUCKET, Key="a.zip", Body=b"other")
    with pytest.raises(DeliveryError, match="another file lies there") as raised:
        deliver(files(tmp_path, a=b"first"), DeliveryPlace(BUCKET))
    assert raised.value.exit_code == 5
    assert "choose another prefix" in raised.value.hint
    assert bucket.get_object(Bucket=BUCKET, Key="a.zip")["Body"].read() == b"other"


def test_what_was_put_without_a_checksum_is_read_back(bucket: Any, tmp_path: Path) -> None:
    from botocore.config import Config

    plain = boto3.client(
        "s3", region_name="us-east-1", config=Config(request_checksum_calculation="when_required")
    )
    plain.put_object(Bucket=BUCKET, Key="a.zip", Body=b"first")
    about = plain.head_object(Bucket=BUCKET, Key="a.zip", ChecksumMode="ENABLED")
    assert "ChecksumSHA256" not in about
    (one,) = deliver(files(tmp_path, a=b"first"), DeliveryPlace(BUCKET))
    assert (one.before, one.sha256) == (True, sha256(b"first"))


def test_encryption_is_the_buckets_or_by_the_key_that_is_named(bucket: Any, tmp_path: Path) -> None:
    arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    (one,) = deliver(files(tmp_path, a=b"first"), DeliveryPlace(BUCKET, kms_key=arn))
    assert one.encryption == "aws:kms"
    assert bucket.head_object(Bucket=BUCKET, Key="a.zip")["SSEKMSKeyId"] == arn
    (other,) = deliver(files(tmp_path, b=b"second"), DeliveryPlace(BUCKET))
    assert other.encryption in ("AES256", "")


def test_the_buckets_retention_is_told(locked: Any, tmp_path: Path) -> None:
    retention = {"Mode": "COMPLIANCE", "Days": 400}
    locked.put_object_lock_configuration(
        Bucket=BUCKET,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": retention},
        },
    )
    (one,) = deliver(files(tmp_path, a=b"first"), DeliveryPlace(BUCKET))
    assert one.retained_until
    assert one.version


def test_a_retention_of_its_own(locked: Any, tmp_path: Path) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    (one,) = deliver(files(tmp_path, a=b"first"), DeliveryPlace(BUCKET, retain_until=until))
    assert one.retained_until == to_text(until)
    about = locked.head_object(Bucket=BUCKET, Key="a.zip")
    assert about["ObjectLockMode"] == "COMPLIANCE"
    # The same with a later day does not lengthen it, and is not told as if it had.
    later = DeliveryPlace(BUCKET, retain_until=until + timedelta(seconds=1))
    with pytest.raises(DeliveryError, match="not retained until"):
        deliver(files(tmp_path, a=b"first"), later)
    (again,) = deliver(files(tmp_path, a=b"first"), DeliveryPlace(BUCKET, retain_until=until))
    assert again.before


def test_what_arrives_otherwise_is_told(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something on the way changes the file, and S3 did not look."""

    def put(client: Any, where: DeliveryPlace, key: str, path: Path, digest: bytes) -> bool:
        client.put_object(Bucket=where.bucket, Key=key, Body=b"f1rst", ChecksumAlgorithm="SHA256")
        return True

    monkeypatch.setattr(module, "_put", put)
    with pytest.raises(DeliveryError, match="what arrived is not what was sent") as raised:
        deliver(files(tmp_path, a=b"first"), DeliveryPlace(BUCKET))
    # Another prefix would mend nothing.
    assert raised.value.hint == ""


@pytest.mark.parametrize(("most", "taken"), [(4, False), (5, True)])
def test_what_is_too_large_for_one_request_is_refused(
    most: int, taken: bool, bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", most)
    given = files(tmp_path, a=b"first")
    if taken:
        assert len(deliver(given, DeliveryPlace(BUCKET))) == 1
    else:
        with pytest.raises(DeliveryError, match="more than S3 takes at once"):
            deliver(given, DeliveryPlace(BUCKET))
    assert most == module.MOST_BYTES


def test_the_limit_is_that_of_one_put() -> None:
    assert module.MOST_BYTES == 5 * 1024**3


def test_refusals_are_told(front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = files(tmp_path, a=b"first")
    with pytest.raises(DeliveryError, match="S3 refuses: NoSuchBucket"):
        deliver(given, DeliveryPlace("nowhere-example"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(DeliveryError, match="S3 cannot be asked"):
        deliver(given, DeliveryPlace("nowhere-example"))
