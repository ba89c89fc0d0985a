"""MFA devices of users: no bulk call tells of SMS, FIDO or hardware ones.

AWS lists virtual devices of the whole account in pages (API_ListVirtualMFADevices) and every other
kind a user at a time (API_ListMFADevices), so an account with many users would take a request for
each. Where few have MFA all are asked. Where many have, the control total decides: the account
summary counts the devices that are assigned to users and to root (MFADevicesInUse). AWS defines it
so in the documentation of its SDKs for .NET (2.x), "GetAccountSummaryResult"; today's API Reference
names the number and defines none. So those are asked who have MFA and no virtual device, and a
sample of the others; where the total is the virtual devices, those found of other kinds and the one
that root must have, there is no device left that a user could have beside. Where it is not, or
where anything of it cannot be read, all are asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reportgen.clock import now
from reportgen.evidence.answers import parse_credential_report
from reportgen.sources.asked_users import ask_users
from reportgen.sources.source import PAGE, Aws, ReadError, Source

# With no more users with MFA than this each is asked; of more, so many are sampled.
FEW = 10
# A virtual device that was enabled within this before the count may not be in it: IAM's changes
# take a while to be seen everywhere.
_SETTLED = timedelta(hours=1)
_ROOT = "<root_account>"


@dataclass(frozen=True)
class _Totals:
    """What AWS counts: devices in use, and whose the virtual ones are (ARN of each)."""

    in_use: int
    owners: tuple[str, ...]

    def left(self, root_has_mfa: bool, others: int) -> int:
        """Devices that are not accounted for by virtual ones, ``others`` found, and root's.

        Root's devices cannot be listed. Where it has MFA and no virtual device, it has one of
        another kind at least; if it has more, more is left, and so more is asked.
        """
        hidden = root_has_mfa and not any(arn.endswith(":root") for arn in self.owners)
        return self.in_use - len(self.owners) - others - hidden


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for users who have MFA by the credential report; fails when all asked were refused.

    Key: MFADevices. The parameters of the evidence have UserNames, who were asked, and Refused,
    those of them for whom AWS gave no answer; where not all had to be asked, NotAsked, the others,
    and Totals: MFADevicesInUse, AssignedVirtualMFADevices, OtherDevices (of those asked) and
    RootOtherDevices, of which the first is the sum of the rest.
    """
    rows = parse_credential_report(aws.earlier("credential-report").content or b"").rows
    with_mfa = {r["user"]: r["arn"] for r in rows if r.get("mfa_active", "").casefold() == "true"}
    root_has_mfa = with_mfa.pop(_ROOT, None) is not None
    totals = _totals(aws) if len(with_mfa) > FEW else None
    first = _first(with_mfa, totals)
    asked = ask_users(aws, "list_mfa_devices", "MFADevices", first)
    rest = [name for name in with_mfa if name not in set(first)]
    not_asked: dict[str, Any] = {}
    if rest and totals is not None:
        others = _others(asked.records)
        if not asked.errors and totals.left(root_has_mfa, others) == 0:
            counted = {
                "MFADevicesInUse": totals.in_use,
                "AssignedVirtualMFADevices": len(totals.owners),
                "OtherDevices": others,
                "RootOtherDevices": totals.in_use - len(totals.owners) - others,
            }
            not_asked = {"NotAsked": rest, "Totals": counted}
        else:
            asked += ask_users(aws, "list_mfa_devices", "MFADevices", rest)
    answer = asked.answer(aws)
    aws.reading.parameters |= not_asked
    return answer


def _totals(aws: Aws) -> _Totals | None:
    """The totals where they can prove something, else None: then everybody is asked.

    The count comes before the list: a device that was enabled in between would be told by its date,
    and one that was removed leaves the count too high, which proves nothing.
    """
    counted_at = now()
    service, listing = "iam", "list_virtual_mfa_devices"
    given = {"MaxItems": PAGE, "AssignmentStatus": "Assigned"}
    try:
        summary = aws.call(service, "get_account_summary").get("SummaryMap")
        devices = list(aws.items(service, listing, "VirtualMFADevices", **given))
    except ReadError:
        return None
    in_use = summary.get("MFADevicesInUse") if isinstance(summary, dict) else None
    owners = [_owner(device, counted_at - _SETTLED) for device in devices]
    if not isinstance(in_use, int) or isinstance(in_use, bool) or None in owners:
        return None
    return _Totals(in_use, tuple(arn for arn in owners if arn is not None))


def _owner(device: Any, before: datetime) -> str | None:
    """Whose a virtual device is; None where it is not said, or not known to be settled."""
    user = device.get("User") if isinstance(device, dict) else None
    enabled = device.get("EnableDate") if isinstance(device, dict) else None
    arn = user.get("Arn") if isinstance(user, dict) else None
    settled = isinstance(enabled, datetime) and enabled < before
    return arn if settled and isinstance(arn, str) and arn else None


def _first(with_mfa: Mapping[str, str], totals: _Totals | None) -> list[str]:
    """Who is asked before the totals are held against what was found; all where there are none."""
    if totals is None:
        return list(with_mfa)
    virtual = set(totals.owners)
    sampled = set(_sample([name for name, arn in with_mfa.items() if arn in virtual]))
    return [name for name, arn in with_mfa.items() if arn not in virtual or name in sampled]


def _sample(names: Sequence[str]) -> list[str]:
    """So many of the names, in an order that says nothing of them and is the same every time."""
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())[:FEW]


def _others(found: Iterable[Mapping[str, Any]]) -> int:
    """Devices that are no virtual ones: of these alone the serial number is an ARN of mfa/."""
    return sum(":mfa/" not in str(device.get("SerialNumber", "")) for device in found)


SOURCE = Source(
    name="mfa-devices",
    about="MFA devices of users with MFA",
    operations=("iam:ListMFADevices", "iam:GetAccountSummary", "iam:ListVirtualMFADevices"),
    read=read,
    keys=("MFADevices",),
    exports=("list-mfa-devices.json",),
    after=("credential-report",),
)
