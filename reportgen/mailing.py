"""The summary email: who is due it, what goes with it, and that it goes once."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from reportgen.clock import now, to_text
from reportgen.config import Config, Mail, Recipient
from reportgen.deliver.mail import message, send
from reportgen.deliver.sent import marker
from reportgen.errors import ConfigError, MailError, MailUncertain
from reportgen.files import write_private
from reportgen.render.email import letter
from reportgen.render.look import Look, load_look
from reportgen.render.tables import as_csv, findings_table
from reportgen.report.summary import Summary
from reportgen.report.words import Disposition


@dataclass(frozen=True)
class Delivery:
    """What became of the mail to one recipient: sent, written, skipped or failed, and why."""

    address: str
    state: str
    detail: str


def send_report(
    config: Config,
    store_folder: Path,
    summary: Summary,
    pdf: Path,
    *,
    dry_run: bool = False,
    again: bool = False,
) -> list[Delivery]:
    """Send the summary email of a report to each recipient, once.

    A dry run writes the messages as ``.eml`` files beside the PDF instead and sends nothing. What
    fails for one recipient does not keep the mail from the others. The caller holds the store's
    lock, or two could send at once. Raises ConfigError where reportgen.yaml has no ``email``.
    """
    mail = mail_settings(config)
    look = load_look(config)
    about = summary.report
    version = re.sub(r"[^A-Za-z0-9.-]+", "_", about.version)
    deliveries = []
    for recipient in mail.recipients:
        if about.kind not in recipient.periods:
            continue
        accounts = config.accounts_of(recipient)
        if not _due(summary, recipient, accounts):
            why = f"Nothing {recipient.minimum_severity} or worse is open there."
            deliveries.append(Delivery(recipient.address, "skipped", why))
            continue
        post = _compose(mail, look, recipient, accounts, summary, pdf)
        if dry_run:
            name = re.sub(r"[^A-Za-z0-9.-]+", "_", recipient.address)
            path = pdf.with_name(f"{pdf.stem}-{name}.eml")
            write_private(path, post.as_bytes())
            deliveries.append(Delivery(recipient.address, "written", str(path)))
        else:
            report = f"{about.kind}-{about.end}-v{version}"
            deliveries.append(_send_once(config, mail, post, store_folder, report, again))
    return deliveries


def mail_settings(config: Config) -> Mail:
    """The ``email`` of reportgen.yaml. Raises ConfigError where there is none."""
    if config.settings.email is None:
        raise ConfigError(
            "reportgen.yaml has no `email`, so there is nobody to write to.",
            "README.md, Email, shows what it holds.",
        )
    return config.settings.email


def _due(summary: Summary, recipient: Recipient, accounts: set[str] | None) -> bool:
    if recipient.minimum_severity is None:
        return True
    return any(
        row.severity.rank <= recipient.minimum_severity.rank
        and row.disposition is Disposition.OPEN
        and (accounts is None or row.account_id in accounts)
        for row in summary.register
    )


def _compose(
    mail: Mail,
    look: Look,
    recipient: Recipient,
    accounts: set[str] | None,
    summary: Summary,
    pdf: Path,
) -> EmailMessage:
    """The message to one recipient: the PDF with it where that is small enough and is theirs.

    Whoever is limited to some accounts gets their findings as CSV, not everybody's as PDF.
    """
    attachments = {}
    small = pdf.stat().st_size <= mail.attach_limit_mb * 1_000_000
    if accounts is not None:
        rows = [r for r in summary.register if r.account_id in accounts]
        attachments["findings.csv"] = as_csv(findings_table(rows))
    elif small:
        attachments[pdf.name] = pdf.read_bytes()
    link = mail.link.replace("{file}", pdf.name) if accounts is None else ""
    written = letter(
        summary,
        look,
        attached=pdf.name in attachments,
        link=link,
        accounts=accounts,
    )
    digest = hashlib.sha256(recipient.address.casefold().encode()).hexdigest()[:12]
    identity = f"{summary.report.id}-{digest}".replace(" ", "-")
    bodies = written.text, written.html
    return message(mail, recipient.address, written.subject, bodies, attachments, identity, now())


def _send_once(
    config: Config, mail: Mail, post: EmailMessage, store: Path, report: str, again: bool
) -> Delivery:
    address = str(post["To"])
    mark = marker(store / "deliveries", report, address)
    if mark.state and not again:
        why = {
            "sent": "It was sent before; `--again` sends it once more.",
            "sending": "An earlier run broke while sending, so it may have arrived; `--again` "
            "sends it whatever happened.",
        }[mark.state]
        return Delivery(address, "skipped" if mark.state == "sent" else "failed", why)
    about = {"report": report, "to": address, "message_id": str(post["Message-ID"])}
    mark.write("sending", {**about, "at": to_text(now())})
    try:
        answer = send(mail, post, config.folder)
    except MailUncertain as error:
        return Delivery(address, "failed", error.message)
    except MailError as error:
        mark.remove()
        return Delivery(address, "failed", f"{error.message} {error.hint}".strip())
    mark.write("sent", {**about, "at": to_text(now()), "said": answer})
    return Delivery(address, "sent", answer)
