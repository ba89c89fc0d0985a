"""Verdicts that are kept and verdicts judged anew agree, whatever the evidence and the dates."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportgen.clock import day_end
from reportgen.model import canonical_json
from reportgen.pipeline import Judging, assessed, prepare
from reportgen.reporting import summarised
from tests.given import short_form, store_with

RULES = prepare(None)
ACCOUNTS = ("111122223333", "444455556666")
FRESH = Judging(fresh=True, parallel=1)
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
FULL = '{"Version": "2012-10-17", "Statement": [{"Effect": "%s", "Action": "*", "Resource": "*"}]}'


def organisation(effects: list[str]) -> dict[str, Any]:
    """What binds both accounts: a policy for each effect, the last of which may be unreadable."""
    return {
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": ACCOUNTS[0]},
        "Roots": [
            {"Id": "r-1", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}
        ],
        "OrganizationalUnits": [],
        "Accounts": [{"Id": a, "ParentId": "r-1", "Status": "ACTIVE"} for a in ACCOUNTS],
        "Policies": [
            {
                "Id": f"p-{n}",
                "Name": f"policy{n}",
                "Type": "SERVICE_CONTROL_POLICY",
                "AwsManaged": False,
                "Content": FULL % effect,
                "Targets": [{"TargetId": "r-1"}],
            }
            for n, effect in enumerate(effects)
        ],
    }


evidence = st.fixed_dictionaries(
    {"credential-report": st.lists(users, max_size=4)},
    optional={
        "account-summary": st.just({"Users": 2, "AccountMFAEnabled": 1}),
        "authorization-details": st.just({"users": [{"UserName": "a"}], "roles": []}),
        "password-policy": st.just({"MinimumPasswordLength": 8}),
        "organization": st.lists(
            st.sampled_from(["Allow", "Deny", "Perhaps"]), min_size=1, max_size=2
        ).map(organisation),
    },
)
Collected = list[tuple[datetime, str, dict[str, Any]]]


def stored(folder: Path, collected: Collected) -> Path:
    for moment, account, given_ in collected:
        made, _ = store_with(folder, short_form(given_, account), account, moment)
    return Path(str(made.place))


collections = st.lists(
    st.tuples(moments, st.sampled_from(ACCOUNTS), evidence), min_size=1, max_size=4
)


@given(collections, st.integers(0, 20))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_kept_and_fresh_agree(collected: Collected, later: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        store = stored(Path(name), collected)
        last = max(moment for moment, *_ in collected)
        end = min((last + timedelta(days=later)).date(), date(2026, 9, 30))
        ending = end if end.month == last.month else last.date()
        asked = (store, RULES, "monthly", ending)
        first = summarised(*asked)
        again = summarised(*asked)
        fresh = summarised(*asked, judging=FRESH)
    assert again.judged == 0
    assert first.judged == fresh.judged > 0
    assert first.summary == again.summary == fresh.summary


@given(collections, collections, st.integers(0, 120))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_positions_that_are_kept_and_fresh_ones_agree(
    before: Collected, after: Collected, days: int
) -> None:
    """Also where evidence was collected after they were kept: what is no more so is not used."""
    with tempfile.TemporaryDirectory() as name:
        store = stored(Path(name), before)
        first = min(moment for moment, *_ in [*before, *after])
        asked = [day_end((first + timedelta(days=n)).date(), UTC) for n in (days, days + 1)]
        for moment in asked:
            if moment >= min(at for at, *_ in before):
                assessed(store, RULES, moment)
        stored(Path(name), after)
        for moment in asked:
            kept = assessed(store, RULES, moment)
            again = assessed(store, RULES, moment)
            fresh = assessed(store, RULES, moment, judging=FRESH)
            assert (again.judged, fresh.reused) == (0, 0)
            told = [canonical_json(found.results) for found in (kept, again, fresh)]
            assert told[0] == told[1] == told[2]
