"""Requests, seconds and memory of ``collect``: 100 and 1,000 users, 5 and 50 accounts.

Run by ``make bench-collect``. AWS is a moto server on this machine, whose own work is in the
seconds; memory is the peak of the process that collects.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

from bench.__main__ import run
from tests.conftest import Front

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


def one_account(users: int, mfa: int) -> tuple[str, int, float, float]:
    """Collect one account in one region."""
    with aws() as front, tempfile.TemporaryDirectory() as folder:
        fill(users, users // 2, mfa)
        os.environ["AWS_ENDPOINT_URL"] = front.url
        arguments = ("collect", "--store", "s", "--in-region", "us-east-1")
        seconds, memory = run(*arguments, cwd=Path(folder))
        requests = front.calls.total() - front.calls["GenerateCredentialReport"]
    what = f"1 account, {users} users, {mfa} with MFA, {users // 2} roles"
    return what, requests, seconds, memory


def organisation(accounts: int) -> tuple[str, int, float, float]:
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
        os.environ["AWS_ENDPOINT_URL"] = front.url
        arguments = ("collect", "--store", "s", "--organization", "--in-region", "us-east-1")
        seconds, memory = run(*arguments, cwd=Path(folder))
    return f"{accounts} accounts, 100 principals each", front.calls.total(), seconds, memory


def main() -> None:
    """Measure and print."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.update(
        AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_DEFAULT_REGION="us-east-1"
    )
    print(f"{'What':52} {'Requests':>9} {'Seconds':>8} {'Peak MB':>8}")
    for measure in (
        lambda: one_account(100, 0),
        lambda: one_account(1000, 0),
        lambda: one_account(1000, 100),
        lambda: organisation(5),
        lambda: organisation(50),
    ):
        what, requests, seconds, memory = measure()
        print(f"{what:52} {requests:9} {seconds:8.1f} {memory:8.0f}", flush=True)


if __name__ == "__main__":
    main()
