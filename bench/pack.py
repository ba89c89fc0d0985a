"""Measures packs: seconds and memory to make one, to check it beside plain SHA-256, to replay it.

``python -m bench.pack [ACCOUNTS [USERS]]``: each account has twelve snapshots, one a month.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from bench.__main__ import run, table
from bench.report import peak
from reportgen.clock import parse_moment
from reportgen.collecting import import_files
from reportgen.pack.bundle import pack_verifier
from tests.given import COLUMNS

MONTHS = [(2025, month) for month in range(7, 13)] + [(2026, month) for month in range(1, 7)]


def populate(store: Path, folder: Path, accounts: int, users: int) -> int:
    """Twelve snapshots of each account; returns the bytes of evidence."""
    size = 0
    for number in range(accounts):
        account = f"{700000000000 + number}"
        for year, month in MONTHS:
            moment = f"{year}-{month:02}-28T00:00:00Z"
            files = _evidence(account, users, f"{year}-{month:02}-01T00:00:00+00:00")
            paths = {}
            for source, content in files.items():
                paths[source] = folder / source
                paths[source].write_text(content)
                size += len(content)
            import_files(store, account, parse_moment(moment), paths)
    return size


def _evidence(account: str, users: int, day: str) -> dict[str, str]:
    old = "2025-01-01T00:00:00+00:00"
    rows = [
        f"u{n:05},arn:aws:iam::{account}:user/u{n:05},{old},true,{day},{old},N/A,false,true,"
        f"{day},N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        for n in range(users)
    ]
    details = {
        "UserDetailList": [
            {
                "UserName": f"u{n:05}",
                "UserId": f"AIDA{n:016}",
                "Arn": f"arn:aws:iam::{account}:user/u{n:05}",
                "Path": "/",
                "CreateDate": old,
                "Tags": [{"Key": "seen", "Value": day}],
                "GroupList": [],
                "AttachedManagedPolicies": [],
                "UserPolicyList": [
                    {
                        "PolicyName": "bucket",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
                                    "Resource": [f"arn:aws:s3:::team-{n % 40}/{p}" for p in "abcd"],
                                }
                            ],
                        },
                    }
                ],
            }
            for n in range(users)
        ],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    return {
        "credential-report": "\n".join([COLUMNS, *rows]) + "\n",
        "authorization-details": json.dumps(details),
        "account-summary": json.dumps({"SummaryMap": {"Users": users, "Groups": 0, "Roles": 0}}),
    }


def plain(path: Path) -> tuple[float, int]:
    """Seconds of SHA-256 over the same contents, unpacked and in memory already."""
    seconds, size = 0.0, 0
    with zipfile.ZipFile(path) as source:
        for info in source.infolist():
            content = source.read(info)
            size += len(content)
            start = time.perf_counter()
            hashlib.sha256(content).digest()
            seconds += time.perf_counter() - start
    return seconds, size


def main() -> None:
    """Measure and print."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    users = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = populate(folder / "store", folder, accounts, users)
        given = ["--period", "annual", "--ending", "2026-06-30", "--store", "store"]
        formats, used = peak(["report", *given, "--out", "report"], folder)
        seconds, memory = peak(["pack", *given, "--out", "p.zip"], folder)
        what = f"{accounts} accounts of {users} users, 12 snapshots, {raw / 1e6:.0f} MB raw"
        rows = [
            (what, "", ""),
            ("report alone", f"{formats:.1f} s, {used:.0f} MB", ""),
            ("pack, report included", f"{seconds:.1f} s, {memory:.0f} MB", "400 MB"),
        ]
        hashing, size = plain(folder / "p.zip")
        (folder / "verify.py").write_text(pack_verifier())
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-S", "verify.py", "p.zip", "--allow-unsigned"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        checking = time.perf_counter() - start
        zipped = (folder / "p.zip").stat().st_size
        rows.append(("the pack, and unpacked", f"{zipped / 1e6:.1f}, {size / 1e6:.0f} MB", ""))
        rows.append(("SHA-256 alone", f"{size / hashing / 1e6:.0f} MB/s", ""))
        rows.append(
            ("verify.py, unpacking included", f"{size / checking / 1e6:.0f} MB/s", "SHA-256")
        )
        again, used = run("verify", "--replay", "p.zip", "--allow-unsigned", cwd=folder)
        rows.append(("verify --replay", f"{again:.1f} s, {used:.0f} MB", ""))
        run("init", "--sample", "demo", cwd=folder)
        sample = ["--config", "demo/reportgen.yaml", "--store", "demo/store", "--period", "annual"]
        made, _ = run("pack", *sample, "--ending", "2026-06-30", "--out", "s.zip", cwd=folder)
        again, _ = run("verify", "--replay", "s.zip", "--allow-unsigned", cwd=folder)
        rows.append(("the sample year: pack", f"{made:.1f} s", ""))
        rows.append(("the sample year: replay", f"{again:.1f} s", "60 s"))
    table(rows)


if __name__ == "__main__":
    main()
