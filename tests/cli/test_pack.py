"""``pack`` and ``verify`` as a person types them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from reportgen.evidence.seal import sha256
from tests.conftest import Run
from tests.pack import making
from tests.wire import Front


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "p.tar"), "is no zip"),
        (("--out", "p.zip", "--split", "much"), "is no size of a volume"),
        (("--out", "p.zip", "--split", "9999"), "is no size of a volume"),
        (("--out", "p.zip", "--framework", "none"), "Unknown framework"),
        (("--out", "p.zip", "--sign-key", "none"), "--sign-key none: cannot be read"),
        (("--out", "p.zip", "--deliver", "https://example.com"), "no place on S3"),
        (("--out", "p.zip", "--retain-until", "2099-01-01"), "go with --deliver"),
        (("--out", "p.zip", "--deliver-key", "alias/a"), "go with --deliver"),
        (("--out", "p.zip", "--deliver", "s3://abc", "--retain-until", "2020-01-01"), "has passed"),
        (("--out", "p.zip", "--pdf-key", "kms:alias/a"), "KMS keeps no certificate"),
        (("--out", "p.zip", "--period", "weekly"), "'weekly' is not a period"),
    ],
)
def test_what_cannot_be_packed_is_said(
    sample: Path, run: Run, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    given = ("--store", sample / "store", "--config", sample / "reportgen.yaml")
    done = run("pack", *given, "--ending", "2026-09-30", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_pack_that_is_not_whole_is_not_continued(run: Run, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "before.zip").write_bytes(b"PK")
    given = ("--store", sample / "store", "--config", sample / "reportgen.yaml")
    done = run(
        "pack", *given, "--ending", "2026-09-30", "--out", "p.zip", "--previous", "before.zip"
    )
    assert done.returncode == 4
    assert "--previous before.zip: invalid: " in done.stderr


def test_verify_takes_packs_or_a_store(run: Run, sample: Path) -> None:
    assert run("verify").returncode == 2
    done = run("verify", "p.zip", "--store", sample / "store")
    assert done.returncode == 2
    assert "Packs and a store at once" in done.stderr


def test_a_pack_sealed_by_kms_lies_in_a_bucket(run: Run, front: Front, tmp_path: Path) -> None:
    arn = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    bucket = boto3.client("s3", region_name="us-east-1")
    bucket.create_bucket(Bucket="delivered-example")
    folder = making.organisation(tmp_path / "o")
    given = (
        "--store", folder / "store", "--config", folder / "reportgen.yaml",
        "--controls", folder / "controls", "--period", "monthly", "--ending", "2026-08-31",
    )  # fmt: skip
    key = f"kms:{arn['KeyMetadata']['Arn']}"
    done = run(
        "pack", *given, "--out", "8.zip", "--sign-key", key, "--deliver", "s3://delivered-example/x"
    )
    assert done.returncode == 0, done.stderr
    digest = sha256((tmp_path / "8.zip").read_bytes())
    assert f"s3://delivered-example/x/8.zip SHA-256 {digest}" in done.stdout
    there = bucket.get_object(Bucket="delivered-example", Key="x/8.zip")["Body"].read()
    assert sha256(there) == digest
    verified = run("verify", "8.zip")
    assert verified.returncode == 0, verified.stdout
    assert "Signed by SHA256:" in verified.stdout
    # The verifier in the pack knows that kind of key too.
    (tmp_path / "verify.py").write_bytes(making.Parts.of(tmp_path / "8.zip").files["verify.py"])
    alone = [sys.executable, "-I", "-S", "verify.py", "8.zip"]
    told = subprocess.run(alone, cwd=tmp_path, capture_output=True, text=True)
    assert (told.returncode, "Signed by SHA256:" in told.stdout) == (0, True)
    report = ("report", *given, "--out", "out", "--format", "csv,json", "--deliver")
    first = run(*report, "s3://delivered-example")
    again = run(*report, "s3://delivered-example")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    lines = [line for line in first.stdout.splitlines() if line.startswith("s3://")]
    assert all("/iam-monthly-2026-08-31/" in line for line in lines)
    assert "/summary.json SHA-256 " in lines[-1]
    assert len(lines) > 5
    there_before = [line for line in again.stdout.splitlines() if line.endswith(", there before")]
    assert there_before == [f"{line}, there before" for line in lines]


def test_two_packs_from_the_command(run: Run, tmp_path: Path) -> None:
    """Signed, in volumes, one continuing the other; the row is whole."""
    folder = making.organisation(tmp_path / "o")
    keys = making.keys(tmp_path / "keys")
    given = (
        "--store", folder / "store", "--config", folder / "reportgen.yaml",
        "--controls", folder / "controls", "--sign-key", keys.folder / "own", "--period", "monthly",
    )  # fmt: skip
    done = run("pack", *given, "--ending", "2026-08-31", "--out", "8.zip")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "8.zip"
    done = run(
        "pack", *given, "--ending", "2026-09-30", "--out", "9.zip", "--previous", "8.zip",
        "--split", "100 kB",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "9.zip.001"
    done = run("verify", "8.zip", "9.zip.001", "--allowed-signers", keys.allowed)
    assert done.returncode == 0, done.stdout
    root = making.manifest_of(tmp_path / "8.zip").root
    assert f"Root {root}" in done.stdout
