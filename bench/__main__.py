"""Measures what the issue of the main job promises, on this machine, and prints a table."""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from tests.conftest import Front

USERS, ROLES = 1000, 500


def run(*arguments: str, cwd: Path) -> tuple[float, float]:
    """Run the command line; returns seconds and peak memory of the process in MB."""
    # Linux keeps the largest size of a process over exec, so that of its parent would be told;
    # VmHWM is the program's own.
    code = (
        "import re, sys; from reportgen.cli import app; "
        "sys.argv = ['reportgen', *sys.argv[1:]]\n"
        "try: app()\n"
        "finally: print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], "
        "file=sys.stderr)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    lines = done.stderr.strip().splitlines()
    if not lines or not lines[-1].isdigit():
        raise SystemExit(done.stderr)
    return seconds, int(lines[-1]) / 1024


def populate(url: str) -> None:
    """A large account: users with passwords, MFA and keys; roles with a trust policy."""
    iam = boto3.client("iam", endpoint_url=url)
    trust: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    for number in range(USERS):
        name = f"user{number:04}"
        iam.create_user(UserName=name, Tags=[{"Key": "purpose", "Value": "load"}])
        if number % 2:
            iam.create_login_profile(UserName=name, Password="Long-enough-1!")
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
            iam.enable_mfa_device(
                UserName=name,
                SerialNumber=device["SerialNumber"],
                AuthenticationCode1="123456",
                AuthenticationCode2="654321",
            )
        else:
            iam.create_access_key(UserName=name)
    for number in range(ROLES):
        iam.create_role(RoleName=f"role{number:04}", AssumeRolePolicyDocument=json.dumps(trust))


def table(rows: Sequence[tuple[str, str, str]]) -> None:
    """Print what was measured beside what was promised."""
    for what, measured, promised in (("What", "Measured", "Promised"), *rows):
        print(f"{what:52} {measured:>14} {promised:>12}")


def main() -> None:
    """Measure and print."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.update(
        AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_DEFAULT_REGION="us-east-1"
    )
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        best = min(run("--help", cwd=folder)[0] for _ in range(5))
        rows.append(("reportgen --help", f"{best:.2f} s", "0.3 s"))
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        front = Front(f"http://{host}:{port}")
        populate(f"http://{host}:{port}")
        os.environ["AWS_ENDPOINT_URL"] = front.url
        seconds, memory = run("collect", "--store", "s", cwd=folder)
        polls = front.calls["GenerateCredentialReport"]
        requests = sum(front.calls.values()) - polls
        what = f"collect {USERS} users, {ROLES} roles"
        rows.append((f"{what}: requests without polling", str(requests), "25"))
        rows.append((what, f"{seconds:.2f} s", ""))
        rows.append((f"{what}: memory", f"{memory:.0f} MB", ""))
        arguments = ("assess", "--store", "s", "--format", "json", "-o", "r.json")
        seconds, memory = run(*arguments, cwd=folder)
        rows.append(("assess the same", f"{seconds:.2f} s", "3 s"))
        rows.append(("assess the same: memory", f"{memory:.0f} MB", "250 MB"))
        server.stop()
        run("init", "--sample", "demo", cwd=folder)
        arguments = ("report", "--config", "demo/reportgen.yaml", "--store", "demo/store")
        seconds, _ = run(*arguments, "--ending", "2026-09-30", "--out", "out", cwd=folder)
        rows.append(("sample quarterly report", f"{seconds:.2f} s", "10 s"))
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        rows.append(("largest process of all", f"{children:.0f} MB", ""))
    table(rows)


if __name__ == "__main__":
    main()
