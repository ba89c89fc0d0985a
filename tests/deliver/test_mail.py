"""One message: how it is put together, and what is known after each answer of the server.

The server here is a script of answers; that real ones are spoken to is in tests/test_mailing.py.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError

from reportgen.config import Mail
from reportgen.deliver.mail import message, send
from reportgen.errors import MailError, MailUncertain

MOMENT = datetime(2026, 10, 1, 3, 4, 5, tzinfo=UTC)
PASSWORD = "REPORTGEN_SMTP_PASSWORD"


def mail(**more: Any) -> Mail:
    return Mail.model_validate(
        {
            "from": "IAM reports <iam@example.com>",
            "recipients": [{"address": "ciso@example.org"}],
            "smtp": {"host": "mail.example.com", "port": 25, "security": "none"},
            **more,
        }
    )


def smtp(**more: Any) -> Mail:
    return mail(smtp={"host": "mail.example.com", "port": 25, "security": "none", **more})


def written(given: Mail, files: dict[str, bytes] | None = None) -> EmailMessage:
    bodies = ("Plain.\n", "<p>Rich.</p>\n")
    to = "The CISO <ciso@example.org>"
    return message(given, to, "Subject", bodies, files or {}, "r-1", MOMENT)


def test_headers_say_from_whom_when_and_which_report() -> None:
    found = written(mail())
    assert found["From"] == "IAM reports <iam@example.com>"
    assert found["Message-ID"] == "<r-1@example.com>"
    assert found["Date"] == "Thu, 01 Oct 2026 03:04:05 +0000"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Reply-To"] is None
    assert written(mail(reply_to="help@example.com"))["Reply-To"] == "help@example.com"


def test_a_mail_without_files_is_text_and_html() -> None:
    found = written(mail())
    assert found.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in found.iter_parts()] == ["text/plain", "text/html"]
    assert found.get_boundary() == "alternative-r-1"


def test_a_mail_with_files_has_them_after_its_text() -> None:
    found = written(mail(), {"a.pdf": b"%PDF", "b.csv": b"x,y\n"})
    assert found.get_content_type() == "multipart/mixed"
    assert found.get_boundary() == "mixed-r-1"
    first, pdf, csv = found.iter_parts()
    assert (first.get_content_type(), first.get_boundary()) == (
        "multipart/alternative",
        "part1-r-1",
    )
    assert (pdf.get_content_type(), pdf.get_filename()) == ("application/pdf", "a.pdf")
    assert (csv.get_content_type(), csv.get_filename()) == ("text/csv", "b.csv")
    assert pdf.get_content() == b"%PDF"


def test_the_same_mail_has_the_same_bytes() -> None:
    files = {"a.pdf": b"%PDF"}
    assert written(mail(), files).as_bytes() == written(mail(), files).as_bytes()


class Server:
    """A server that answers by script: a code and text, or an error to raise."""

    said: list[tuple[Any, ...]]
    answers: dict[str, Any]

    def __init__(self, kind: str, *about: Any, **more: Any) -> None:
        Server.said = [(kind, *about, *more.items())]
        self._do("connect")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left open."""

    def _do(self, verb: str, *about: Any) -> Any:
        if verb != "connect":
            Server.said.append((verb, *about))
        answer = Server.answers.get(verb, (250, b"fine"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def __getattr__(self, verb: str) -> Any:
        return lambda *about, **_: self._do(verb, *about)


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    Server.answers = {}
    monkeypatch.setattr(smtplib, "SMTP", lambda *a, **k: Server("plain", *a, k["timeout"]))
    monkeypatch.setattr(smtplib, "SMTP_SSL", lambda *a, **k: Server("tls", *a, k["timeout"]))
    return Server.answers


def verbs() -> list[str]:
    return [said[0] for said in Server.said]


def test_the_content_goes_to_the_bare_address(tmp_path: Path, server: dict[str, Any]) -> None:
    server["data"] = (250, b"queued as\r\n 7\x07")
    found = written(mail())
    assert send(smtp(timeout_seconds=7), found, tmp_path) == "250 queued as 7"
    assert Server.said == [
        ("plain", "mail.example.com", 25, 7),
        ("ehlo_or_helo_if_needed",),
        ("mail", "iam@example.com"),
        ("rcpt", "ciso@example.org"),
        ("data", found.as_bytes()),
        ("quit",),
    ]


@pytest.mark.parametrize(
    ("security", "expected"),
    [("none", ["plain"]), ("starttls", ["plain", "starttls"]), ("tls", ["tls"])],
)
def test_security_is_as_configured(tmp_path: Path, security: str, expected: list[str]) -> None:
    send(smtp(security=security), written(mail()), tmp_path)
    assert [v for v in verbs() if v in ("plain", "tls", "starttls")] == expected


@pytest.mark.parametrize(("ca_file", "expected"), [("", None), ("own.pem", "own.pem")])
def test_an_authority_of_ones_own(
    tmp_path: Path, ca_file: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(ssl, "create_default_context", lambda cafile: seen.append(cafile))
    send(smtp(ca_file=ca_file), written(mail()), tmp_path)
    assert seen == [str(tmp_path / expected) if expected else None]


def test_a_login_needs_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = smtp(username="mailer")
    monkeypatch.delenv(PASSWORD, raising=False)
    with pytest.raises(MailError, match=PASSWORD):
        send(given, written(mail()), tmp_path)
    assert "mail" not in verbs()
    monkeypatch.setenv(PASSWORD, "secret")
    send(given, written(mail()), tmp_path)
    assert ("login", "mailer", "secret") in Server.said


@pytest.mark.parametrize("verb", ["mail", "rcpt"])
@pytest.mark.parametrize(
    ("code", "taken"), [(249, False), (250, True), (251, True), (252, False), (550, False)]
)
def test_an_address_is_taken_with_250_or_251(
    tmp_path: Path, server: dict[str, Any], verb: str, code: int, taken: bool
) -> None:
    """RFC 5321, 3.3 and 4.2.3: 251 forwards; 252 promises nothing."""
    server[verb] = (code, b"so")
    if taken:
        assert send(smtp(), written(mail()), tmp_path) == "250 fine"
    else:
        with pytest.raises(MailError, match=f"refused ciso@example.org: {code} so"):
            send(smtp(), written(mail()), tmp_path)
        assert "data" not in verbs()


@pytest.mark.parametrize("code", [249, 251, 354, 554])
def test_the_content_is_taken_with_250_alone(
    tmp_path: Path, server: dict[str, Any], code: int
) -> None:
    server["data"] = (code, b"no")
    with pytest.raises(MailError, match=f"refused the message: {code} no"):
        send(smtp(), written(mail()), tmp_path)


@pytest.mark.parametrize("error", [OSError("gone"), smtplib.SMTPServerDisconnected("gone")])
def test_what_breaks_after_the_message_was_taken_changes_nothing(
    tmp_path: Path, server: dict[str, Any], error: Exception
) -> None:
    server["quit"] = error
    assert send(smtp(), written(mail()), tmp_path) == "250 fine"
    assert verbs()[-1] == "close"


@pytest.mark.parametrize("verb", ["connect", "starttls", "mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("error", "said"),
    [(OSError("gone"), "gone"), (TimeoutError(), "TimeoutError")],
)
def test_a_break_is_uncertain_only_once_the_content_is_handed_over(
    tmp_path: Path, server: dict[str, Any], verb: str, error: Exception, said: str
) -> None:
    server[verb] = error
    with pytest.raises(MailError) as caught:
        send(smtp(security="starttls"), written(mail()), tmp_path)
    if verb == "data":
        assert isinstance(caught.value, MailUncertain)
        assert f"handed over ({said}); it may have been sent" in caught.value.message
    else:
        assert not isinstance(caught.value, MailUncertain)
        assert caught.value.message == f"mail.example.com:25 could not be reached: {said}."


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "handshake failed")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("verb", "error", "said"),
    [
        ("starttls", tls_error("CERTIFICATE_VERIFY_FAILED"), "good: CERTIFICATE_VERIFY_FAILED."),
        ("starttls", tls_error(""), r"TLS is not good: .*handshake failed"),
        ("login", smtplib.SMTPAuthenticationError(535, b"bad"), "refused the login: bad."),
        ("data", smtplib.SMTPDataError(554, b"spam"), "refused the message: 554 spam."),
        ("starttls", smtplib.SMTPNotSupportedError("no STARTTLS"), "25: no STARTTLS"),
    ],
)
def test_each_refusal_in_its_words(
    tmp_path: Path,
    server: dict[str, Any],
    verb: str,
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PASSWORD, "secret")
    server[verb] = error
    with pytest.raises(MailError, match=said) as caught:
        send(smtp(security="starttls", username="mailer"), written(mail()), tmp_path)
    assert not isinstance(caught.value, MailUncertain)


class Sesv2:
    """SES by script."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.made: dict[str, Any] = {}
        self.sent: dict[str, Any] = {}

    def client(self, name: str, **about: Any) -> Self:
        self.made = {"name": name, **about}
        return self

    def send_email(self, **given: Any) -> dict[str, str]:
        self.sent = given
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"MessageId": self.answer}


def through(monkeypatch: pytest.MonkeyPatch, answer: Any) -> Sesv2:
    found = Sesv2(answer)
    monkeypatch.setattr(boto3, "client", found.client)
    return found


def test_ses_is_asked_once_and_given_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ses = through(monkeypatch, "m-1")
    found = written(mail())
    assert send(mail(ses={}), found, tmp_path) == "m-1"
    config = ses.made["config"]
    # The SDK would repeat a send that SES may have carried out already.
    assert config.retries == {"total_max_attempts": 1}
    assert (config.connect_timeout, config.read_timeout) == (10, 60)
    assert (ses.made["name"], ses.made["region_name"]) == ("sesv2", None)
    assert ses.sent == {
        "FromEmailAddress": "IAM reports <iam@example.com>",
        "Destination": {"ToAddresses": ["ciso@example.org"]},
        "Content": {"Raw": {"Data": found.as_bytes()}},
    }


def test_ses_in_a_region_with_a_configuration_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ses = through(monkeypatch, "m-1")
    given = mail(ses={"region": "ap-southeast-2", "configuration_set": "reports"})
    send(given, written(mail()), tmp_path)
    assert ses.made["region_name"] == "ap-southeast-2"
    assert ses.sent["ConfigurationSetName"] == "reports"


@pytest.mark.parametrize(
    ("error", "uncertain"),
    [
        (ReadTimeoutError(endpoint_url="https://email.example.com"), True),
        (ClientError({"Error": {"Code": "MessageRejected"}}, "SendEmail"), False),
        (NoCredentialsError(), False),
    ],
)
def test_only_silence_of_ses_is_uncertain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, uncertain: bool
) -> None:
    through(monkeypatch, error)
    with pytest.raises(MailError) as caught:
        send(mail(ses={}), written(mail()), tmp_path)
    assert isinstance(caught.value, MailUncertain) is uncertain
