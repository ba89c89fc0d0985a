"""A small organisation, its packs, and the tools to break one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from reportgen.clock import parse_moment
from reportgen.collecting import import_files
from reportgen.evidence.seal import canonical, sha256
from reportgen.pack.build import Made, Wanted, make_pack
from reportgen.pack.bundle import pack_verifier
from reportgen.pack.manifest import MANIFEST, SIGNATURE, SUMS, Listed, Manifest, sums
from reportgen.pack.sign import SigningKey
from reportgen.pipeline import prepare
from tests.given import short_form

FIRST, SECOND = "111122223333", "444455556666"
# AUD-06 rests on how long evidence was collected, longer than the pack reaches back.
CONTROLS = ("AUD-06", "KEY-03", "LP-01", "MFA-01", "ROOT-03")
SIGNER = "auditor@example.com"
FRAMEWORK = """\
id: small
title: A small standard
short: Small
version: "1"
publisher: Example Organisation
scope: Keys and administrators.
caveat: It certifies nothing.
requirements:
  - id: "1"
    group: Keys
    text: Keys are young.
    reach: tested
    controls: [{control: KEY-03, parameters: {maximum_days: 45}}]
  - {id: "2", group: People, text: Few administrators., reach: tested, controls: [LP-01, MFA-01]}
  - {id: "3", group: People, text: Doors are locked.}
"""
CONFIGURATION = """\
organisation: Example Organisation
timezone: UTC
frameworks: [small]
accounts:
  - {id: "111122223333", name: One <b>, environment: production, owner: Payments}
  - {id: "444455556666", name: Two, environment: sandbox, owner: Engineering}
collect: {external_id: keep-this-between-us}
"""
ATTESTATIONS = """\
attestations:
  - id: A-1
    control: ROOT-03
    statement: A second key is in the safe.
    by: Head of Security
    signed: 2026-01-10
    expires: 2027-01-09
    attachments: [safe/log-2026.txt]
