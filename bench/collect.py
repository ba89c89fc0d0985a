"""Requests, seconds and memory of ``collect``: 100 and 1,000 users, 5, 20 and 50 accounts.

Run by ``make bench-collect``. AWS is a moto server in this process, whose own work is in the
seconds; memory is the peak of the process that collects. Requests for last accessed, which grow
with principals, are counted apart. At the end: how each number grows, and what a second run of an
account in which nothing changed adds to the store.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import boto3
from moto.iam.models import iam_backends
from moto.server import ThreadedMotoServer

from bench.__main__ import run
from tests.conftest import Front

LAST_ACCESSED = ("GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails")
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@contextmanager
def aws() -> Iterator[Front]:
    """An empty AWS, with the environment pointing there."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"))
    os.environ["AWS_ENDPOINT_URL"] = url
    front = Front(url)
    yield front
    server.stop()


def fill(users: int, roles: int, mfa: int = 0, **credentials: str) -> None:
    """Users with passwords (the first ``mfa`` of them with MFA), and roles."""
    iam = boto3.client("iam", **credentials)  # type: ignore[call-overload]
    for number in range(users):
        name = f"user{number:04}"
        iam.create_user(UserName=name)
        iam.create_login_profile(UserName=name, Password="Long-enough-1!")
        if number < mfa:
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
            codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
            iam.enable_mfa_device(UserName=name, SerialNumber=device["SerialNumber"], **codes)
    for number in range(roles):
        iam.create_role(RoleName=f"role{number:04}", AssumeRolePolicyDocument=TRUST)


@dataclass(frozen=True)
class Measured:
    """One collection: requests beside and for last accessed, and what it cost."""

    what: str
    requests: int
    last_accessed: int
    seconds: float
    memory: float

    def __str__(self) -> str:
        numbers = f"{self.requests:9} {self.last_accessed:9} {self.seconds:8.1f} {self.memory:8.0f}"
        return f"{self.what:52} {numbers}"


def measured(what: str, front: Front, folder: Path, *more: str) -> Measured:
    """Collect into a store in ``folder``, once; the report is there at the second request."""
    os.environ["AWS_ENDPOINT_URL"] = front.url
    front.calls.clear()
    arguments = ("collect", "--store", "s", "--in-region", "us-east-1", *more)
    seconds, memory = run(*arguments, cwd=folder)
    apart = sum(front.calls[operation] for operation in LAST_ACCESSED)
    requests = front.calls.total() - apart - front.calls["GenerateCredentialReport"]
    return Measured(what, requests, apart, seconds, memory)


def one_account(users: int, mfa: int, again: list[str] | None = None) -> Measured:
    """Collect one account in one region; ``again`` gets what a second run adds to the store."""
    with aws() as front, tempfile.TemporaryDirectory() as folder:
        fill(users, users // 2, mfa)
        # Devices of the last hour are not settled, and no account has new ones alone.
        for device in iam_backends["123456789012"]["aws"].virtual_mfa_devices.values():
            device.enable_date = datetime(2026, 1, 1, tzinfo=UTC)
        what = f"1 account, {users} users, {mfa} with MFA, {users // 2} roles"
        first = measured(what, front, Path(folder))
        if again is not None:
            objects = Path(folder, "s", "objects")
            before = {path: path.stat().st_size for path in objects.rglob("*") if path.is_file()}
            second = measured(what, front, Path(folder))
            after = {path: path.stat().st_size for path in objects.rglob("*") if path.is_file()}
            new = after.keys() - before.keys()
            again.append(
                f"A second run: {second.requests} requests, {second.last_accessed} for last "
                f"accessed; {len(new)} objects of {sum(after[path] for path in new):,} bytes "
                f"beside {len(before)} of {sum(before.values()):,}"
            )
    return first


def organisation(accounts: int) -> Measured:
    """Collect an organisation of so many accounts with 100 principals each."""
    with aws() as front, tempfile.TemporaryDirectory() as folder:
        client = boto3.client("organizations")
        client.create_organization(FeatureSet="ALL")
        for number in range(accounts - 1):
            name = f"account{number:03}"
            made = client.create_account(Email=f"{name}@example.com", AccountName=name)
            account = made["CreateAccountStatus"]["AccountId"]
            keys = boto3.client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{account}:role/setup", RoleSessionName="setup"
            )["Credentials"]
            fill(
                50,
                50,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )
        what = f"{accounts} accounts, 100 principals each"
        return measured(what, front, Path(folder), "--organization")


def main() -> None:
    """Measure and print."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.update(
        AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_DEFAULT_REGION="us-east-1"
    )
    heads = f"{'Requests':>9} {'Accessed':>9} {'Seconds':>8} {'Peak MB':>8}"
    print(f"{'What':52} {heads}")
    again: list[str] = []
    found = []
    for measure in (
        lambda: one_account(100, 0),
        lambda: one_account(1000, 0),
        lambda: one_account(1000, 1000, again),
        lambda: organisation(5),
        lambda: organisation(20),
        lambda: organisation(50),
    ):
        found.append(measure())
        print(found[-1], flush=True)
    few, many, with_mfa, five, twenty, fifty = found
    print(f"Requests beside last accessed: {few.requests}, {many.requests}, {with_mfa.requests}")
    print(
        f"Memory by accounts: {five.memory:.0f}, {twenty.memory:.0f}, {fifty.memory:.0f} MB; ",
        end="",
    )
    print(f"{(fifty.memory - twenty.memory) / 30:.2f} MB for each account over 20")
    print(*again, sep="\n")


if __name__ == "__main__":
    main()
