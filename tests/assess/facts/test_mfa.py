"""MFA devices: whose they are, and whether there may be more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import (
    CredentialRow,
    MfaDevice,
    MfaDevices,
    MfaKind,
    Unavailable,
    mfa_kind,
)
from tests.assess.facts.holding import DENIED, facts_of
from tests.given import ACCOUNT, AS_OF

HEAD = f"arn:aws:iam::{ACCOUNT}"
ROW = CredentialRow({"user": "u", "arn": f"{HEAD}:user/u"}, AS_OF)
APP, KEY = f"{HEAD}:mfa/app", f"{HEAD}:u2f/user/u/key"


def virtual(*devices: tuple[str, Any]) -> dict[str, Any]:
    return {"VirtualMFADevices": [{"SerialNumber": s, "User": user} for s, user in devices]}


def listed(*devices: tuple[str, str]) -> dict[str, Any]:
    return {"MFADevices": [{"UserName": user, "SerialNumber": s} for user, s in devices]}


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        ("", MfaKind.UNKNOWN),
        ("GAHT12345678", MfaKind.TOKEN),
        (APP, MfaKind.APP),
        (KEY, MfaKind.FIDO),
        (f"{HEAD}:sms-mfa/u", MfaKind.SMS),
        (f"{HEAD}:mfa-of-tomorrow/u", MfaKind.UNKNOWN),
    ],
)
def test_the_serial_number_tells_the_kind(serial: str, kind: MfaKind) -> None:
    assert mfa_kind(serial) is kind


def test_a_virtual_device_without_a_user_is_nobodys(tmp_path: Path) -> None:
    known = {"SerialNumber": APP, "User": {"Arn": f"{HEAD}:user/u"}}
    answer = json.dumps({"VirtualMFADevices": [known, {"SerialNumber": "b"}]})
    facts = facts_of(tmp_path, {"virtual-mfa-devices": answer})
    assert [d["SerialNumber"] for d in facts.virtual_mfa()] == [APP]


@pytest.mark.parametrize("user", [None, "u", [], {}, {"UserName": "u"}, {"Arn": ""}, {"Arn": 7}])
def test_a_device_that_does_not_say_whose_it_is_is_no_answer(user: object, tmp_path: Path) -> None:
    """It may be root's: a list with such a one shows of nobody that there is no device."""
    answer = json.dumps({"VirtualMFADevices": [{"SerialNumber": APP, "User": user}]})
    facts = facts_of(tmp_path, {"virtual-mfa-devices": answer})
    with pytest.raises(Unavailable, match="whose a device is, is not said"):
        facts.virtual_mfa()


def test_devices_of_root(tmp_path: Path) -> None:
    # The console names root's device root-account-mfa-device; an API caller may name it otherwise.
    by_name = f"{HEAD}:mfa/root-account-mfa-device"
    answer = virtual(
        ("by-arn", {"Arn": f"{HEAD}:root"}),
        (by_name, {"Arn": HEAD}),
        (APP, {"Arn": f"{HEAD}:user/u"}),
    )
    facts = facts_of(tmp_path, {"virtual-mfa-devices": answer})
    assert facts.root_virtual_mfa() == ["by-arn", by_name]


def devices(folder: Path, asked: Any, **files: Any) -> MfaDevices:
    answer = virtual((APP, {"Arn": f"{HEAD}:user/u"}), ("x", {"Arn": f"{HEAD}:user/x"}))
    facts = facts_of(folder, {"virtual-mfa-devices": answer, "mfa-devices": asked, **files})
    return facts.mfa_devices(ROW)


def test_devices_of_both_lists_are_those_of_the_user(tmp_path: Path) -> None:
    found = devices(tmp_path, listed(("u", KEY), ("other", "T1")))
    assert found == MfaDevices([MfaDevice(APP, MfaKind.APP), MfaDevice(KEY, MfaKind.FIDO)])


@pytest.mark.parametrize(
    ("asked", "gap"),
    [
        (listed(("other", "T1")), "mfa-devices does not speak of this user"),
        ({"MFADevices": None}, "mfa-devices is damaged: MFADevices is not a list"),
        (DENIED, "mfa-devices could not be read: denied"),
    ],
)
def test_where_nobody_could_ask_there_may_be_more(tmp_path: Path, asked: Any, gap: str) -> None:
    found = devices(tmp_path, asked)
    assert [d.kind for d in found.known] == [MfaKind.APP]
    assert found.gap.startswith(gap)


def test_without_the_list_of_virtual_devices_nothing_is_known(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"mfa-devices": listed(("u", KEY))})
    with pytest.raises(Unavailable, match="virtual-mfa-devices was not collected"):
        facts.mfa_devices(ROW)


@pytest.mark.parametrize(
    ("asked", "refused", "detail", "spoken_of"),
    [
        (["u"], None, "", True),
        (["u"], [], "", True),
        (["u", "v"], ["v"], "1 user refused", True),
        (["u"], ["u"], "1 user refused", False),
        (["v"], [], "", False),
        (None, None, "", False),
        (["u"], None, "1 user refused", False),
    ],
)
def test_a_live_read_says_whom_it_asked(
    tmp_path: Path, asked: Any, refused: Any, detail: str, spoken_of: bool
) -> None:
    facts = facts_of(tmp_path, {"virtual-mfa-devices": virtual(), "mfa-devices": listed()})
    given = {"UserNames": asked, "Refused": refused}
    parameters = {name: value for name, value in given.items() if value is not None}
    read_as(facts, "mfa-devices", parameters=parameters, detail=detail)
    said = "" if spoken_of else "mfa-devices does not speak of this user"
    assert facts.mfa_devices(ROW).gap == said


@pytest.mark.parametrize(
    ("not_asked", "counted", "gap"),
    [
        (["u"], 2, False),
        (["u"], 1, True),
        (["u"], 3, True),
        (["v"], 2, True),
        (None, 2, True),
        (["u"], None, True),
    ],
)
def test_a_count_that_leaves_no_device_over_speaks_of_a_user(
    tmp_path: Path, not_asked: Any, counted: int | None, gap: bool
) -> None:
    app = (APP, {"Arn": f"{HEAD}:user/u"})
    lists = {
        "virtual-mfa-devices": virtual(app, ("x", {"Arn": f"{HEAD}:user/x"})),
        "mfa-devices": listed(),
    }
    facts = facts_of(tmp_path, lists)
    totals = {"AssignedVirtualMFADevices": counted} if counted else None
    given = {"UserNames": ["x"], "Refused": [], "NotAsked": not_asked, "Totals": totals}
    read_as(facts, "mfa-devices", parameters=given)
    found = facts.mfa_devices(ROW)
    assert [device.kind for device in found.known] == [MfaKind.APP]
    assert bool(found.gap) is gap


def test_the_count_speaks_only_of_users_with_a_virtual_device(tmp_path: Path) -> None:
    lists = {
        "virtual-mfa-devices": virtual(("x", {"Arn": f"{HEAD}:user/x"})),
        "mfa-devices": listed(),
    }
    facts = facts_of(tmp_path, lists)
    given = {"UserNames": [], "NotAsked": ["u"], "Totals": {"AssignedVirtualMFADevices": 1}}
    read_as(facts, "mfa-devices", parameters=given)
    assert facts.mfa_devices(ROW).gap == "mfa-devices does not speak of this user"


def read_as(facts: AccountFacts, source: str, **about: Any) -> None:
    """Let an imported file pass for a live read with these parameters."""
    envelope = facts.envelopes[source]
    for name, value in about.items():
        object.__setattr__(envelope, name, value)
