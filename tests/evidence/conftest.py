"""Places for a store: a folder, and a bucket of moto over HTTP. Tests change what lies there."""

from __future__ import annotations

import os
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends


class Place(Protocol):
    """Where a store lies, as somebody sees it who changes it behind our back."""

    store: str

    def names(self) -> list[str]: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, content: bytes) -> None: ...
    def delete(self, name: str) -> None: ...
    def fill(self, folder: Path) -> None:
        """Lay down there all that a folder holds."""


class FolderPlace:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = str(root)

    def names(self) -> list[str]:
        found = (p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file())
        return sorted(found)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_bytes(content)

    def delete(self, name: str) -> None:
        (self.root / name).unlink()

    def fill(self, folder: Path) -> None:
        shutil.copytree(folder, self.root, dirs_exist_ok=True)


class BucketPlace:
    def __init__(self, client: Any, bucket: str) -> None:
        self.client = client
        self.bucket = bucket
        self.store = f"s3://{bucket}/iam"

    def names(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return sorted(o["Key"][len("iam/") :] for p in pages for o in p.get("Contents", []))

    def read(self, name: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=self.bucket, Key=f"iam/{name}")[
            "Body"
        ].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"iam/{name}", Body=content)

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=f"iam/{name}")

    def fill(self, folder: Path) -> None:
        # moto is in this process: what nobody looks at needs no request for each object.
        s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for name in FolderPlace(folder).names():
            s3.put_object(self.bucket, f"iam/{name}", (folder / name).read_bytes())


@pytest.fixture
def s3(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of an emptied moto; the environment points there."""
    urllib.request.urlopen(urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST"))
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return boto3.client("s3")


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place on each medium."""
    if request.param == "folder":
        yield FolderPlace(tmp_path / "store")
        return
    client = request.getfixturevalue("s3")
    client.create_bucket(Bucket="evidence-example")
    yield BucketPlace(client, "evidence-example")
