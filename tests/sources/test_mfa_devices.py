"""Who is asked for MFA devices, and when AWS's count shows that nobody else need be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reportgen.clock import now
from reportgen.model import AwsRequest, Status
from reportgen.sources.mfa_devices import FEW, SOURCE
from reportgen.sources.source import Answer, Aws, ReadError, Reading

HEAD = "arn:aws:iam::123456789012"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Account:
    """IAM of one account: ``others`` are devices that are no virtual ones, by user."""

    def __init__(self, apps: int, others: Mapping[str, list[str]] | None = None) -> None:
        self.others = dict(others or {})
        self.owners = [f"{HEAD}:user/u{n:03}" for n in range(apps)]
        self.enabled: Any = LONG_AGO
        self.root = "false"
        self.uncounted = 0
        # Devices that were enabled a moment ago, by number.
        self.fresh: set[int] = set()
        self.refused: set[str] = set()
        self.asked: list[str] = []
        self.methods: list[str] = []

    @property
    def users(self) -> list[str]:
        apps = [arn.rpartition("/")[2] for arn in self.owners if ":user/" in arn]
        return [*apps, *(name for name in self.others if name not in apps and name != "root")]

    def report(self) -> bytes:
        lines = ["user,arn,mfa_active", f"<root_account>,{HEAD}:root,{self.root}"]
        lines += [f"{name},{HEAD}:user/{name},true" for name in self.users]
        return "\n".join([*lines, f"plain,{HEAD}:user/plain,false"]).encode()

    def call(self, service: str, method: str, /, *, region: str = "", **given: Any) -> Answer:
        self.methods.append(method)
        name = given.get("UserName", method)
        if name in self.refused:
            raise ReadError(Status.DENIED, "AccessDenied", name)
        return Answer(getattr(self, method)(given), AwsRequest("r", "", 200, 0), b"<x/>")

    def list_mfa_devices(self, given: Mapping[str, Any]) -> dict[str, Any]:
        name = given["UserName"]
        self.asked.append(name)
        apps = [f"{HEAD}:mfa/{name}"] * (f"{HEAD}:user/{name}" in self.owners)
        serials = [*apps, *self.others.get(name, [])]
        found = [{"UserName": name, "SerialNumber": s, "EnableDate": LONG_AGO} for s in serials]
        return {"MFADevices": found, "IsTruncated": False}

    def list_virtual_mfa_devices(self, given: Mapping[str, Any]) -> dict[str, Any]:
        assert given["AssignmentStatus"] == "Assigned"
        found = [
            {
                "SerialNumber": f"{HEAD}:mfa/x",
                "User": {"Arn": arn},
                "EnableDate": now() if number in self.fresh else self.enabled,
            }
            for number, arn in enumerate(self.owners)
        ]
        return {"VirtualMFADevices": found, "IsTruncated": False}

    def get_account_summary(self, given: Mapping[str, Any]) -> dict[str, Any]:
        in_use = len(self.owners) + sum(len(serials) for serials in self.others.values())
        return {"SummaryMap": {"MFADevicesInUse": in_use - self.uncounted}}


def read(account: Account) -> tuple[Reading, list[dict[str, Any]]]:
    earlier = {"credential-report": Reading(content=account.report())}
    aws = Aws(account, "", earlier)
    return aws.reading, list(SOURCE.read(aws)["MFADevices"])


@pytest.mark.parametrize("apps", [0, 1, FEW])
def test_few_are_all_asked_and_nothing_is_counted(apps: int) -> None:
    account = Account(apps)
    reading, found = read(account)
    assert sorted(account.asked) == account.users
    assert len(found) == apps
    assert set(account.methods) <= {"list_mfa_devices"}
    assert reading.parameters == {"UserNames": account.users, "Refused": []}


def test_of_many_a_sample_is_asked_where_the_count_leaves_none_over() -> None:
    account = Account(FEW + 1)
    reading, _ = read(account)
    assert len(account.asked) == FEW
    (left,) = set(account.users) - set(account.asked)
    assert reading.parameters["NotAsked"] == [left]
    assert reading.parameters["UserNames"] == [n for n in account.users if n != left]
    assert reading.parameters["Totals"] == {
        "MFADevicesInUse": FEW + 1,
        "AssignedVirtualMFADevices": FEW + 1,
        "OtherDevices": 0,
        "RootOtherDevices": 0,
    }
    assert reading.detail == ""


def test_the_sample_is_the_same_every_time_and_no_run_of_names() -> None:
    first, second = Account(200), Account(200)
    read(first)
    read(second)
    assert sorted(first.asked) == sorted(second.asked)
    assert sorted(first.asked) != first.users[:FEW]
    assert len(first.asked) == FEW


def test_who_has_no_virtual_device_is_always_asked() -> None:
    keys = {f"k{n}": [f"{HEAD}:u2f/user/k{n}/key", f"GAHT{n:08}"] for n in range(5)}
    account = Account(100, keys)
    reading, found = read(account)
    assert set(keys) <= set(account.asked)
    assert len(account.asked) == FEW + 5
    assert len(reading.parameters["NotAsked"]) == 100 - FEW
    totals = reading.parameters["Totals"]
    assert (totals["OtherDevices"], totals["RootOtherDevices"]) == (10, 0)
    assert len(found) == FEW + 10


def test_where_nobody_has_a_virtual_device_all_are_asked_and_nothing_is_left_to_count() -> None:
    keys = {f"k{n:02}": [f"{HEAD}:u2f/user/k{n:02}/key"] for n in range(FEW + 5)}
    account = Account(0, keys)
    reading, _ = read(account)
    assert sorted(account.asked) == sorted(keys)
    assert set(reading.parameters) == {"UserNames", "Refused"}


def test_one_device_over_and_all_are_asked() -> None:
    """A phone beside an app, of a user who is not in the sample."""
    probe = Account(50)
    read(probe)
    unasked = next(name for name in probe.users if name not in probe.asked)
    account = Account(50, {unasked: [f"{HEAD}:sms-mfa/{unasked}"]})
    reading, found = read(account)
    assert sorted(account.asked) == account.users
    assert set(reading.parameters) == {"UserNames", "Refused"}
    assert [d["SerialNumber"] for d in found if "sms-mfa" in d["SerialNumber"]] == [
        f"{HEAD}:sms-mfa/{unasked}"
    ]


def test_a_count_that_knows_of_no_other_devices_is_caught_by_those_that_are_found() -> None:
    """If AWS counted virtual devices alone, or users, the devices found would be too many."""
    account = Account(50, {"key": [f"{HEAD}:u2f/user/key/k"]})
    account.uncounted = 1
    reading, _ = read(account)
    assert sorted(account.asked) == sorted(account.users)
    assert "NotAsked" not in reading.parameters


@pytest.mark.parametrize(
    ("roots", "virtual_root", "everybody"),
    [
        ([], True, False),
        (["GAHT00000001"], False, False),
        # Two keys of root: one cannot be told from a user's.
        (["GAHT00000001", "GAHT00000002"], False, True),
        (["GAHT00000001"], True, True),
    ],
)
def test_roots_devices_are_counted_and_cannot_be_listed(
    roots: list[str], virtual_root: bool, everybody: bool
) -> None:
    account = Account(50, {"root": roots})
    account.root = "true"
    if virtual_root:
        account.owners.append(f"{HEAD}:root")
    reading, _ = read(account)
    assert "root" not in account.asked
    assert len(account.asked) == (50 if everybody else FEW)
    if not everybody:
        assert reading.parameters["Totals"]["RootOtherDevices"] == len(roots)


def test_a_root_without_mfa_hides_nothing() -> None:
    """Else a device of a user would pass for one of root's."""
    probe = Account(50)
    read(probe)
    unasked = next(name for name in probe.users if name not in probe.asked)
    account = Account(50, {unasked: [f"{HEAD}:sms-mfa/x"]})
    account.root = "false"
    read(account)
    assert len(account.asked) == 50


