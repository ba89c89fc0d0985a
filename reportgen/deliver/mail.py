"""Mail: messages put together, and sent through SMTP (STARTTLS or TLS) or SES v2."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from pathlib import Path

from reportgen.config import Mail
from reportgen.errors import MailError, MailUncertain


def message(
    mail: Mail,
    to: str,
    subject: str,
    bodies: tuple[str, str],
    attachments: Mapping[str, bytes],
    identity: str,
    moment: datetime,
) -> EmailMessage:
    """Put a message together: mixed(alternative(text, html), files).

    ``bodies`` are plain text and HTML; ``identity`` names the report and recipient, so that the
    same mail has the same Message-ID.
    """
    found = EmailMessage(policy=policy.SMTP)
    found["Subject"] = subject
    found["From"] = mail.sender
    found["To"] = to
    if mail.reply_to:
        found["Reply-To"] = mail.reply_to
    found["Date"] = format_datetime(moment)
    domain = getaddresses([mail.sender])[0][1].rpartition("@")[2]
    found["Message-ID"] = f"<{identity}@{domain}>"
    found["Auto-Submitted"] = "auto-generated"
    found["Content-Language"] = "en-AU"
    text, html = bodies
    found.set_content(text, cte="quoted-printable")
    found.add_alternative(html, subtype="html", cte="quoted-printable")
    for name, content in attachments.items():
        kind = ("application", "pdf") if name.endswith(".pdf") else ("text", "csv")
        found.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    if attachments:
        found.set_boundary(f"mixed-{identity}")
    for number, part in enumerate(found.walk()):
        if part.is_multipart() and part is not found:
            part.set_boundary(f"part{number}-{identity}")
    if not attachments:
        found.set_boundary(f"alternative-{identity}")
    return found


def send(mail: Mail, message: EmailMessage, folder: Path) -> str:
    """Send one message; returns what the server said.

    Raises MailError when it was surely not accepted, and MailUncertain when the connection broke
    after the content was handed over: it may have been.
    """
    if mail.ses is not None:
        return _ses(mail, message)
    return _smtp(mail, message, folder)


def _smtp(mail: Mail, found: EmailMessage, folder: Path) -> str:
    smtp = mail.smtp
    where = f"{smtp.host}:{smtp.port}"
    content = found.as_bytes()
    handed_over = False
    try:
        context = ssl.create_default_context(
            cafile=str(folder / smtp.ca_file) if smtp.ca_file else None
        )
        server: smtplib.SMTP
        if smtp.security == "tls":
            server = smtplib.SMTP_SSL(
                smtp.host, smtp.port, timeout=smtp.timeout_seconds, context=context
            )
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_seconds)
        with server:
            if smtp.security == "starttls":
                server.starttls(context=context)
            if smtp.username:
                server.login(smtp.username, _password(smtp.password_env))
            sender = getaddresses([str(found["From"])])[0][1]
            recipient = getaddresses([str(found["To"])])[0][1]
            server.ehlo_or_helo_if_needed()
            for code, answer in (server.mail(sender), server.rcpt(recipient)):
                if code not in (250, 251):
                    raise MailError(f"{where} refused {recipient}: {code} {_text(answer)}.")
            handed_over = True
            code, answer = server.data(content)
            if code != 250:
                raise MailError(f"{where} refused the message: {code} {_text(answer)}.")
            # Accepted: whatever goes wrong after this changes nothing.
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()
            return f"{code} {_text(answer)}"
    except MailError:
        raise
    except ssl.SSLError as error:
        raise MailError(
            f"{where}: the server's certificate or TLS is not good: {error.reason or error}.",
            "Name its authority with `ca_file`, or mend the host name.",
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailError(f"{where} refused the login: {_text(error.smtp_error)}.") from error
    except smtplib.SMTPDataError as error:
        refusal = f"{error.smtp_code} {_text(error.smtp_error)}"
        raise MailError(f"{where} refused the message: {refusal}.") from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailError(f"{where}: {error}", "Set `security` to what the server offers.") from error
    except (OSError, smtplib.SMTPException) as error:
        said = str(error) or type(error).__name__
        if handed_over:
            raise MailUncertain(
                f"{where}: the connection broke while the message was handed over ({said}); it "
                "may have been sent.",
                "Ask the recipient; `--again` sends it whatever happened.",
            ) from error
        raise MailError(f"{where} could not be reached: {said}.") from error


def _password(name: str) -> str:
    if name not in os.environ:
        raise MailError(
            f"The variable {name} with the mail server's password is not set.",
            "Set it, or name another with `password_env`.",
        )
    return os.environ[name]


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _ses(mail: Mail, found: EmailMessage) -> str:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

    assert mail.ses is not None  # noqa: S101 - the caller asked
    # A retry of a request that may have been carried out would send twice.
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60)
    try:
        client = boto3.client("sesv2", region_name=mail.ses.region or None, config=config)
        more = (
            {"ConfigurationSetName": mail.ses.configuration_set}
            if mail.ses.configuration_set
            else {}
        )
        answer = client.send_email(
            FromEmailAddress=str(found["From"]),
            Destination={"ToAddresses": [getaddresses([str(found["To"])])[0][1]]},
            Content={"Raw": {"Data": found.as_bytes()}},
            **more,
        )
    except ReadTimeoutError as error:
        raise MailUncertain(f"SES did not answer in time: {error}", "It may be sent.") from error
    except (ClientError, BotoCoreError) as error:
        raise MailError(f"SES did not take the message: {error}") from error
    return str(answer["MessageId"])
