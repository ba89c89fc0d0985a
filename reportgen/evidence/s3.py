"""A store below a prefix of an S3 bucket: ``s3://bucket/prefix``.

A seal is written with ``If-None-Match: *``, so that of two writers one is refused and goes behind
the other: S3 has no locks, and needs none. Retention is the bucket's: where Object Lock has a
default retention, S3 locks every version written here. So is encryption: S3 encrypts every object
(SSE-S3 since January 2023) or with the key that the bucket names, which a header would override.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeVar

from reportgen.clock import now, to_text
from reportgen.evidence.seal import LIST_LIMIT

_T = TypeVar("_T")
_READERS = 16
# S3 answers 409 while another conditional write of the same key is under way.
_CONFLICTS = 5
# The most that DeleteObjects takes.
_AT_ONCE = 1000
# There is no such object, or the bucket has no lock.
_NONE = ("NoSuchKey", "404", "ObjectLockConfigurationNotFoundError")


class S3Medium:
    """The objects below a prefix. Every refusal of S3 is an OSError with its code."""

    locks = False

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._clients: dict[int, Any] = {}

    def __str__(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_clients": {}}

    @property
    def _client(self) -> Any:
        # A process that was forked must not speak over its parent's connections.
        own = os.getpid()
        if own not in self._clients:
            import boto3
            from botocore.config import Config

            settings = Config(
                retries={"mode": "standard", "total_max_attempts": 5},
                max_pool_connections=_READERS,
            )
            self._clients[own] = boto3.client("s3", config=settings)
        return self._clients[own]

    def exists(self) -> bool:
        where = {"Bucket": self._bucket, "Prefix": self._prefix}
        answer: dict[str, Any] = _asked(lambda: self._client.list_objects_v2(**where, MaxKeys=1))
        return bool(answer["KeyCount"])

    def listing(self, folder: str) -> dict[str, int]:
        return _asked(lambda: dict(self._list(folder)))

    def _list(self, folder: str) -> Iterator[tuple[str, int]]:
        below = f"{self._prefix}{folder}/" if folder else self._prefix
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=below, Delimiter="" if folder else "/"
        )
        for page in pages:
            for entry in page.get("Contents", []):
                yield entry["Key"].removeprefix(self._prefix), entry["Size"]

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        content: bytes = _asked(lambda: self._body(name).read(limit + 1))
        return content

    def _body(self, name: str) -> Any:
        return self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        with ThreadPoolExecutor(_READERS) as pool:
            yield from pool.map(self.read, names)

    def digest(self, name: str) -> str:
        def hashed() -> str:
            found = hashlib.sha256()
            for chunk in self._body(name).iter_chunks(1 << 20):
                found.update(chunk)
            return found.hexdigest()

        return _asked(hashed)

    def write_new(self, name: str, content: bytes) -> bool:
        for _ in range(_CONFLICTS):
            try:
                self._put(name, content, IfNoneMatch="*")
            except FileExistsError:
                return False
            except BlockingIOError:
                continue
            return True
        raise OSError(errno.EAGAIN, f"{name} is being written by others again and again")

    def replace(self, name: str, content: bytes) -> None:
        self._put(name, content)

    def put(self, name: str, content: bytes) -> None:
        self._put(name, content)

    def remove(self, name: str) -> None:
        key = self._prefix + name
        _asked(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    def remove_all(self, names: Iterable[str]) -> None:
        left = [{"Key": self._prefix + name} for name in names]
        for start in range(0, len(left), _AT_ONCE):
            asked = {"Objects": left[start : start + _AT_ONCE], "Quiet": True}
            answer = _asked(partial(self._delete, asked))
            for failed in answer.get("Errors", ()):
                raise OSError(errno.EIO, f"{failed['Code']}: {failed['Key']}")

    def _delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._client.delete_objects(Bucket=self._bucket, Delete=asked)
        return found

    def held(self, names: Iterable[str]) -> dict[str, str]:
        """What Object Lock holds: a delete marker would hide it, and remove nothing."""
        where = {"Bucket": self._bucket}
        try:
            said = _asked(lambda: self._client.get_object_lock_configuration(**where))
        except FileNotFoundError:
            return {}
        always = "Rule" in said.get("ObjectLockConfiguration", {})
        with ThreadPoolExecutor(_READERS) as pool:
            found = pool.map(lambda name: (name, self._hold(name, always)), names)
            return {name: hold for name, hold in found if hold}

    def _hold(self, name: str, always: bool) -> str:
        where = {"Bucket": self._bucket, "Key": self._prefix + name}
        about: dict[str, Any] = _asked(lambda: self._client.head_object(**where))
        if about.get("ObjectLockLegalHoldStatus") == "ON":
            return "a legal hold"
        until = about.get("ObjectLockRetainUntilDate")
        if until is None:
            # S3 leaves it out of the answer to whoever may not know it.
            return "retention that needs s3:GetObjectRetention to see" if always else ""
        return f"retention until {to_text(until)}" if until > now() else ""

    def _put(self, name: str, content: bytes, **condition: Any) -> None:
        key = self._prefix + name
        _asked(
            lambda: self._client.put_object(Bucket=self._bucket, Key=key, Body=content, **condition)
        )

    def lock(self) -> AbstractContextManager[None]:
        return nullcontext()


def _asked(call: Callable[[], _T]) -> _T:
    """Ask S3; what it, or the way there, refuses becomes an OSError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "?")
        said = f"{code}: {error.response.get('Error', {}).get('Message', '')}"
        if code in _NONE:
            raise FileNotFoundError(errno.ENOENT, said) from error
        if code in ("PreconditionFailed", "412"):
            raise FileExistsError(errno.EEXIST, said) from error
        if code in ("ConditionalRequestConflict", "409"):
            raise BlockingIOError(errno.EAGAIN, said) from error
        raise OSError(errno.EIO, said) from error
    except BotoCoreError as error:
        raise OSError(errno.EIO, str(error)) from error
