"""Doctor: each source tried once, the missing right named, the cost of the gap in controls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.collect.doctor import Weighed, examine
from reportgen.evidence.store import Item
from reportgen.model import Status
from reportgen.sources.source import Source, single
from tests.collect.test_totals import item
from tests.conftest import Front, Run

ROLES = Source("roles", "roles", ("iam:ListRoles", "iam:GetRole"), single("iam", "x", "R"), ("R",))
CONTROLS = [
    Weighed("A-01", frozenset({"roles"}), 8),
    Weighed("A-02", frozenset({"roles", "users"}), 2),
    Weighed("A-03", frozenset({"users"}), 6),
    Weighed("A-04", frozenset({"roles"}), 0),
]


def denied(detail: str) -> Item:
    made = item("roles", "", Status.DENIED)
    return Item(made.envelope.__class__(**{**made.envelope.__dict__, "detail": detail}))


@pytest.mark.parametrize(
    ("detail", "lacking"),
    [
        ("AccessDenied: x is not authorized to perform: iam:ListRoles on *", ("iam:ListRoles",)),
        ("AccessDenied: no", ("iam:ListRoles", "iam:GetRole")),
    ],
)  # fmt: skip
def test_what_is_denied_names_the_right_and_the_cost(detail: str, lacking: tuple[str, ...]) -> None:
    (row,) = examine([denied(detail)], {"roles": ROLES}, CONTROLS)
    assert row.lacking == lacking
    assert row.controls == ("A-01", "A-02", "A-04")
    # 8 and 2 of 16.
    assert row.share == 62.5


def test_the_cost_has_one_decimal_and_nothing_costs_nothing() -> None:
    thirds = [Weighed("A-01", frozenset({"roles"}), 1), Weighed("A-02", frozenset({"users"}), 2)]
    (row,) = examine([denied("")], {"roles": ROLES}, thirds)
    assert row.share == 33.3
    (row,) = examine([denied("")], {"roles": ROLES}, [])
    assert row.share == 0.0


@pytest.mark.parametrize("status", [Status.COLLECTED, Status.NOT_ENABLED])
def test_what_is_answered_costs_nothing(status: Status) -> None:
    (row,) = examine([item("roles", "{}", status)], {"roles": ROLES}, CONTROLS)
    assert (row.lacking, row.controls, row.share) == ((), (), 0.0)


@pytest.mark.parametrize("status", [Status.FAILED, Status.THROTTLED])
def test_what_failed_costs_but_lacks_no_right(status: Status) -> None:
    (row,) = examine([item("roles", "", status)], {"roles": ROLES}, CONTROLS)
    assert row.lacking == ()
    assert row.share == 62.5


def test_the_command_tells_and_stores_nothing(front: Front, run: Run, tmp_path: Path) -> None:
    front.faults["GetAccountSummary"] = "deny"
    done = run("doctor")
    assert done.returncode == 3, done.stderr
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    row = next(i for i, line in enumerate(lines) if line.startswith("account-summary"))
    assert "denied" in lines[row]
    assert "% of the score" in lines[row]
    assert "needs iam:GetAccountSummary" in lines[row + 1]
    assert any(line.startswith("password-policy") and "not enabled" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("front")
def test_all_allowed_is_exit_code_0_and_json(run: Run) -> None:
    done = run("doctor", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["sources"]
    assert {row["status"] for row in rows} <= {"collected", "not-enabled"}
