"""Delivers finished files to a bucket: each once, checked on arrival, kept as the bucket keeps.

A file is put with ``If-None-Match: *``, so that nothing that was delivered is written over, and
with its SHA-256, which S3 computes again before it takes the file; afterwards that is asked back.
Object Lock's retention is the bucket's own, or until ``retain_until``.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reportgen.clock import to_text
from reportgen.errors import DeliveryError, UsageError

_PLACE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
# One request takes no more (S3 quotas); parts would have another checksum than the file.
MOST_BYTES = 5 << 30
_THERE = ("PreconditionFailed", "412")


@dataclass(frozen=True)
class DeliveryPlace:
    """A bucket and prefix; ``kms_key`` and ``retain_until`` where they are not the bucket's own."""

    bucket: str
    prefix: str = ""
    kms_key: str = ""
    retain_until: datetime | None = None

    def key(self, name: str) -> str:
        """Where a file goes."""
        return f"{self.prefix.strip('/')}/{name}".lstrip("/")


@dataclass(frozen=True)
class Arrived:
    """A file as the bucket has it: address, version, SHA-256 in hex, encryption, retention.

    ``before``: it was there already, the same to the byte.
    """

    address: str
    sha256: str
    version: str
    encryption: str
    retained_until: str
    before: bool


def delivery_place(
    place: str, kms_key: str = "", retain_until: datetime | None = None, now: datetime | None = None
) -> DeliveryPlace:
    """Read ``s3://bucket/prefix``. Raises UsageError."""
    match = _PLACE.fullmatch(place)
    if match is None:
        raise UsageError(f"--deliver {place}: is no place on S3.", "Write s3://bucket/prefix.")
    if retain_until is not None and now is not None and retain_until <= now:
        raise UsageError(f"--retain-until {to_text(retain_until)} has passed.")
    return DeliveryPlace(match["bucket"], match["prefix"] or "", kms_key, retain_until)


def deliver(files: Mapping[str, Path], where: DeliveryPlace) -> list[Arrived]:
    """Put files, by the name that each gets, in that order, and check that each arrived.

    Raises DeliveryError: another file lies there, S3 refuses, or what arrived is not what was sent.
    What went before stays delivered; the same call again goes on.
    """
    import boto3

    client = boto3.client("s3")
    return [_delivered(client, where, name, path) for name, path in files.items()]


def _delivered(client: Any, where: DeliveryPlace, name: str, path: Path) -> Arrived:
    key = where.key(name)
    address = f"s3://{where.bucket}/{key}"
    size = path.stat().st_size
    if size > MOST_BYTES:
        said = f"{address}: {size} bytes are more than S3 takes at once."
        raise DeliveryError(said, "Make volumes: pack --split 1GB.")
    digest = _digest(path)
    before = not _put(client, where, key, path, digest)
    arrived = _asked(
        address,
        lambda: client.head_object(Bucket=where.bucket, Key=key, ChecksumMode="ENABLED"),
    )
    found = arrived.get("ChecksumSHA256")
    there = base64.b64decode(found).hex() if found else _hashed(client, where, key, address)
    if there != digest.hex():
        said = "another file lies there" if before else "what arrived is not what was sent"
        raise DeliveryError(
            f"{address}: {said} (SHA-256 {there}, not {digest.hex()}).",
            "Nothing that was delivered is written over: choose another prefix." if before else "",
        )
    until = arrived.get("ObjectLockRetainUntilDate")
    if where.retain_until is not None and (until is None or until < where.retain_until):
        raise DeliveryError(
            f"{address}: is there, and not retained until {to_text(where.retain_until)}.",
            "The bucket needs Object Lock; the role s3:PutObjectRetention and "
            "s3:GetObjectRetention.",
        )
    return Arrived(
        address,
        there,
        arrived.get("VersionId", ""),
        arrived.get("ServerSideEncryption", ""),
        to_text(until) if until else "",
        before,
    )


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _put(client: Any, where: DeliveryPlace, key: str, path: Path, digest: bytes) -> bool:
    """Put a file where there is none; whether it was put."""
    more: dict[str, Any] = {}
    if where.kms_key:
        more |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": where.kms_key}
    if where.retain_until is not None:
        more |= {
            "ObjectLockMode": "COMPLIANCE",
            "ObjectLockRetainUntilDate": where.retain_until,
        }
    with path.open("rb") as stream:
        answer = _asked(
            f"s3://{where.bucket}/{key}",
            lambda: client.put_object(
                Bucket=where.bucket,
                Key=key,
                Body=stream,
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=base64.b64encode(digest).decode(),
                **more,
            ),
            none=_THERE,
        )
    return answer is not None


def _hashed(client: Any, where: DeliveryPlace, key: str, address: str) -> str:
    """The SHA-256 of what lies there, read back: it was put by something that gave none."""
    digest = hashlib.sha256()
    answer = _asked(address, lambda: client.get_object(Bucket=where.bucket, Key=key))
    for part in answer["Body"].iter_chunks(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _asked(address: str, call: Callable[[], Any], none: tuple[str, ...] = ()) -> Any:
    """Ask S3; None for the answers ``none``. Raises DeliveryError for any other refusal."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        about = error.response.get("Error", {})
        code = str(about.get("Code", "?"))
        if code in none:
            return None
        raise DeliveryError(f"{address}: S3 refuses: {code}: {about.get('Message', '')}") from error
    except BotoCoreError as error:
        raise DeliveryError(f"{address}: S3 cannot be asked: {error}.") from error
