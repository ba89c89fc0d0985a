"""A source that is missing, denied, stale, cut off or damaged is said to be so, and is noted."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.analyses import Analyses
from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.past import Past
from reportgen.assess.readings import Readings
from reportgen.assess.records import Unavailable
from reportgen.evidence import answers
from reportgen.evidence.store import Snapshot
from reportgen.model import CONFIGURATION, REGISTER, AccountInfo, Status, absent
from tests.assess.facts.holding import DENIED, facts_of
from tests.given import ACCOUNT, AS_OF, store_with

SUMMARY: dict[str, Any] = {"SummaryMap": {"Users": 3}}


@pytest.mark.parametrize(("days", "said"), [(44, ""), (45, ""), (46, "is 46 days old, more than")])
def test_evidence_may_be_as_old_as_the_limit(tmp_path: Path, days: int, said: str) -> None:
    then = AS_OF - timedelta(days=days)
    facts = facts_of(tmp_path, {"account-summary": SUMMARY}, collected_at=then)
    if said:
        with pytest.raises(Unavailable, match=said):
            facts.summary("Users")
    else:
        assert facts.summary("Users") == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DENIED, r"account-summary could not be read: denied \(AccessDenied: not authorized\)$"),
        ({**SUMMARY, "IsTruncated": True}, "account-summary is cut off: AWS had more pages"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, answer: Any, said: str) -> None:
    facts = facts_of(tmp_path, {"account-summary": answer})
    # Asked twice: the second answer comes from memory and is the same.
    for _ in range(2):
        with pytest.raises(Unavailable, match=said):
            facts.summary("Users")


def test_a_damaged_answer_is_said_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of(tmp_path, {"account-summary": SUMMARY})
    monkeypatch.setattr(Snapshot, "read", lambda *_: b"{")
    for _ in range(2):
        with pytest.raises(Unavailable, match="account-summary is not JSON"):
            facts.summary("Users")


def test_what_was_not_collected_is_said_and_noted(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"account-summary": SUMMARY})
    with pytest.raises(Unavailable, match=r"^roles was not collected$"):
        facts.role_details()
    assert facts.noted == {absent(ACCOUNT, "roles")}
    assert facts.status_of("account-summary") is Status.COLLECTED
    assert facts.status_of("roles") is None


def test_authorisation_details_are_judged_as_far_as_they_go(tmp_path: Path) -> None:
    cut = {"UserDetailList": [], "RoleDetailList": [], "IsTruncated": True}
    facts = facts_of(tmp_path, {"authorization-details": cut})
    assert facts.users().gaps == ["authorization-details is cut off: AWS had more pages"]


@pytest.mark.parametrize("value", [None, "text", {"a": 1}])
def test_what_is_no_list_is_not_an_empty_one(tmp_path: Path, value: Any) -> None:
    facts = facts_of(
        tmp_path,
        {
            "virtual-mfa-devices": {"VirtualMFADevices": value},
            "roles": {"Roles": value},
            "server-certificates": {"ServerCertificateMetadataList": value},
            "identity-center": {"Instances": value},
        },
    )
    reads = (
        (facts.virtual_mfa, "virtual-mfa-devices is damaged: VirtualMFADevices is not a list"),
        (facts.role_details, "roles is damaged: Roles is not a list"),
        (facts.server_certificates, "server-certificates is damaged"),
        (facts.permission_sets, "identity-center is damaged: Instances is not a list"),
    )
    for read, said in reads:
        with pytest.raises(Unavailable, match=said):
            read()


def test_a_view_has_notes_of_its_own_and_shares_what_was_parsed(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"account-summary": SUMMARY}, attestations={"X-01": "said"})
    view = facts.opened()
    assert view.summary("Users") == 3
    assert (facts.noted, len(view.noted)) == (frozenset(), 1)
    with view.noting() as own:
        assert view.attestation("X-01") == "said"
        assert view.attestation("X-02") is None
    assert own == {REGISTER}
    assert REGISTER not in view.noted
    assert view.environment is None
    assert CONFIGURATION in view.noted


def test_the_partition_is_that_of_the_evidence(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"account-summary": SUMMARY})
    assert facts.account_arn == f"arn:aws:iam::{ACCOUNT}:root"


def test_three_reasons_are_told_and_the_rest_counted() -> None:
    assert first_reason(["a"]) == "a"
    assert first_reason(["a", "b", "c"]) == "a; b; c"
    assert first_reason(["a", "b", "c", "d"]) == "a; b; c; and 1 more"
    assert first_reason("abcde", "others") == "a; b; c; and 2 others"


def error(code: str) -> str:
    return f"\nAn error occurred ({code}) when calling the X operation: none here\n"


def test_what_is_not_enabled_is_an_answer_only_where_it_can_be(tmp_path: Path) -> None:
    # That there is no password policy is what is asked; no organisation has no policies to judge.
    files = {
        "password-policy": error("NoSuchEntity"),
        "organization": error("AWSOrganizationsNotInUseException"),
    }
    facts = facts_of(tmp_path / "a", files)
    assert facts.status_of("password-policy") is Status.NOT_ENABLED
    assert facts.password_policy() is None
    with pytest.raises(Unavailable, match="organization could not be read: not-enabled"):
        facts.organisation()
    denied = facts_of(tmp_path / "b", {"password-policy": DENIED})
    with pytest.raises(Unavailable, match="password-policy could not be read: denied"):
        denied.password_policy()
    policy = {"PasswordPolicy": {"MinimumPasswordLength": 14}}
    found = facts_of(tmp_path / "c", {"password-policy": policy})
    assert found.password_policy() == policy["PasswordPolicy"]


def opened(tmp_path: Path, **given: Any) -> AccountFacts:
    """Facts as they are made; what is not given is what an account alone has."""
    texts: dict[str, str | bytes] = {"account-summary": json.dumps(SUMMARY)}
    _, snapshot = store_with(tmp_path, texts, ACCOUNT, AS_OF - timedelta(days=3))
    return AccountFacts(AccountInfo(ACCOUNT, "Test"), snapshot, AS_OF, 45, {}, **given)


def test_without_a_past_an_account_was_collected_once(tmp_path: Path) -> None:
    then = (AS_OF - timedelta(days=3)).date()
    alone = opened(tmp_path / "a")
    assert (alone.today, alone.collected_days) == (AS_OF.date(), (then,))
    past = Past(then, ())
    given = opened(tmp_path / "b", past=past)
    assert (given.today, given.collected_days) == (then, ())


def test_what_was_read_is_shared_with_who_gives_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later month whose answers are the same bytes decodes nothing again."""
    readings, analyses, read = Readings(), Analyses(), []
    real = answers.parse

    def parse(*said: Any) -> dict[str, Any]:
        read.append(said[0])
        return real(*said)

    monkeypatch.setattr(answers, "parse", parse)
    for place, count in (("a", 1), ("b", 0)):
        facts = opened(tmp_path / place, readings=readings, analyses=analyses)
        read.clear()
        assert facts.summary("Users") == facts.summary("Users") == 3
        assert facts._analyses is analyses
        assert read == ["account-summary"] * count
    alone = opened(tmp_path / "c")
    read.clear()
    assert (alone.summary("Users"), read) == (3, ["account-summary"])
