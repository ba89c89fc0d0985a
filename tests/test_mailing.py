"""What goes with the mail: the PDF at the limit of its size, and who is due."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen import mailing
from reportgen.model import Severity
from reportgen.report.words import Disposition
from tests.models import NUMBER, finding


@pytest.mark.parametrize(("size", "attached"), [(1_999_999, 1), (2_000_000, 1), (2_000_001, 0)])
def test_pdf_at_the_limit(
    size: int, attached: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is in megabytes of a million bytes, and a PDF of exactly that size goes."""
    pdf = tmp_path / "r.pdf"
    pdf.write_bytes(b"x" * size)
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        mailing,
        "letter",
        lambda *_, **more: given.update(more) or SimpleNamespace(subject="s", text="t", html="h"),
    )
    monkeypatch.setattr(mailing, "message", lambda *values: values[4])
    summary: Any = SimpleNamespace(register=(), report=SimpleNamespace(id="IAM-1"))
    mail: Any = SimpleNamespace(attach_limit_mb=2, link="")
    to: Any = SimpleNamespace(address="ciso@example.com")
    attachments: Any = mailing._compose(mail, SimpleNamespace(), to, None, summary, pdf)  # type: ignore[arg-type]
    assert len(attachments) == attached
    assert given["attached"] is bool(attached)


@pytest.mark.parametrize(
    ("severity", "due"),
    [(Severity.CRITICAL, True), (Severity.HIGH, True), (Severity.MEDIUM, False)],
)
def test_due_at_the_least_severity(severity: Severity, due: bool) -> None:
    to: Any = SimpleNamespace(minimum_severity=Severity.HIGH)
    for row, expected in (
        (finding(severity=severity), due),
        (finding(severity=severity, disposition=Disposition.ACCEPTED), False),
    ):
        summary: Any = SimpleNamespace(register=(row,))
        assert mailing._due(summary, to, None) is expected
        assert mailing._due(summary, to, {NUMBER}) is expected
        assert mailing._due(summary, to, {"444455556666"}) is False