"""
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
READING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
DENIED = (
    "An error occurred (AccessDenied) when calling the GetCredentialReport operation: "
    "User is not authorized to perform: iam:GetCredentialReport"
)


def evidence(account: str, day: str) -> dict[str, str]:
    """The second account's credential report is denied in September; the first has a user
    in its credential report that its authorisation details do not have.
    """
    key = {"access_key_1_active": "true", "access_key_1_last_rotated": "2026-07-20T00:00:00+00:00"}
    details = {
        "users": [
            {
                "UserName": "all",
                "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": ANYTHING}],
            },
            {
                "UserName": "=reader",
                "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": READING}],
            },
        ],
        "roles": [],
    }
    report = [{"user": "all", **key}, {"user": "=reader"}]
    if account == FIRST:
        report.append({"user": "ghost"})
    given = {
        "authorization-details": details,
        "credential-report": report,
        "account-summary": {"Users": len(report), "Groups": 0, "Roles": 0, "Policies": 0},
    }
    files = short_form(given, account)
    if account == SECOND and day.startswith("2026-09"):
        files["credential-report"] = DENIED
    return files


def organisation(folder: Path) -> Path:
    """Write configuration, register, catalogue, and a store of six months; returns the folder."""
    shipped = Path(__file__).parents[2] / "controls" / "catalogue"
    (folder / "controls" / "catalogue").mkdir(parents=True)
    (folder / "controls" / "frameworks").mkdir()
    for control in CONTROLS:
        shutil.copy(shipped / f"{control}.yaml", folder / "controls" / "catalogue")
    (folder / "controls" / "frameworks" / "small.yaml").write_text(FRAMEWORK)
    (folder / "reportgen.yaml").write_text(CONFIGURATION)
    (folder / "register" / "safe").mkdir(parents=True)
    (folder / "register" / "attestations.yaml").write_text(ATTESTATIONS)
    (folder / "register" / "safe" / "log-2026.txt").write_text("Opened on 3 March.\n")
    for month in range(4, 10):
        day = f"2026-{month:02}-28"
        for account in (FIRST, SECOND):
            paths = {}
            for source, content in evidence(account, day).items():
                paths[source] = folder / "exports" / source
                paths[source].parent.mkdir(exist_ok=True)
                paths[source].write_text(content)
            import_files(folder / "store", account, parse_moment(f"{day}T02:00:00Z"), paths)
    shutil.rmtree(folder / "exports")
    return folder


def wanted(folder: Path, ending: str, out: Path, **more: object) -> Wanted:
    rules = prepare(folder / "reportgen.yaml", folder / "controls")
    given = {
        "store": folder / "store", "rules": rules, "kind": "quarterly",
        "ending": date.fromisoformat(ending), "out": out, "controls": folder / "controls",
    }  # fmt: skip
    return Wanted(**{**given, **more})  # type: ignore[arg-type]


def pack(folder: Path, ending: str, out: Path, **more: object) -> Made:
    return make_pack(wanted(folder, ending, out, **more))


@dataclass(frozen=True)
class Keys:
    """An SSH key, its allowed_signers, and a key of somebody else."""

    folder: Path

    @property
    def own(self) -> SigningKey:
        return SigningKey(self.folder / "own")

    @property
    def other(self) -> SigningKey:
        return SigningKey(self.folder / "other")

    @property
    def allowed(self) -> Path:
        return self.folder / "allowed_signers"

    def line(self, options: str = "", key: str = "own") -> str:
        kind, public = (self.folder / f"{key}.pub").read_text().split()[:2]
        return " ".join(filter(None, (SIGNER, options, kind, public))) + "\n"


def keys(folder: Path) -> Keys:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("own", "other"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name]
        subprocess.run(make, check=True)
    found = Keys(folder)
    found.allowed.write_text(found.line())
    return found


@dataclass
class Parts:
    """A pack taken apart: its files by name, in the order of the zip."""

    files: dict[str, bytes]
    modes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> Parts:
        with zipfile.ZipFile(path) as source:
            return cls({i.filename: source.read(i) for i in source.infolist()})

    def manifest(self) -> dict[str, object]:
        data: dict[str, object] = json.loads(self.files[MANIFEST])
        return data

    def reseal(
        self, key: SigningKey | None, change: Callable[[dict[str, object]], None] | None = None
    ) -> Parts:
        """Write the manifest anew so that it fits the files, and sign it."""
        data = self.manifest()
        seals = {MANIFEST, SIGNATURE, SUMS, "manifest.json.tsr"}
        listed = {
            n: Listed(sha256(c), len(c)) for n, c in sorted(self.files.items()) if n not in seals
        }
        data["files"] = [
            {"file": n, "sha256": one.sha256, "bytes": one.bytes} for n, one in listed.items()
        ]
        if change:
            change(data)
        content = canonical(data)
        self.files[MANIFEST] = content
        self.files[SUMS] = sums(content, listed)
        self.files.pop(SIGNATURE, None)
        if key:
            self.files[SIGNATURE] = key.sign(content)
        return self

    def write(self, path: Path) -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in self.files.items():
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = self.modes.get(name, 0o100600) << 16
                target.writestr(info, content)
        return path


def standalone(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the one file with nothing but the standard library; it never ends in a traceback."""
    file = folder / "verify.py"
    if not file.exists():
        file.write_text(pack_verifier())
    done = subprocess.run(
        [sys.executable, "-I", "-S", file, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def manifest_of(path: Path) -> Manifest:
    from reportgen.pack.manifest import parse_manifest

    return parse_manifest(Parts.of(path).files[MANIFEST])


def flaws_of(output: str) -> list[Mapping[str, str]]:
    """The flaws of ``--format json``."""
    return [flaw for one in json.loads(output) for flaw in one["flaws"]]
