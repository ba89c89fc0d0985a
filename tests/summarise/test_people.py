"""Role usage and the monthly review: against cases worked out by hand, at each limit."""

from __future__ import annotations

import pytest

from reportgen.report.people import Key
from reportgen.summarise import people
from tests.models import role, user


def test_role_usage_bands() -> None:
    roles = [
        role(name="busy", idle_days=30),
        role(name="quiet", idle_days=31),
        role(name="idle", idle_days=200),
        role(name="never"),
        role(name="young", age_days=5),
        role(name="dark", usage_known=False),
    ]
    usage = people.role_usage(roles)
    counts = {b.band: b.roles for b in usage.bands}
    assert counts == {
        "0 to 30 days": 1,
        "31 to 90 days": 1,
        "91 to 180 days": 0,
        "181 to 400 days": 1,
        "no use in 400 days": 2,
        "not known": 1,
    }
    assert [r.name for r in usage.idle] == ["never", "idle"]


@pytest.mark.parametrize(("days", "listed"), [(89, []), (90, ["r"]), (91, ["r"])])
def test_a_role_is_idle_from_90_days(days: int, listed: list[str]) -> None:
    assert [r.name for r in people.role_usage([role(idle_days=days)]).idle] == listed
    assert [r.name for r in people.role_usage([role(age_days=days)]).idle] == listed


@pytest.mark.parametrize(("days", "unused"), [(44, 0), (45, 1), (46, 1)])
def test_a_key_is_unused_from_45_days(days: int, unused: int) -> None:
    used = Key(number=1, age_days=400, last_used="2026-08-01", idle_days=days)
    never = Key(number=2, age_days=days, last_used="", idle_days=None)
    for key, state in ((used, "unused"), (never, "never used")):
        review = people.monthly([user(key)], "2026-09-01")
        assert [k.state for k in review.unused_keys] == [state] * unused


@pytest.mark.parametrize(
    ("created", "new"),
    [("2026-08-31", 0), ("2026-09-01", 1), ("2026-09-02", 1), ("unreadable", 0), ("", 0)],
)
def test_a_user_is_new_from_the_first_day(created: str, new: int) -> None:
    assert len(people.monthly([user(created=created)], "2026-09-01").new_users) == new
