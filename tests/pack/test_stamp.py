"""Time stamps from an authority that runs here, checked with ``openssl ts -verify``."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reportgen import clock
from reportgen.errors import UsageError
from reportgen.pack import stamp
from reportgen.pack.manifest import MANIFEST, STAMP
from reportgen.pack.stamp import stamp_of
from tests.pack import making
from tests.pack.conftest import Quarters
from tests.pack.making import Parts, flaws_of, standalone

SETTINGS = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/tsa.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """A time-stamping authority over HTTP. ``fault`` makes it misbehave."""

    folder: Path
    url: str = ""
    fault: str = ""
    asked: list[bytes] = field(default_factory=list)

    def answer(self, query: bytes) -> bytes:
        self.asked.append(query)
        if self.fault == "no stamp":
            return b"<html>proxy error"
        if self.fault == "refuses":
            # PKIStatusInfo with status 2, "rejection" (RFC 3161, 2.4.2).
            return bytes.fromhex("30053003020102")
        if self.fault == "another":
            other = self.folder / "other"
            other.write_bytes(b"another content")
            made = ["openssl", "ts", "-query", "-data", other, "-sha256", "-cert", "-no_nonce"]
            query = subprocess.run(made, capture_output=True, check=True).stdout
        (self.folder / "query").write_bytes(query)
        reply = ["openssl", "ts", "-reply", "-config", self.folder / "tsa.cnf"]
        command = [*reply, "-queryfile", self.folder / "query"]
        return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "tsa.cnf").write_text(SETTINGS.format(folder=folder))
    (folder / "serial").write_text("01\n")
    make = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
        "-subj", "/CN=Example time stamps", "-keyout", folder / "tsa.key",
        "-out", folder / "tsa.pem", "-addext", "extendedKeyUsage=critical,timeStamping",
    ]  # fmt: skip
    subprocess.run(make, check=True, capture_output=True)
    found = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = found.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(500 if found.fault == "down" else 200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def verified(folder: Path, authority: Authority, *options: str) -> bool:
    command = ["openssl", "ts", "-verify", "-data", MANIFEST, "-in", STAMP, *options]
    done = subprocess.run(
        [*command, "-CAfile", authority.folder / "tsa.pem"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def as_the_readme_says(
    parts: Parts, quarters: Quarters, authority: Authority, folder: Path
) -> None:
    """Each command of the README, as it stands there, in the folder of the pack."""
    text = parts.files["README.txt"].decode().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.startswith("  ")]
    tools = ("sha256sum", "ssh-keygen", "openssl", "python3 verify.py --allowed-signers")
    commands = [line for line in lines if line.startswith(tools)]
    assert [line.split()[0] for line in commands] == [
        "sha256sum", "python3", "ssh-keygen", "openssl",
    ]  # fmt: skip
    pack = folder / "pack"
    for name, content in parts.files.items():
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_bytes(content)
    shutil.copy(quarters.keys.allowed, folder / "allowed_signers")
    shutil.copy(authority.folder / "tsa.pem", folder / "TSA.pem")
    for command in commands:
        told = command.replace("SIGNER", making.SIGNER)
        done = subprocess.run(
            ["sh", "-c", told], cwd=pack, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{told}: {done.stdout[-500:]} {done.stderr[-500:]}"
    # The first page says the same.
    page = unescape(parts.files["index.html"].decode())
    assert all(" ".join(command.split()) in page for command in commands)


def test_openssl_verifies_the_stamp_of_a_pack(
    quarters: Quarters, authority: Authority, tmp_path: Path
) -> None:
    out = tmp_path / "p.zip"
    making.pack(
        quarters.folder, "2026-09-30", out, key=quarters.keys.own, timestamp_url=authority.url
    )
    parts = Parts.of(out)
    for name in (MANIFEST, STAMP):
        (tmp_path / name).write_bytes(parts.files[name])
    assert verified(tmp_path, authority)
    (tmp_path / MANIFEST).write_bytes(parts.files[MANIFEST] + b" ")
    assert not verified(tmp_path, authority)
    # Nothing of the pack but a digest was sent.
    assert len(authority.asked) == 1
    assert len(authority.asked[0]) < 100
    done = standalone(tmp_path, out, "--allowed-signers", quarters.keys.allowed)
    assert done.returncode == 0
    assert "by Example time stamps; `openssl ts -verify`" in done.stdout
    # As openssl, it asks whether the certificate of 30 days counts when it is asked.
    later = ("--allowed-signers", quarters.keys.allowed, "--format", "json", "--at", "20990101")
    (flaw,) = flaws_of(standalone(tmp_path, out, *later).stdout)
    assert (flaw["name"], flaw["place"].rpartition(" ")[2]) == ("wrong key", STAMP)
    assert "a certificate of Example time stamps that expired on" in flaw["found"]
    assert not verified(tmp_path, authority, "-attime", "4070908800")
    as_the_readme_says(parts, quarters, authority, tmp_path)

    del parts.files[STAMP]
    path = parts.write(tmp_path / "without.zip")
    options = ("--allowed-signers", quarters.keys.allowed, "--format", "json")
    (flaw,) = flaws_of(standalone(tmp_path, path, *options).stdout)
    assert (flaw["name"], flaw["place"].rpartition(" ")[2]) == ("missing", STAMP)
    parts.files[STAMP] = stamp_of(b"another manifest", authority.url)
    path = parts.write(tmp_path / "other.zip")
    (flaw,) = flaws_of(standalone(tmp_path, path, *options).stdout)
    assert (flaw["name"], flaw["place"].rpartition(" ")[2]) == ("invalid", STAMP)


def test_a_pack_without_its_stamp_says_so(
    quarters: Quarters, authority: Authority, tmp_path: Path
) -> None:
    authority.fault = "down"
    out = tmp_path / "p.zip"
    made = making.pack(
        quarters.folder, "2026-06-30", out, key=quarters.keys.own, timestamp_url=authority.url
    )
    assert "HTTP Error 500" in made.fault
    manifest = making.manifest_of(out)
    assert not manifest.stamped
    assert manifest.data["seal"]["timestamp_fault"] == made.fault
    done = standalone(tmp_path, out, "--allowed-signers", quarters.keys.allowed)
    assert done.returncode == 0
    assert "No time stamp" in done.stdout


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no stamp", "is no time stamp"),
        ("refuses", "it refused"),
        ("another", "it stamped something else"),
        ("down", "HTTP Error 500"),
    ],
)
def test_an_authority_that_fails(authority: Authority, fault: str, said: str) -> None:
    authority.fault = fault
    with pytest.raises(UsageError, match=said):
        stamp_of(b"content", authority.url)


@pytest.mark.parametrize(
    ("days", "said"), [(29, ""), (31, "expired on"), (-1, r"valid from .* only")]
)
def test_an_authority_whose_certificate_does_not_count(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, days: int, said: str
) -> None:
    """It has 30 days."""
    at = clock.now() + timedelta(days=days)
    monkeypatch.setattr(stamp, "now", lambda: at)
    if not said:
        assert stamp_of(b"content", authority.url)
        return
    with pytest.raises(UsageError, match=f"Example time stamps (that )?{said}"):
        stamp_of(b"content", authority.url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "tsa.example.com", "http://127.0.0.1:9"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(UsageError, match="--timestamp-url"):
        stamp_of(b"content", url)
