"""Who decides on which row, of populations that are given as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.config import Config, Reviewer, Settings
from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.seal import sha256
from reportgen.model import canonical_json
from reportgen.review.campaign import Campaign, is_subject, open_campaign, read_campaign
from reportgen.review.population import KINDS, Population, PopulationRow

ONE, TWO = "111122223333", "444455556666"
USER = {
    "name": "u", "power": "p", "grants": "g", "created": "2026-01-01", "last_sign_in": "",
    "console": "no", "mfa": "app", "active_keys": "1",
}  # fmt: skip
KEY = {
    "user": "u", "number": "2", "power": "p", "rotated": "2026-02-02", "last_used": "",
    "active": "yes",
}  # fmt: skip
ROLE = {
    "name": "r", "power": "p", "grants": "g", "created": "", "last_used": "", "trusts": "ec2",
    "boundary": "yes",
}  # fmt: skip


def row(id_: str = "a", account: str = ONE, cells: Any = USER, *subject: str) -> PopulationRow:
    return PopulationRow(id_, account, cells, subject)


def of(kind: str, *rows: PopulationRow, missing: dict[str, str] | None = None) -> Population:
    return Population(KINDS[kind], "2026-09-30T00:00:00Z", rows, {}, missing or {})


def opened(*populations: Population, reviewers: list[dict[str, Any]]) -> Campaign:
    config = Config(Settings.model_validate({"reviewers": reviewers}), Path())
    return open_campaign("q3", "2026-10-01T00:00:00Z", "2026-10-31", "r", populations, config)


LEAD: dict[str, Any] = {"name": "Lead", "accounts": [ONE], "kinds": ["users"]}
REST: dict[str, Any] = {"name": "Rest"}


def test_the_first_of_the_configuration_whose_it_is_decides() -> None:
    populations = (
        of("users", row("mine"), row("theirs", TWO)),
        of("access-keys", row("key", ONE, KEY)),
    )
    found = opened(*populations, reviewers=[LEAD, REST])
    assert {r.id: r.reviewer for r in found.rows} == {
        "mine": "Lead",
        "theirs": "Rest",
        "key": "Rest",
    }
    assert {r.id: r.kind for r in found.rows}["key"] == "access-keys"
    assert found.by_key[found.rows[0].key] is found.rows[0]
    assert found.reviewer("Rest").name == "Rest"


def test_the_same_row_has_another_key_in_another_list() -> None:
    both = opened(of("users", row()), of("access-keys", row("a", ONE, KEY)), reviewers=[REST])
    first, second = both.rows
    assert first.key != second.key
    assert len(first.key) == len("R-") + 12


@pytest.mark.parametrize(
    ("reviewers", "said"),
    [
        ([], "names no reviewer"),
        ([LEAD], "no reviewer of reportgen.yaml decides on users of account 444455556666"),
        ([{**REST, "identities": ["u"]}], "nobody but Rest reviews"),
        ([{**REST, "identities": ["u"]}, {"name": "Two", "email": "U"}], "nobody but Rest, Two"),
    ],
)
def test_a_row_on_which_nobody_may_decide(reviewers: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        opened(of("users", row("a", TWO, USER, "u")), reviewers=reviewers)


def test_nothing_to_review_is_no_review() -> None:
    with pytest.raises(UsageError, match="nothing to review"):
        opened(of("users"), reviewers=[REST])


@pytest.mark.parametrize(("count", "ends"), [(1, ""), (5, ""), (6, " and 1 more")])
def test_five_gaps_are_told_and_the_rest_counted(count: int, ends: str) -> None:
    gaps = {f"{n:012}": "denied" for n in range(count)}
    with pytest.raises(UsageError) as refused:
        opened(of("users", row(), missing=gaps), reviewers=[REST])
    told = "; ".join(f"users of {number}: denied" for number in list(gaps)[:5])
    assert refused.value.message == f"The population is not complete: {told}{ends}."


@pytest.mark.parametrize(
    ("subject", "own"),
    [
        (("wren",), True),
        ((" WREN ",), True),
        (("other", "lead@example.org"), True),
        (("lead",), True),
        # Nobody is told by no name: a reviewer without an address is not the subject of all.
        (("",), False),
        ((), False),
        (("other",), False),
    ],
)
def test_whose_access_it_is(subject: tuple[str, ...], own: bool) -> None:
    told = Reviewer(name="Lead", email="lead@example.org", identities=("wren",))
    assert is_subject(told, subject) is own
    assert not is_subject(Reviewer(name="Lead"), ("",))


@pytest.mark.parametrize(
    ("kind", "cells", "name", "detail"),
    [
        ("users", USER, "u", "console no; MFA app; active keys 1"),
        ("access-keys", KEY, "u, key 2", "active"),
        ("access-keys", {**KEY, "active": "not known"}, "u, key 2", "whether it is active is not"),
        ("roles", ROLE, "r", "trusts ec2; boundary yes"),
        ("roles", {**ROLE, "trusts": ""}, "r", "trusts nobody; boundary yes"),
    ],
)
def test_what_a_reviewer_reads(kind: str, cells: Any, name: str, detail: str) -> None:
    (shown,) = [r.shown for r in opened(of(kind, row("a", ONE, cells)), reviewers=[REST]).rows]
    assert shown["name"] == name
    assert shown["detail"].startswith(detail)


def test_a_review_s_file_is_read_back_and_another_is_none(tmp_path: Path) -> None:
    found = opened(of("users", row("\ud800")), reviewers=[REST])
    path = tmp_path / "review.json"
    path.write_bytes(found.to_file())
    assert read_campaign(path) == found
    body = json.loads(found.to_file().decode("utf-8", "surrogatepass"))
    for other in ([], "x", {}, {**body, "format": "reportgen-review-2"}):
        path.write_text(json.dumps(other))
        with pytest.raises(UsageError, match="not a review of this version"):
            read_campaign(path)
    for altered in ({**body, "due": "2026-11-30"}, {**body, "root": ""}):
        path.write_text(json.dumps(altered))
        with pytest.raises(IntegrityError, match="was altered"):
            read_campaign(path)
    path.write_text("{")
    with pytest.raises(IntegrityError, match="is not JSON"):
        read_campaign(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_campaign(tmp_path / "none.json")


def test_a_review_of_another_form_says_where(tmp_path: Path) -> None:
    """Its root fits: so it was written, by hand or by another release."""
    body = json.loads(opened(of("users", row()), reviewers=[REST]).to_file())
    del body["root"]
    body["rows"][0]["kind"] = 7
    path = tmp_path / "review.json"
    path.write_bytes(canonical_json({**body, "root": sha256(canonical_json(body))}))
    with pytest.raises(IntegrityError, match=r"rows\.0\.kind"):
        read_campaign(path)
