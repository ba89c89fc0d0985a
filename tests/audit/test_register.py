"""Waivers and attestations on their first and last days, and a day to either side."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from reportgen.audit.register import Attestation, Register, Waiver

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
DAY = timedelta(days=1)
FINDING = ("KEY-03", "111122223333", "arn:aws:iam::111122223333:user/u")


def waiver(**more: object) -> Waiver:
    given = {
        "id": "W-1",
        "control": "KEY-03",
        "reason": "r",
        "compensating_control": "c",
        "owner": "o",
        "requested_by": "Platform lead",
        "approved_by": "CISO",
        "granted": FIRST,
        "expires": LAST,
    }
    return Waiver.model_validate({**given, **more})


@pytest.mark.parametrize(
    ("on", "in_force", "lapsed"),
    [
        (FIRST - DAY, False, False),
        (FIRST, True, False),
        (FIRST + DAY, True, False),
        (LAST - DAY, True, False),
        (LAST, True, False),
        (LAST + DAY, False, True),
    ],
)
def test_a_waiver_holds_from_its_first_to_its_last_day(
    on: date, in_force: bool, lapsed: bool
) -> None:
    register = Register(waivers=(waiver(),))
    assert (register.waiver(*FINDING, on) is not None) is in_force
    assert (register.lapsed(*FINDING, on) is not None) is lapsed


@pytest.mark.parametrize(
    "finding",
    [
        ("KEY-04", FINDING[1], FINDING[2]),
        ("KEY-03", "444455556666", FINDING[2]),
        ("KEY-03", FINDING[1], FINDING[2] + "2"),
    ],
)
def test_a_waiver_covers_what_it_names_and_no_more(finding: tuple[str, str, str]) -> None:
    own = waiver(accounts=[FINDING[1]], resources=[FINDING[2]])
    assert Register(waivers=(own,)).waiver(*FINDING, LAST) is own
    assert Register(waivers=(own,)).waiver(*finding, LAST) is None


def test_a_waiver_may_last_one_day_and_not_less() -> None:
    assert waiver(expires=FIRST).expires == FIRST
    with pytest.raises(ValidationError, match="expires before it was granted"):
        waiver(expires=FIRST - DAY)


@pytest.mark.parametrize("name", ["CISO", "ciso", " CISO "])
def test_nobody_approves_their_own_waiver(name: str) -> None:
    with pytest.raises(ValidationError, match="another person"):
        waiver(requested_by=name)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (FIRST - DAY, False),
        (FIRST, True),
        (LAST, True),
        (LAST + DAY, False),
    ],
)
def test_an_attestation_holds_from_its_signing_to_its_last_day(on: date, expected: bool) -> None:
    said = Attestation(
        id="A-1", control="E8-06", statement="s", by="CISO", signed=FIRST, expires=LAST
    )
    assert ("E8-06" in Register(attestations=(said,)).attested("111122223333", on)) is expected
