"""Servers that refuse, break off, ask for TLS and a login; and SES."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reportgen import pipeline
from tests.conftest import Front
from tests.mailroom import Configured, Inbox, send


@pytest.mark.parametrize("what", ["recipient", "content"])
def test_refused_and_then_taken(
    what: str, made: Path, inbox: Inbox, server: Controller, configured: Configured
) -> None:
    judged, store = configured(server.port)
    inbox.refuse = what
    (found,) = send(judged, store, made)
    assert found.state == "failed"
    assert "refused" in found.detail
    inbox.refuse = ""
    assert send(judged, store, made)[0].state == "sent"


class Rude(threading.Thread):
    """A server that greets, and breaks off at a word of the talk (or never answers it)."""

    def __init__(self, stop_at: str, answer: bool) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._stop_at, self._answer = stop_at, answer
        self.start()

    def run(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 here\r\n")
            for line in talk:
                word = line.split()[0].upper().decode() if line.split() else ""
                if word == self._stop_at:
                    if not self._answer:
                        threading.Event().wait(4)
                    return
                if word == "DATA":
                    talk.write(b"354 go on\r\n")
                elif word in ("EHLO", "HELO", "MAIL", "RCPT"):
                    talk.write(b"250 fine\r\n")


@pytest.mark.parametrize(
    ("word", "answer", "may_be_sent"),
    [("MAIL", True, False), ("RCPT", False, False), (".", True, True), (".", False, True)],
)
def test_drops_and_timeouts(
    word: str, answer: bool, may_be_sent: bool, made: Path, inbox: Inbox, server: Controller,
    configured: Configured,
) -> None:  # fmt: skip
    rude = Rude(word, answer)
    judged, store = configured(rude.port)
    (found,) = send(judged, store, made)
    assert found.state == "failed"
    assert ("may have been sent" in found.detail) is may_be_sent
    # A healthy server later: what may have gone out is not sent again by itself.
    judged, store = configured(server.port)
    assert send(judged, store, made)[0].state == ("failed" if may_be_sent else "sent")
    assert len(inbox.received) == (0 if may_be_sent else 1)


def test_nobody_listens(made: Path, configured: Configured) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    judged, store = configured(port)
    (found,) = send(judged, store, made)
    assert (found.state, "could not be reached" in found.detail) == ("failed", True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for 127.0.0.1 that nobody else trusts, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


def test_starttls_and_login(
    made: Path,
    inbox: Inbox,
    certificate: Path,
    configured: Configured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    logins: list[Any] = []

    def authenticate(*arguments: Any) -> AuthResult:
        logins.append(arguments[-1])
        return AuthResult(success=arguments[-1].password == b"right", handled=False)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        inbox, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True,
        authenticator=authenticate, auth_required=True,
    )  # fmt: skip
    controller.start()
    try:
        secure = ", security: starttls, username: mailer"
        trusted = f"{secure}, ca_file: {certificate / 'cert.pem'}"
        monkeypatch.delenv("REPORTGEN_SMTP_PASSWORD", raising=False)
        judged, store = configured(port, trusted)
        assert "REPORTGEN_SMTP_PASSWORD" in send(judged, store, made)[0].detail
        monkeypatch.setenv("REPORTGEN_SMTP_PASSWORD", "wrong")
        assert "refused the login" in send(judged, store, made)[0].detail
        monkeypatch.setenv("REPORTGEN_SMTP_PASSWORD", "right")
        judged, store = configured(port, secure)
        assert "certificate" in send(judged, store, made)[0].detail
        assert not inbox.received
        judged, store = configured(port, trusted)
        assert send(judged, store, made)[0].state == "sent"
        assert {login.login for login in logins} == {b"mailer"}
    finally:
        controller.stop()


def test_through_ses(
    made: Path,
    configured: Configured,
    front: Front,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured(25)
    path = tmp_path / "reportgen.yaml"
    text = re.sub(r"  smtp: .*\n", "  ses: {region: ap-southeast-2}\n", path.read_text())
    path.write_text(text)
    judged, store = pipeline.prepare(path), tmp_path / "store"
    # The sender is no verified identity yet, so SES refuses; nothing is marked as sent.
    identities = boto3.client("ses", region_name="ap-southeast-2", endpoint_url=front.backend)
    monkeypatch.setenv("AWS_ENDPOINT_URL", front.backend)
    (refused,) = send(judged, store, made)
    identities.verify_email_identity(EmailAddress="iam@example.com")
    (found,) = send(judged, store, made)
    assert (refused.state, found.state) == ("failed", "sent"), (refused, found)
    assert "SES did not take the message" in refused.detail
    assert send(judged, store, made)[0].state == "skipped"
