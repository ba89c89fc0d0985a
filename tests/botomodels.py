"""botocore's descriptions of services, each read from its file once a process.

A client of a new session reads them anew, which takes longer than what is tested; botocore shares
them between the clients of one session, and changes none but that of S3, whose paths it rewrites:
S3's is read each time.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.loaders import JSONFileLoader

_read = JSONFileLoader.load_file


@cache
def _kept(path: str) -> Any:
    return _read(JSONFileLoader(), path)


def keep_models() -> None:
    """From now on, whatever was read is not read again."""

    def load(loader: JSONFileLoader, path: str) -> Any:
        return _read(loader, path) if Path(path).parts[-3:-2] == ("s3",) else _kept(path)

    JSONFileLoader.load_file = load


def read_models(services: set[str]) -> None:
    """Read what clients of these services need, before processes are forked."""
    session = boto3.Session(
        aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1"
    )
    # IAM's names of services are not always botocore's.
    names = {"access-analyzer": "accessanalyzer", "sso": "sso-admin"}
    for service in sorted(services):
        session.client(names.get(service, service))
