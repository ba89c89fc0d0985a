"""What lapses soon, what is not applied, what weighs otherwise: at its limits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from reportgen.audit.register import (
    Attestation,
    Register,
    RegisterFault,
    Response,
    SeverityChange,
    Waiver,
)
from reportgen.model import Severity
from reportgen.summarise.registered import notes, reminders, severities
from tests.models import finding

DAY = date(2026, 9, 30)
BY = {"requested_by": "Platform lead", "approved_by": "CISO", "reason": "r"}


def on(days: int) -> date:
    return DAY + timedelta(days=days)


def waiver(expires: int, granted: int = -30, name: str = "W-1") -> Waiver:
    return Waiver.model_validate(
        {
            **BY, "id": name, "control": "KEY-03", "compensating_control": "c", "owner": "Platform",
            "granted": on(granted), "expires": on(expires),
        }
    )  # fmt: skip


def change(expires: int, granted: int = -30) -> SeverityChange:
    return SeverityChange.model_validate(
        {
            **BY, "id": "S-1", "control": "KEY-03", "severity": "low", "granted": on(granted),
            "expires": on(expires),
        }
    )  # fmt: skip


def attestation(expires: int, signed: int = -30, name: str = "A-1", **more: Any) -> Attestation:
    return Attestation(
        id=name,
        control="ROOT-13",
        statement="s",
        by="CISO",
        signed=on(signed),
        expires=on(expires),
        **more,
    )


def told(register: Register, *rows: Any) -> list[tuple[str, int]]:
    return [(r.entry or r.what, r.days_left) for r in reminders(register, DAY, 31, rows, {})]


@pytest.mark.parametrize("left", [-1, 0, 1, 30, 31, 32])
def test_each_kind_is_reminded_of_within_its_days(left: int) -> None:
    due = 0 <= left <= 31
    waived = finding(waiver="W-1")
    assert told(Register(waivers=(waiver(left),)), waived) == ([("W-1", left)] if due else [])
    assert told(Register(severities=(change(left),))) == ([("S-1", left)] if due else [])
    assert told(Register(attestations=(attestation(left),))) == ([("A-1", left)] if due else [])
    plan = Response.model_validate(
        {
            "control": "KEY-03", "response": "r", "owner": "o", "due": on(90),
            "actions": [{"what": "Delete", "due": on(left)}],
        }
    )  # fmt: skip
    assert told(Register(responses=(plan,))) == ([("Delete", left)] if due else [])


def test_what_covers_nothing_needs_no_reminder() -> None:
    assert told(Register(waivers=(waiver(10),))) == []


def test_a_later_attestation_carries_on() -> None:
    both = Register(attestations=(attestation(10), attestation(300, -1, "A-2")))
    assert told(both) == []
    narrow = attestation(300, -1, "A-2", accounts=["111122223333"])
    assert told(Register(attestations=(attestation(10), narrow))) == [("A-1", 10)]
    later = attestation(300, 1, "A-2")
    assert told(Register(attestations=(attestation(10), later))) == [("A-1", 10)]


@pytest.mark.parametrize(("done", "due"), [(None, True), (-1, False), (0, False), (1, True)])
def test_a_step_that_is_done_is_not_due(done: int | None, due: bool) -> None:
    action = {"what": "Delete", "due": on(5), "done": None if done is None else on(done)}
    plan = Response.model_validate(
        {"control": "K", "response": "r", "owner": "o", "due": on(9), "actions": [action]}
    )
    assert bool(told(Register(responses=(plan,)))) is due


def test_the_first_due_comes_first_with_what_follows() -> None:
    register = Register(waivers=(waiver(9),), attestations=(attestation(3),))
    rows = [finding(waiver="W-1"), finding(waiver="W-1", resource="s")]
    first, second = reminders(register, DAY, 31, rows, {"ROOT-13": "Root is in a safe"})
    assert (first.entry, first.owner, first.what) == (
        "A-1",
        "CISO",
        "nobody states any more: Root is in a safe",
    )
    assert second.what == "2 findings open again"


PLACES = {"W-1": "waivers.yaml:3", "A-1": "attestations.yaml:7", "S-1": "severities.yaml:2"}


@pytest.mark.parametrize(
    ("register", "said"),
    [
        (Register(waivers=(waiver(10),)), ("waivers.yaml:3", "covers no finding of KEY-03")),
        (Register(severities=(change(10),)), ("severities.yaml:2", "covers no finding of KEY-03")),
        (
            Register(attestations=(attestation(300, 1),)),
            ("attestations.yaml:7", "is signed 2026-10-01, after 2026-09-30"),
        ),
        (Register(waivers=(waiver(10, 1),)), ("waivers.yaml:3", "is granted 2026-10-01")),
        (
            Register(faults=(RegisterFault("waivers.yaml:9", "no."),)),
            ("waivers.yaml:9", "no."),
        ),
    ],
)
def test_what_is_not_applied_is_told_with_file_and_line(
    register: Register, said: tuple[str, str]
) -> None:
    placed = Register(**{**vars(register), "places": PLACES})
    (note,) = notes(placed, DAY, [])
    assert note.where == said[0]
    assert said[1] in note.said


def test_what_is_in_order_is_not_told() -> None:
    register = Register(
        waivers=(waiver(0), waiver(-1, name="W-0")), attestations=(attestation(0, 0),)
    )
    assert notes(register, DAY, [finding(waiver="W-1")]) == ()


def test_a_changed_severity_says_what_it_was() -> None:
    rows = [finding(severity_change="S-1")]
    (row,) = severities(Register(severities=(change(0),)), DAY, rows, {"KEY-03": Severity.MEDIUM})
    assert (row.severity, row.own, row.findings, row.state) == ("low", "medium", 1, "in force")
    (row,) = severities(Register(severities=(change(-1),)), DAY, [], {"KEY-03": Severity.MEDIUM})
    assert row.state == "lapsed"
    assert severities(Register(severities=(change(9, 1),)), DAY, [], {}) == ()


@pytest.mark.parametrize(("begun", "counts"), [(-1, True), (0, True), (1, False)])
def test_an_entry_counts_from_its_first_day(begun: int, counts: bool) -> None:
    waived = finding(waiver="W-1")
    assert bool(told(Register(waivers=(waiver(9, begun),)), waived)) is counts
    assert bool(told(Register(severities=(change(9, begun),)))) is counts
    assert bool(told(Register(attestations=(attestation(9, begun),)))) is counts
    rows = severities(Register(severities=(change(9, begun),)), DAY, [], {"KEY-03": Severity.LOW})
    assert bool(rows) is counts
    # One signed today carries on what ends soon.
    both = Register(attestations=(attestation(3), attestation(300, begun, "A-2")))
    assert (told(both) == []) is counts


@pytest.mark.parametrize(
    ("accounts", "carried"),
    [
        (["*"], True),
        (["111122223333"], True),
        (["111122223333", "444455556666"], True),
        (["444455556666"], False),
    ],
)
def test_an_attestation_carries_on_for_accounts_that_it_names(
    accounts: list[str], carried: bool
) -> None:
    ending = attestation(10, accounts=["111122223333"])
    other = attestation(300, -1, "A-2", accounts=accounts)
    assert (told(Register(attestations=(ending, other))) == []) is carried
    # One that ends on the same day carries nothing on.
    same = attestation(10, -1, "A-2")
    assert told(Register(attestations=(ending, same))) == [("A-1", 10), ("A-2", 10)]


def test_what_is_granted_today_is_in_force_today() -> None:
    (note,) = notes(Register(waivers=(waiver(9, 0),)), DAY, [])
    assert "covers no finding" in note.said


def test_a_step_is_its_owner_s_or_the_response_s() -> None:
    steps = [{"what": "a", "due": on(1), "owner": "Team"}, {"what": "b", "due": on(2)}]
    plan = Response.model_validate(
        {"control": "K", "response": "r", "owner": "o", "due": on(9), "actions": steps}
    )
    found = reminders(Register(responses=(plan,)), DAY, 31, [], {})
    assert [r.owner for r in found] == ["Team", "o"]
