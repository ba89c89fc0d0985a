"""Populations of the evidence: every row, told apart, and never empty for what was not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen import pipeline
from reportgen.errors import UsageError
from reportgen.review.merkle import Tree
from reportgen.review.population import KINDS, Population, PopulationRow, kind_named
from reportgen.reviewing import population_of
from tests.given import ACCOUNT, authorization_details, credential_report, store_with

KEYS = {"access_key_1_active": "true", "access_key_1_last_rotated": "2026-01-01T00:00:00+00:00"}


def of(tmp_path: Path, kind: str, files: dict[str, str | bytes]) -> Population:
    store, _ = store_with(tmp_path, files)
    return population_of(Path(str(store.place)), pipeline.prepare(None), KINDS[kind], None)


def files(**users: dict[str, str]) -> dict[str, str | bytes]:
    rows = [{"user": name, **cells} for name, cells in users.items()]
    return {
        "credential-report": credential_report(rows),
        "authorization-details": json.dumps(
            authorization_details({"users": [{"UserName": n} for n in users]})
        ),
    }


def test_users_are_listed_without_root_in_the_order_of_their_ids(tmp_path: Path) -> None:
    found = of(tmp_path, "users", files(wren={}, gull={}))
    assert [row.cells["name"] for row in found.rows] == ["gull", "wren"]
    assert found.missing == {}
    assert found.tree.root == Tree([row.content for row in found.rows]).root


def test_keys_that_are_active_or_cannot_be_told(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "access-keys",
        files(
            one=KEYS,
            none={"access_key_1_active": "false"},
            odd={"access_key_2_active": "not_supported"},
        ),
    )
    told = {row.cells["user"]: row.cells["active"] for row in found.rows}
    assert told == {"odd": "not known", "one": "yes"}


def test_a_key_made_anew_is_another_row(tmp_path: Path) -> None:
    again = {**KEYS, "access_key_1_last_rotated": "2026-02-02T00:00:00+00:00"}
    one = of(tmp_path / "a", "access-keys", files(u=KEYS))
    other = of(tmp_path / "b", "access-keys", files(u=again))
    assert one.rows[0].id != other.rows[0].id


@pytest.mark.parametrize(("kind", "source"), [
    ("users", "credential-report"), ("access-keys", "credential-report"),
    ("roles", "authorization-details"),
])  # fmt: skip
def test_what_was_not_read_is_missing_and_not_empty(kind: str, source: str, tmp_path: Path) -> None:
    given = files(u={})
    del given[source]
    found = of(tmp_path, kind, given)
    assert found.rows == ()
    assert found.missing == {ACCOUNT: f"{source} was not collected"}


def test_assignments_that_were_read_nowhere_are_missing(tmp_path: Path) -> None:
    found = of(tmp_path, "assignments", files(u={}))
    assert found.missing == {"organisation": "identity-center was read in no account"}


def test_an_assignment_is_a_row_for_each_account_and_principal(tmp_path: Path) -> None:
    assigned = [
        {"AccountId": ACCOUNT, "PrincipalType": kind, "PrincipalId": f"id-{kind}"}
        for kind in ("USER", "GROUP")
    ]
    centre = {
        "Instances": [
            {
                "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
                "PermissionSets": [
                    {
                        "Name": "Reader",
                        "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
                        "AttachedManagedPolicies": [],
                        "Assignments": assigned,
                    }
                ],
            }
        ]
    }
    found = of(tmp_path, "assignments", {**files(u={}), "identity-center": json.dumps(centre)})
    assert [(row.cells["principal_type"], row.subject) for row in found.rows] == [
        ("GROUP", ()),
        ("USER", ("id-USER",)),
    ]
    assert found.missing == {}


def test_results_are_every_verdict(sample: Path) -> None:
    rules = pipeline.prepare(sample / "reportgen.yaml")
    found = population_of(sample / "store", rules, KINDS["results"], None)
    judged = pipeline.assess_store(sample / "store", rules, None)["results"]
    assert len(found.rows) == len(judged)
    assert len({row.id for row in found.rows}) == len(judged)


def test_rows_of_one_id_are_told_apart() -> None:
    from reportgen.review.population import _unique

    rows = [
        PopulationRow("a", "1", {"x": "2"}),
        PopulationRow("a", "1", {"x": "1"}),
        PopulationRow("b", "1", {}),
    ]
    assert [(r.id, r.cells.get("x")) for r in _unique(rows)] == [
        ("a", "1"),
        ("a (2)", "2"),
        ("b", None),
    ]


def test_an_unknown_population_is_refused() -> None:
    with pytest.raises(UsageError, match="Unknown population 'tea'"):
        kind_named("tea")
