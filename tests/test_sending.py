"""The summary email: received by a real SMTP server, refused, dropped, and never sent twice."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

from reportgen import pipeline
from reportgen.errors import ConfigError
from reportgen.mailing import Delivery, send_report
from reportgen.render.email import letter, subject
from reportgen.render.look import Look
from reportgen.report.summary import from_json
from reportgen.scheduled import locked

END = date(2026, 9, 30)


class Inbox:
    """Keeps what comes in; ``refuse`` answers a recipient or the content with an error."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.refuse = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse == "recipient":
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse == "content":
            return "554 not wanted here"
        found = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
        self.received.append((envelope.rcpt_tos, found))  # type: ignore[arg-type]
        return "250 taken"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    controller = Controller(inbox, hostname="127.0.0.1", port=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture(scope="module")
def made(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's quarterly report, made once: the mail takes it from the folder."""
    out = tmp_path_factory.mktemp("mail")
    judged = pipeline.prepare(sample / "reportgen.yaml")
    pipeline.write_report(sample / "store", judged, "quarterly", END, out, formats=("pdf",))
    return out


@pytest.fixture
def configured(sample: Path, tmp_path: Path) -> Callable[..., tuple[pipeline.Rules, Path]]:
    """Returns the configuration with an email part, and an empty folder for the store's marks."""

    def build(port: int, extra: str = "", recipients: str = "") -> tuple[pipeline.Rules, Path]:
        text = (sample / "reportgen.yaml").read_text()
        text = re.sub(r"\nemail:\n(?: .*\n)*", "\n", text)
        who = recipients or "    - address: ciso@example.com\n"
        path = tmp_path / "reportgen.yaml"
        path.write_text(
            f"{text}\nemail:\n  from: IAM reports <iam@example.com>\n  recipients:\n{who}"
            f"  smtp: {{host: 127.0.0.1, port: {port}, timeout_seconds: 2"
            f"{extra or ', security: none'}}}\n"
        )
        return pipeline.prepare(path), tmp_path / "store"

    return build


def send(judged: pipeline.Rules, store: Path, out: Path, **more: bool) -> list[Delivery]:
    summary = from_json(json.loads((out / "summary.json").read_text()))
    pdf = out / "iam-quarterly-2026-09-30.pdf"
    return send_report(judged.config, store, summary, pdf, **more)


def test_received(made: Path, inbox: Inbox, server: Controller, configured: Any) -> None:
    judged, store = configured(server.port)
    assert [d.state for d in send(judged, store, made)] == ["sent"]
    ((to, mail),) = inbox.received
    summary = json.loads((made / "summary.json").read_text())
    assert to == ["ciso@example.com"]
    assert mail["Subject"] == subject(from_json(summary))
    score, change = summary["score"]["now"], summary["score"]["change"]
    assert f"{summary['rating']}, score {score:.1f}" in mail["Subject"]
    assert f"{abs(change):.1f}" in mail["Subject"]
    assert mail.get_content_type() == "multipart/mixed"
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    attached = list(mail.iter_attachments())
    assert [a.get_filename() for a in attached] == ["iam-quarterly-2026-09-30.pdf"]
    assert attached[0].get_content() == (made / "iam-quarterly-2026-09-30.pdf").read_bytes()
    for body in (html, text):
        assert f"{score:.1f}" in body
        for framework in summary["frameworks"]:
            assert f"{framework['score']:.1f}" in body
        assert "Decisions sought".casefold() in body.casefold()
    # Nothing is fetched when it is read: no picture, no style sheet, no font.
    assert not re.search(r"<(img|link|script|iframe)|@import|url\(", html)


def test_never_twice_unless_told(
    made: Path, inbox: Inbox, server: Controller, configured: Any
) -> None:
    judged, store = configured(server.port)
    states = [send(judged, store, made)[0].state, send(judged, store, made)[0].state]
    assert states == ["sent", "skipped"]
    assert len(inbox.received) == 1
    assert send(judged, store, made, again=True)[0].state == "sent"
    assert len(inbox.received) == 2


@pytest.mark.parametrize("what", ["recipient", "content"])
def test_refused_and_then_taken(
    what: str, made: Path, inbox: Inbox, server: Controller, configured: Any
) -> None:
    judged, store = configured(server.port)
    inbox.refuse = what
    (found,) = send(judged, store, made)
    assert found.state == "failed"
    assert "refused" in found.said
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
    configured: Any,
) -> None:  # fmt: skip
    rude = Rude(word, answer)
    judged, store = configured(rude.port)
    (found,) = send(judged, store, made)
    assert found.state == "failed"
    assert ("may have been sent" in found.said) is may_be_sent
    # A healthy server later: what may have gone out is not sent again by itself.
    judged, store = configured(server.port)
    assert send(judged, store, made)[0].state == ("failed" if may_be_sent else "sent")
    assert len(inbox.received) == (0 if may_be_sent else 1)


def test_nobody_listens(made: Path, configured: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    judged, store = configured(port)
    (found,) = send(judged, store, made)
    assert (found.state, "could not be reached" in found.said) == ("failed", True)


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
    made: Path, inbox: Inbox, certificate: Path, configured: Any, monkeypatch: pytest.MonkeyPatch
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
        assert "REPORTGEN_SMTP_PASSWORD" in send(judged, store, made)[0].said
        monkeypatch.setenv("REPORTGEN_SMTP_PASSWORD", "wrong")
        assert "refused the login" in send(judged, store, made)[0].said
        monkeypatch.setenv("REPORTGEN_SMTP_PASSWORD", "right")
        judged, store = configured(port, secure)
        assert "certificate" in send(judged, store, made)[0].said
        assert not inbox.received
        judged, store = configured(port, trusted)
        assert send(judged, store, made)[0].state == "sent"
        assert {login.login for login in logins} == {b"mailer"}
    finally:
        controller.stop()


def test_recipients_by_severity_and_accounts(
    made: Path, inbox: Inbox, server: Controller, configured: Any
) -> None:
    judged, store = configured(
        server.port,
        recipients=(
            "    - {address: payments@example.com, accounts: ['210000000003']}\n"
            "    - {address: security@example.com, accounts: [security], minimum_severity: critical}\n"
            "    - {address: board@example.com, periods: [annual]}\n"
        ),
    )
    found = {d.address: d.state for d in send(judged, store, made)}
    # No critical finding is open in the security account, and this is no annual report.
    assert found == {"payments@example.com": "sent", "security@example.com": "skipped"}
    ((_, mail),) = inbox.received
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "findings.csv"
    rows = attached.get_content()
    text = rows if isinstance(rows, str) else rows.decode("utf-8-sig")
    assert "210000000003" in text
    assert "210000000005" not in text


def test_dry_run_writes_and_sends_nothing(
    made: Path, inbox: Inbox, server: Controller, configured: Any, tmp_path: Path
) -> None:
    judged, store = configured(server.port)
    (found,) = send(judged, store, made, dry_run=True)
    assert found.state == "written"
    mail = message_from_bytes(Path(found.said).read_bytes(), policy=policy.default)
    assert mail["To"] == "ciso@example.com"
    assert not inbox.received
    assert not (store / "deliveries").exists()


def test_a_new_version_is_a_new_report(
    made: Path, inbox: Inbox, server: Controller, configured: Any, tmp_path: Path
) -> None:
    judged, store = configured(server.port)
    assert send(judged, store, made)[0].state == "sent"
    newer = tmp_path / "newer"
    shutil.copytree(made, newer)
    summary = json.loads((newer / "summary.json").read_text())
    summary["report"]["version"] = "../../1.1"
    (newer / "summary.json").write_text(json.dumps(summary))
    assert send(judged, store, newer)[0].state == "sent"
    names = [path.parent.name for path in tmp_path.rglob("quarterly-*.json")]
    assert names == ["deliveries", "deliveries"]


def test_nobody_to_write_to(made: Path, sample: Path) -> None:
    judged = pipeline.prepare(sample / "reportgen.yaml")
    if judged.config.settings.email is None:
        with pytest.raises(ConfigError, match="nobody to write to"):
            send(judged, sample / "store", made)


def test_unknown_group_is_refused(configured: Any) -> None:
    with pytest.raises(ConfigError, match="'moon' is no account"):
        configured(25, recipients="    - {address: a@example.com, accounts: [moon]}\n")


def test_hostile_text_is_text(made: Path) -> None:
    summary = json.loads((made / "summary.json").read_text())
    summary["report"]["organisation"] = "<script>x</script>\r\nBcc: evil@example.com"
    summary["report"]["marking"] = "A\r\nBcc: evil@example.com"
    written = letter(from_json(summary), Look(), attached=False, link="javascript:alert(1)")
    assert "<script>" not in written.html
    assert "\n" not in written.subject
    assert 'href="javascript' not in written.html
    assert "\nBcc:" not in written.text


def test_nothing_wrong_is_said_too(made: Path) -> None:
    summary = json.loads((made / "summary.json").read_text())
    summary.update(register=[], finding_pages=[], waivers=[])
    summary["findings"]["open"] = 0
    summary["findings"]["open_by_severity"] = dict.fromkeys(
        ("critical", "high", "medium", "low"), 0
    )
    written = letter(from_json(summary), Look(), attached=True)
    assert "nothing needs your decision" in written.text
    assert "None: every critical and high finding has an owner and a date." in written.text


def test_run_does_all_in_one_go(
    sample: Path, inbox: Inbox, server: Controller, configured: Any, tmp_path: Path
) -> None:
    configured(server.port)
    (tmp_path / "store").symlink_to(sample / "store")
    command = [
        sys.executable, "-m", "reportgen", "run", "--config", str(tmp_path / "reportgen.yaml"),
        "--store", str(tmp_path / "store"), "--out", str(tmp_path / "out"), "--period", "monthly",
        "--ending", "2026-09-30", "--skip-collect", "--fail-on", "critical", "--again",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 1, done.stderr
    log = [json.loads(line) for line in (tmp_path / "out" / "run.log").read_text().splitlines()]
    assert [entry["step"] for entry in log] == ["start", "assessed", "reported", "mail", "end"]
    assert log[-1]["exit"] == 1
    assert len(inbox.received) == 1
    with locked(tmp_path / "store"):
        held = subprocess.run(command, capture_output=True, text=True, check=False)
    assert held.returncode == 2
    assert "Another run is at work" in held.stderr
    assert len(inbox.received) == 1


def test_through_ses(
    made: Path, configured: Any, front: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    assert "SES did not take the message" in refused.said
    assert send(judged, store, made)[0].state == "skipped"


def test_run_collects_first(run: Any, front: Any, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    arguments = ("run", "--store", "s", "--out", "o", "--period", "monthly", "--ending", str(today))
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    log = [json.loads(line) for line in (tmp_path / "o" / "run.log").read_text().splitlines()]
    assert log[0]["step"] == "start"
    assert {e["status"] for e in log if e["step"] == "read"} <= {"collected", "not-enabled"}
    assert (tmp_path / "o" / f"iam-monthly-{today}.pdf").exists()
    front.faults["GetCredentialReport"] = "deny"
    done = run(*arguments)
    assert done.returncode == 3
    assert "Not read: credential-report" in done.stderr
    front.faults = dict.fromkeys(["GetCallerIdentity"], "expire")
    done = run(*arguments)
    assert done.returncode == 2
    last = json.loads((tmp_path / "o" / "run.log").read_text().splitlines()[-1])
    assert (last["step"], last["exit"]) == ("end", 2)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize(
    ("setting", "paper", "ink"),
    [("1", (0xFF, 0xFF, 0xFF), "dark"), ("0", (0x14, 0x18, 0x1D), "light")],
)
def test_looks_in_light_and_dark(
    setting: str, paper: tuple[int, int, int], ink: str, made: Path, tmp_path: Path
) -> None:
    """The card has the colour of the scheme, and ink on it that stands out."""
    summary = json.loads((made / "summary.json").read_text())
    page, shot = tmp_path / "mail.html", tmp_path / "mail.png"
    page.write_text(letter(from_json(summary), Look(), attached=True).html)
    subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=640,900",
         f"--blink-settings=preferredColorScheme={setting}", f"--screenshot={shot}", str(page)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with Image.open(shot) as picture:
        # Below the masthead, inside the card: the key figures and their words.
        card = picture.convert("RGB").crop((40, 130, 590, 260))
        colours = card.getcolors(1_000_000) or []
    most = max(colours)[1]
    assert most == paper
    levels = [sum(colour) / 3 for _, colour in colours]
    assert min(levels) < 80 if ink == "dark" else max(levels) > 200