@pytest.mark.parametrize(
    ("ago", "everybody"),
    [(timedelta(hours=1, minutes=1), False), (timedelta(minutes=59), True), (None, True)],
)
def test_a_device_that_may_not_be_counted_yet_proves_nothing(
    ago: timedelta | None, everybody: bool
) -> None:
    account = Account(50)
    account.enabled = now() - ago if ago is not None else None
    read(account)
    assert len(account.asked) == (50 if everybody else FEW)


def test_one_device_that_is_not_counted_yet_proves_nothing() -> None:
    """Without it the count would fit, and the device of whoever it is would not have been seen."""
    account = Account(50)
    account.fresh, account.uncounted = {7}, 1
    read(account)
    assert len(account.asked) == 50


def test_to_the_second_an_hour_ago_is_not_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 9, 30, tzinfo=UTC)
    monkeypatch.setattr("reportgen.sources.mfa_devices.now", lambda: moment)
    account = Account(50)
    account.enabled = moment - timedelta(hours=1)
    read(account)
    assert len(account.asked) == 50


def test_ten_are_few() -> None:
    """As docs/sources.md says."""
    assert FEW == 10


@pytest.mark.parametrize("refused", ["get_account_summary", "list_virtual_mfa_devices"])
def test_where_the_count_is_refused_all_are_asked(refused: str) -> None:
    account = Account(50)
    account.refused = {refused}
    reading, _ = read(account)
    assert len(account.asked) == 50
    assert reading.parameters["Refused"] == []


@pytest.mark.parametrize("answer", [{}, {"SummaryMap": None}, {"SummaryMap": {}}])
@pytest.mark.parametrize("number", [None, "50", True])
def test_a_count_that_is_no_number_proves_nothing(
    answer: dict[str, Any], number: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(50)
    if answer.get("SummaryMap") == {} and number is not None:
        answer = {"SummaryMap": {"MFADevicesInUse": number}}
    monkeypatch.setattr(account, "get_account_summary", lambda _: answer)
    read(account)
    assert len(account.asked) == 50


@pytest.mark.parametrize("device", [None, {}, {"User": None}, {"User": {"Arn": ""}}, "x"])
def test_a_device_that_does_not_say_whose_it_is_proves_nothing(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(50)
    whole = account.list_virtual_mfa_devices({"AssignmentStatus": "Assigned"})
    whole["VirtualMFADevices"][7] = (
        {"EnableDate": LONG_AGO, **device} if isinstance(device, dict) else device
    )
    monkeypatch.setattr(account, "list_virtual_mfa_devices", lambda _: whole)
    read(account)
    assert len(account.asked) == 50


def test_one_refusal_of_those_asked_and_all_the_others_are_asked() -> None:
    account = Account(50)
    probe = Account(50)
    read(probe)
    account.refused = {probe.asked[0]}
    reading, _ = read(account)
    assert reading.parameters["Refused"] == [probe.asked[0]]
    assert len(reading.parameters["UserNames"]) == 50
    assert "NotAsked" not in reading.parameters
    assert reading.detail.startswith("1 of 50 users could not be asked")


def test_all_refused_is_no_answer() -> None:
    account = Account(50)
    account.refused = set(account.users)
    with pytest.raises(ReadError, match="AccessDenied"):
        read(account)
    assert json.dumps(account.methods)
