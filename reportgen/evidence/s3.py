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
from typing import Any, TypeVar

from reportgen.evidence.seal import LIST_LIMIT

_T = TypeVar("_T")
_READERS = 16
# S3 answers 409 while another conditional write of the same key is under way.
_CONFLICTS = 5


class S3Medium:
    """The objects below a prefix. Every refusal of S3 is an OSError with its code."""

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
        if code in ("NoSuchKey", "404"):
            raise FileNotFoundError(errno.ENOENT, said) from error
        if code in ("PreconditionFailed", "412"):
            raise FileExistsError(errno.EEXIST, said) from error
        if code in ("ConditionalRequestConflict", "409"):
            raise BlockingIOError(errno.EAGAIN, said) from error
        raise OSError(errno.EIO, said) from error
    except BotoCoreError as error:
        raise OSError(errno.EIO, str(error)) from error
