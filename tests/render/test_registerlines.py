"""Rows that say the same of several resources are one line on paper, and none is left out."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reportgen.model import Severity, Status
from reportgen.render.registerlines import evidence_by_account, gaps, lines
from reportgen.report.audit import NotEvaluated
from tests.models import finding


def user(name: str, **more: object) -> object:
    return finding(resource=f"arn:aws:iam::1:user/{name}", name=name, **more)


def test_rows_that_differ_in_the_resource_alone_are_one_line() -> None:
    found = lines([user("a"), user("b"), user("c", reason="other")], together=True)
    assert [line.resources for line in found] == [("user/a", "user/b"), ("user/c",)]
    assert [line.account for line in found] == ["One", "One"]


def test_on_a_screen_each_row_is_a_line() -> None:
    assert len(lines([user("a"), user("b")], together=False)) == 2


def test_accounts_themselves_are_named() -> None:
    rows = [
        finding(kind="account", name=name, account=name, account_id=str(n))
        for n, name in enumerate(("One", "Two"))
    ]
    (line,) = lines(rows, together=True)
    assert line.resources == ("One", "Two")
    assert line.account == ""


def test_users_of_two_accounts_stay_apart() -> None:
    rows = [user("a"), user("a", account_id="999988887777", account="Two")]
    assert [line.account for line in lines(rows, together=True)] == ["One", "Two"]


WORDS = st.sampled_from(["x", "y"])
ROWS = st.lists(
    st.builds(
        lambda control, severity, reason, days, name: user(
            name, control_id=control, severity=severity, reason=reason, days_in_violation=days
        ),
        st.sampled_from(["KEY-03", "MFA-01"]),
        st.sampled_from(list(Severity)),
        WORDS,
        st.integers(1, 2),
        st.text("abc", min_size=1, max_size=2),
    ),
    max_size=12,
)


@given(ROWS)
def test_no_resource_is_left_out_and_no_line_says_two_things(rows: list[object]) -> None:
    ordered = sorted(rows, key=lambda r: (r.severity.rank, r.control_id))  # type: ignore[attr-defined]
    found = lines(ordered, together=True)  # type: ignore[arg-type]
    assert sum(len(line.resources) for line in found) == len(rows)
    groups = [(line.row.severity, line.row.control_id) for line in found]
    # Each control of a severity stands in one place.
    assert len(list(dict.fromkeys(groups))) == sum(
        a != b for a, b in zip(groups, [None, *groups], strict=False)
    )


def gap(account: str, reason: str, *controls: str) -> NotEvaluated:
    return NotEvaluated(
        account=account, account_id=account, reason=reason, controls=controls, resources=2
    )


def test_accounts_with_the_same_gap_stand_together() -> None:
    rows = [gap("One", "denied", "A"), gap("Two", "denied", "A"), gap("Two", "denied", "A", "B")]
    found = gaps(rows, 3, together=True)
    assert [(g.account, g.resources) for g in found] == [("One, Two", 4), ("Two", 2)]
    assert gaps(rows, 2, together=False) == rows
    assert gaps(rows, 2, together=True)[0].account == "All 2 accounts"


def test_the_evidence_of_an_account_has_one_digest() -> None:
    rows: Any = [
        SimpleNamespace(
            account="One", account_id="1", id=name, sha256=digest, status=status, collected_at=at
        )
        for name, digest, status, at in (
            ("E-2", "bb", Status.COLLECTED, "2026-09-30T02:00:00Z"),
            ("E-1", "", Status.DENIED, "2026-09-30T01:00:00Z"),
        )
    ]
    (one,) = evidence_by_account(rows)
    assert (one.items, one.not_collected) == (2, 1)
    assert (one.first, one.last) == ("2026-09-30T01:00:00Z", "2026-09-30T02:00:00Z")
    assert one.sha256 == hashlib.sha256(b"E-1 \nE-2 bb\n").hexdigest()
