"""Where mail comes in: a server of SMTP that keeps it, a report to send, and who gets it.

Loaded by every test: what is heavy is imported where it is used.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

    from reportgen.mailing import Delivery
    from reportgen.pipeline import Rules
    from tests.reports import Reports

Configured = Callable[..., "tuple[Rules, Path]"]


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
    from aiosmtpd.controller import Controller

    controller = Controller(inbox, hostname="127.0.0.1", port=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture(scope="session")
def made(sample_report: Reports) -> Path:
    """The sample's quarterly report: the mail takes it from the folder."""
    return sample_report("quarterly").of("summary.json").parent


@pytest.fixture
def configured(sample: Path, tmp_path: Path) -> Callable[..., tuple[Rules, Path]]:
    """Returns the configuration with an email part, and an empty folder for the store's marks."""

    from reportgen.pipeline import prepare

    def build(port: int, extra: str = "", recipients: str = "") -> tuple[Rules, Path]:
        text = (sample / "reportgen.yaml").read_text()
        text = re.sub(r"\nemail:\n(?: .*\n)*", "\n", text)
        who = recipients or "    - address: ciso@example.com\n"
        path = tmp_path / "reportgen.yaml"
        path.write_text(
            f"{text}\nemail:\n  from: IAM reports <iam@example.com>\n  recipients:\n{who}"
            f"  smtp: {{host: 127.0.0.1, port: {port}, timeout_seconds: 2"
            f"{extra or ', security: none'}}}\n"
        )
        return prepare(path), tmp_path / "store"

    return build


def send(judged: Rules, store: Path, out: Path, **more: bool) -> list[Delivery]:
    from reportgen.mailing import send_report
    from reportgen.report.summary import from_json

    summary = from_json(json.loads((out / "summary.json").read_text()))
    pdf = out / "iam-quarterly-2026-09-30.pdf"
    return send_report(judged.config, store, summary, pdf, **more)
