"""Who gets what: received by a real SMTP server, written only, and never sent twice."""

from __future__ import annotations

import json
import re
import shutil
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from reportgen import pipeline
from reportgen.errors import ConfigError
from reportgen.render.email import subject
from reportgen.report.summary import from_json
from tests.mailroom import Configured, Inbox, send


def test_received(made: Path, inbox: Inbox, server: Controller, configured: Configured) -> None:
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
    made: Path, inbox: Inbox, server: Controller, configured: Configured
) -> None:
    judged, store = configured(server.port)
    states = [send(judged, store, made)[0].state, send(judged, store, made)[0].state]
    assert states == ["sent", "skipped"]
    assert len(inbox.received) == 1
    assert send(judged, store, made, again=True)[0].state == "sent"
    assert len(inbox.received) == 2


def test_recipients_by_severity_and_accounts(
    made: Path, inbox: Inbox, server: Controller, configured: Configured
) -> None:
    judged, store = configured(
        server.port,
        recipients=(
            "    - {address: payments@example.com, accounts: ['210000000003']}\n"
            "    - {address: security@example.com, accounts: [security],\n"
            "       minimum_severity: critical}\n"
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
    made: Path, inbox: Inbox, server: Controller, configured: Configured, tmp_path: Path
) -> None:
    judged, store = configured(server.port)
    (found,) = send(judged, store, made, dry_run=True)
    assert found.state == "written"
    mail = message_from_bytes(Path(found.detail).read_bytes(), policy=policy.default)
    assert mail["To"] == "ciso@example.com"
    assert not inbox.received
    assert not (store / "deliveries").exists()


def test_a_new_version_is_a_new_report(
    made: Path, inbox: Inbox, server: Controller, configured: Configured, tmp_path: Path
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


def test_unknown_group_is_refused(configured: Configured) -> None:
    with pytest.raises(ConfigError, match="'moon' is no account"):
        configured(25, recipients="    - {address: a@example.com, accounts: [moon]}\n")
