"""Verdicts that are kept and verdicts judged anew agree, whatever the evidence and the dates."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportgen.pipeline import Judging, prepare, summarised
from tests.given import short_form, store_with

RULES = prepare(None)
moments = st.integers(0, 110).map(
    lambda days: datetime(2026, 6, 1, 2, tzinfo=UTC) + timedelta(days=days)
)
JUNE, LONG_AGO = "2026-06-15T00:00:00+00:00", "2020-01-01T00:00:00+00:00"
when = st.sampled_from(["N/A", "no_information", JUNE, "x", LONG_AGO])
flags = st.sampled_from(["true", "false", "?"])
users = st.fixed_dictionaries(
    {"user": st.sampled_from(["a", "b", "c"])},
    optional={
        "password_enabled": flags,
        "mfa_active": flags,
        "password_last_used": when,
        "access_key_1_active": flags,
        "access_key_1_last_rotated": when,
    },
)
evidence = st.fixed_dictionaries(
    {"credential-report": st.lists(users, max_size=4)},
    optional={
        "account-summary": st.just({"Users": 2, "AccountMFAEnabled": 1}),
        "authorization-details": st.just({"users": [{"UserName": "a"}], "roles": []}),
        "password-policy": st.just({"MinimumPasswordLength": 8}),
    },
)


@given(st.lists(st.tuples(moments, evidence), min_size=1, max_size=3), st.integers(0, 20))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_kept_and_fresh_agree(collected: list[tuple[datetime, dict[str, Any]]], later: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for moment, given_ in collected:
            made, _ = store_with(folder, short_form(given_), collected_at=moment)
        store = Path(str(made.place))
        last = max(moment for moment, _ in collected)
        end = min((last + timedelta(days=later)).date(), date(2026, 9, 30))
        ending = end if end.month == last.month else last.date()
        asked = (store, RULES, "monthly", ending)
        first = summarised(*asked)
        again = summarised(*asked)
        fresh = summarised(*asked, judging=Judging(fresh=True))
    assert again.judged == 0
    assert first.judged == fresh.judged > 0
    assert first.summary == again.summary == fresh.summary
