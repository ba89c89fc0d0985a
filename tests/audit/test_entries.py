"""One entry of the register: the least that it may say, and what follows from it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from reportgen.audit.entries import Attachment, Attestation, SeverityChange, Waiver
from reportgen.audit.register import Register, load_register
from reportgen.model import Grade

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
DAY = timedelta(days=1)


def attestation(**more: Any) -> Attestation:
    given = {"id": "A", "control": "E8-06", "statement": "s", "by": "B", "signed": FIRST}
    return Attestation.model_validate({"expires": LAST, **given, **more})


def test_a_letter_is_enough_and_nothing_is_not() -> None:
    attestation()
    for name in ("id", "by", "statement"):
        with pytest.raises(ValidationError, match=name):
            attestation(**{name: ""})


@pytest.mark.parametrize("model", [Waiver, SeverityChange])
def test_a_letter_is_enough_for_what_was_granted_too(model: type[Waiver | SeverityChange]) -> None:
    given = {
        "id": "W", "control": "KEY-03", "reason": "r", "requested_by": "a", "approved_by": "b",
        "granted": FIRST, "expires": FIRST,
    }  # fmt: skip
    more = {"severity": "low"} if model is SeverityChange else {
        "compensating_control": "c", "owner": "o",
    }  # fmt: skip
    assert model.model_validate({**given, **more}).in_force(FIRST)
    with pytest.raises(ValidationError, match="id"):
        model.model_validate({**given, **more, "id": ""})


def test_an_attestation_may_last_one_day_and_not_less() -> None:
    assert attestation(expires=FIRST).expires == FIRST
    with pytest.raises(ValidationError, match="before it was signed"):
        attestation(expires=FIRST - DAY)


def test_an_attachment_is_called_by_where_it_is() -> None:
    assert Attachment(file="minutes.pdf").name == "minutes.pdf"
    there = Attachment(reference="ticket 7", sha256="a" * 64)
    assert there.name == "ticket 7"


@pytest.mark.parametrize(
    ("grades", "best"),
    [
        ([], Grade.POOR),
        ([None], Grade.POOR),
        ([Grade.FAIR], Grade.FAIR),
        ([Grade.POOR, Grade.GOOD, Grade.FAIR], Grade.GOOD),
        ([None, Grade.FAIR, Grade.POOR], Grade.FAIR),
    ],
)
def test_a_statement_is_as_good_as_the_best_that_is_attached(
    grades: list[Grade | None], best: Grade
) -> None:
    attached = [{"file": f"{n}.pdf", "grade": grade} for n, grade in enumerate(grades)]
    assert attestation(attachments=attached).grade is best


@pytest.mark.parametrize(
    ("account", "on", "found"),
    [
        ("111122223333", FIRST - DAY, []),
        ("111122223333", FIRST, ["A"]),
        # It has ended, and still says when somebody looked.
        ("111122223333", LAST + DAY, ["A"]),
        ("444455556666", LAST, []),
    ],
)
def test_statements_signed_by_a_day(account: str, on: date, found: list[str]) -> None:
    register = Register(attestations=(attestation(accounts=["1111*"]),))
    assert [a.id for a in register.signed(account, on).get("E8-06", ())] == found


def test_a_register_is_the_same_wherever_its_lines_are(tmp_path: Path) -> None:
    """What is judged does not change with a comment above an entry."""
    entry = (
        "- {id: A, control: E8-06, statement: s, by: B, signed: 2026-07-01, expires: 2026-09-30}"
    )
    read = []
    for name, comment in (("one", ""), ("two", "# moved down\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "attestations.yaml").write_text(f"{comment}attestations:\n{entry}\n")
        read.append(load_register(tmp_path / name, ["E8-06"]))
    assert read[0] == read[1]
    assert [r.places["A"] for r in read] == ["attestations.yaml:2", "attestations.yaml:3"]
