"""Accounts and faults that nobody foresaw: a truthful table, the exit code, and marked evidence.

Three accounts, of which the home account asks as itself and two by a role; a few sources each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reportgen.collect.accounts import AccountScope, Target, targets
from reportgen.collect.fleet import AccountOutcome, AccountState, Fleet, RoleToAssume
from reportgen.collect.journal import opened
from reportgen.errors import CollectError
from reportgen.evidence.store import Store
from reportgen.model import Status
from reportgen.render.outcomes import render_outcomes
from reportgen.sources import own_sources
from tests.collect.account import session
from tests.conftest import Front
from tests.shapes import Asked, Refused
from tests.wire import Fault

OWN, ONE, TWO = "123456789012", "210987654321", "310987654321"
HOME, OTHER = "ap-southeast-2", "eu-west-1"
NAMES = (
    "caller-identity",
    "regions",
    "roles",
    "account-summary",
    "credential-report",
    "authorization-details",
    "last-accessed",
    "organization",
    "alarms",
    "security-hub",
)
SOURCES = {name: source for name, source in own_sources().items() if name in NAMES}
REGIONS = {"Regions": [{"RegionName": HOME}, {"RegionName": OTHER}]}
ROLE = {
    "Path": "/",
    "RoleName": "r",
    "RoleId": "AROAEXAMPLEEXAMPLE12",
    "Arn": f"arn:aws:iam::{OWN}:role/r",
    "CreateDate": "2026-09-01T00:00:00Z",
}
Given = Callable[[Front], None]


def fault(operation: str, kind: Any, **more: Any) -> Given:
    return lambda front: front.faults.update({operation: Fault(kind, **more)})


def answer(operation: str, given: Any) -> Given:
    return lambda front: front.answers.update({operation: given})


def refused(operation: str, code: str, message: str = "", *, where: str = "") -> Given:
    """Refused with a code; ``where``: in this region or account alone, elsewhere moto answers."""

    def ask(asked: Asked) -> Any:
        if where in ("", asked.region, asked.account):
            raise Refused(code, message)
        return None

    return answer(operation, ask)


def pages(operation: str, *given: dict[str, Any]) -> Given:
    """A list whose pages come one after the other, for each account anew."""

    def ask(asked: Asked) -> dict[str, Any]:
        token = asked.parameters.get("Marker") or asked.parameters.get("NextToken") or "0"
        return given[int(token)]

    return answer(operation, ask)


@dataclass(frozen=True)
class Case:
    """What is given, which reads of the home account end other than well, and what is said."""

    given: Given
    statuses: dict[str, Status] = field(default_factory=dict)
    said: str = ""
    states: dict[str, AccountState] = field(default_factory=dict)


FAILED, DENIED, THROTTLED = Status.FAILED, Status.DENIED, Status.THROTTLED
MIDWAY = {"Roles": [], "IsTruncated": True, "Marker": "1"}
END = {"Roles": [ROLE], "IsTruncated": False}
CASES = {
    "an answer without its list": Case(
        fault("ListRoles", "missing", field="Roles"), {"roles": FAILED}, "MalformedAnswer"
    ),
    "more pages, and not where": Case(
        answer("iam:ListRoles", {"Roles": [], "IsTruncated": True}), {"roles": FAILED}, "BadPaging"
    ),
    "the same page for ever": Case(answer("iam:ListRoles", MIDWAY), {"roles": FAILED}, "BadPaging"),
    "an empty page before the last": Case(pages("iam:ListRoles", MIDWAY, END)),
    "a page that breaks after a good one": Case(
        lambda front: (
            pages("iam:ListRoles", MIDWAY, END)(front),
            fault("ListRoles?Marker=1", "deny")(front),
        )[0],
        {"roles": DENIED},
        "AccessDenied",
    ),
    "a code that nobody knows": Case(
        refused("iam:ListRoles", "Kaboom", "said"), {"roles": FAILED}, "Kaboom: said"
    ),
    "a service that is not subscribed to": Case(
        refused("cloudwatch:DescribeAlarms", "OptInRequired", where=OTHER),
        {f"alarms@{OTHER}": FAILED},
        "OptInRequired",
    ),
    "an SCP that denies a region": Case(
        lambda front: (
            refused("cloudwatch:DescribeAlarms", "AccessDenied", "SCP", where=OTHER)(front),
            refused("securityhub:DescribeHub", "AccessDeniedException", "", where=OTHER)(front),
        )[0],
        {f"alarms@{OTHER}": DENIED, f"security-hub@{OTHER}": DENIED},
        "AccessDenied",
    ),
    "a region that refuses the token": Case(
        refused("cloudwatch:DescribeAlarms", "UnrecognizedClientException", where=OTHER),
        {f"alarms@{OTHER}": DENIED},
        "may not be switched on",
    ),
    "no region at all": Case(
        answer("ec2:DescribeRegions", {"Regions": []}), {"regions": FAILED}, "MalformedAnswer"
    ),
    "organizations throttled for ever": Case(
        fault("DescribeOrganization", "throttle"),
        {"organization": THROTTLED},
        "ThrottlingException",
    ),
    "organizations throttled once": Case(fault("DescribeOrganization", "throttle", times=1)),
    "a credential report that is never ready": Case(
        answer("iam:GenerateCredentialReport", {"State": "STARTED"}),
        {"credential-report": FAILED},
        "ReportInProgress",
    ),
    "a credential report in a state of tomorrow": Case(
        answer("iam:GenerateCredentialReport", {"State": "BREWING"}),
        {"credential-report": FAILED},
        "ReportInProgress",
    ),
    "a credential report without content": Case(
        fault("GetCredentialReport", "missing", field="Content"),
        {"credential-report": FAILED},
        "MalformedAnswer",
    ),
    "a report of last accessed that never comes": Case(
        lambda front: (
            answer("iam:ListRoles", END)(front),
            answer(
                "iam:GetServiceLastAccessedDetails",
                {
                    "JobStatus": "IN_PROGRESS",
                    "JobCreationDate": "2026-09-01T00:00:00Z",
                    "JobCompletionDate": "2026-09-01T00:00:00Z",
                    "ServicesLastAccessed": [],
                },
            )(front),
            a_user(front),
        )[0],
        {"last-accessed": FAILED},
        "InProgress",
    ),
    "an account that is closed since it was listed": Case(
        fault(f"AssumeRole?{ONE}", "deny"), states={ONE: AccountState.UNREACHABLE}
    ),
    "an account entered at the second attempt": Case(fault(f"AssumeRole?{ONE}", "error", times=1)),
    "a role without credentials": Case(
        fault(f"AssumeRole?{ONE}", "missing"), states={ONE: AccountState.UNREACHABLE}
    ),
    "a role of another account": Case(
        answer("sts:GetCallerIdentity", lambda asked: whoever(asked)),
        states={ONE: AccountState.UNREACHABLE},
    ),
    "a member's clock that AWS does not take": Case(
        refused("iam:ListRoles", "SignatureDoesNotMatch", "Signature expired: x", where=ONE),
        states={ONE: AccountState.COLLECTED},
        said="refused the time of a request",
    ),
}


def a_user(front: Front) -> None:
    import boto3

    boto3.client("iam").create_user(UserName="ana")


def whoever(asked: Asked) -> dict[str, Any]:
    """The identity of the caller; in one account that of another."""
    account = TWO if asked.account == ONE else asked.account
    return {"Account": account, "Arn": f"arn:aws:sts::{account}:assumed-role/r/s", "UserId": "A"}


def collect(folder: Path) -> dict[str, AccountOutcome]:
    store = Store.create(folder / "s")
    with opened(folder / "j", {}) as journal:
        fleet = Fleet(session(), OWN, "aws", store, journal, SOURCES, RoleToAssume("reader"))
        outcomes = fleet.collect([Target(OWN), Target(ONE), Target(TWO)])
    return {outcome.account_id: outcome for outcome in outcomes}


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("name", CASES)
def test_what_nobody_foresaw_is_told(name: str, front: Front, tmp_path: Path) -> None:
    case = CASES[name]
    front.answers["ec2:DescribeRegions"] = REGIONS
    case.given(front)
    found = collect(tmp_path)
    table = render_outcomes([*found.values()], "table", "s")
    assert all(len(line) <= 80 for line in table.splitlines())
    states = {account: outcome.state for account, outcome in found.items()}
    assert states == dict.fromkeys(found, AccountState.COLLECTED) | case.states
    home = found[OWN]
    ended = {
        key: status
        for key, status in home.statuses.items()
        if status not in (Status.COLLECTED, Status.NOT_ENABLED)
    }
    assert ended == case.statuses
    assert set(home.missing) == set(case.statuses)
    whole = not case.statuses and not case.states
    assert all(outcome.whole for outcome in found.values()) is whole
    if case.said:
        assert case.said.split()[0] in table
        told = [why for o in found.values() for why in (*o.missing.values(), o.detail)]
        assert any(case.said in why for why in told)
    for account, outcome in found.items():
        if outcome.snapshot:
            (snapshot,) = [
                s for s in Store.open(tmp_path / "s").snapshots() if account in s.accounts
            ]
            kept = snapshot.of_account(account)
            assert {key: kept[key].status for key in outcome.statuses} == outcome.statuses
            for key in outcome.missing:
                assert key not in kept or kept[key].detail


@pytest.mark.parametrize("kind", ["throttle", "deny", "error", "malformed", "missing", "loop"])
def test_accounts_that_cannot_be_listed_whole_are_none(front: Front, kind: Any) -> None:
    """Else those of the pages that came would pass for the organisation."""
    import boto3

    boto3.client("organizations").create_organization(FeatureSet="ALL")
    front.faults["organizations:ListAccounts"] = kind
    with pytest.raises(CollectError, match="cannot be listed"):
        targets(session(), AccountScope(organization=True))


def test_a_list_of_accounts_that_ends_on_its_second_page(front: Front) -> None:
    def listed(asked: Asked) -> dict[str, Any]:
        if asked.parameters.get("NextToken"):
            raise Refused("TooManyRequestsException", "slow")
        return {"Accounts": [{"Id": ONE, "State": "ACTIVE"}], "NextToken": "n"}

    front.answers["organizations:ListAccounts"] = listed
    with pytest.raises(CollectError, match="TooManyRequestsException"):
        targets(session(), AccountScope(organization=True))


def test_accounts_of_every_state_and_name_are_in_a_table_of_80_columns(
    front: Front, tmp_path: Path
) -> None:
    """One listed twice, names that move the cursor or are long, states of tomorrow."""
    states = ("ACTIVE", "PENDING_CLOSURE", "SUSPENDED", "PENDING_ACTIVATION", "FROBNICATED")
    listed = [
        {"Id": f"{n:012}", "Name": f"\x1b[2J{'n' * 200}", "State": state}
        for n, state in enumerate(states, start=1)
    ]
    front.answers["organizations:ListAccounts"] = {"Accounts": [*listed, listed[0]]}
    found = targets(session(), AccountScope(organization=True))
    assert [t.account_id for t in found] == [account["Id"] for account in listed]
    assert [t.active for t in found] == [True, False, False, False, False]
    sources = {"caller-identity": SOURCES["caller-identity"]}
    store = Store.create(tmp_path / "s")
    with opened(tmp_path / "j", {}) as journal:
        fleet = Fleet(session(), OWN, "aws", store, journal, sources, RoleToAssume("reader"))
        outcomes = fleet.collect(found)
    assert [o.state.value for o in outcomes] == ["collected", *["suspended"] * 4]
    assert outcomes[4].detail == "frobnicated"
    table = render_outcomes(outcomes, "table", "s")
    assert "\x1b" not in table
    assert all(len(line) <= 80 for line in table.splitlines())


@pytest.mark.usefixtures("no_pauses")
def test_a_delegated_administrator_at_home_reads_the_organisation(
    front: Front, tmp_path: Path
) -> None:
    """It is a member that AWS tells the whole tree; the management account is read by a role."""
    import boto3

    client: Any = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    about = client.describe_organization()["Organization"]
    front.answers["organizations:DescribeOrganization"] = {
        "Organization": {**about, "MasterAccountId": ONE}
    }
    front.answers["ec2:DescribeRegions"] = REGIONS
    found = collect(tmp_path)
    assert found[OWN].whole
    assert found[ONE].statuses["organization"] is not Status.COLLECTED or found[ONE].whole
    snapshots = {s.accounts[0]: s for s in Store.open(tmp_path / "s").snapshots()}
    home = snapshots[OWN]
    assert b'"Accounts"' in home.read(home.of_account(OWN)["organization"])
