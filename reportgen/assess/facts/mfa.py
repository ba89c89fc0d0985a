"""MFA devices: the virtual ones from one list, all others from asking for each user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.assess.facts.answers import Answers
from reportgen.assess.facts.noting import remembered
from reportgen.assess.records import (
    CredentialRow,
    MfaDevice,
    MfaDevices,
    Unavailable,
    mfa_kind,
)


class MfaFacts(Answers):
    """Facts of MFA devices."""

    @remembered
    def virtual_mfa(self) -> list[Mapping[str, Any]]:
        """Assigned virtual MFA devices: those that have a User (API_VirtualMFADevice)."""
        devices = self._listed("virtual-mfa-devices", "VirtualMFADevices")
        assigned = [device for device in devices if "User" in device]
        for device in assigned:
            user = device["User"]
            arn = user.get("Arn") if isinstance(user, dict) else None
            if not isinstance(arn, str) or not arn:
                raise Unavailable("virtual-mfa-devices is damaged: whose a device is, is not said")
        return assigned

    def root_virtual_mfa(self) -> list[str]:
        """Serial numbers of the virtual MFA devices that belong to root."""
        return [
            str(device.get("SerialNumber"))
            for device in self.virtual_mfa()
            if str(device["User"]["Arn"]).endswith(":root")
            or str(device.get("SerialNumber", "")).endswith(":mfa/root-account-mfa-device")
        ]

    def mfa_devices(self, row: CredentialRow) -> MfaDevices:
        """MFA devices of a user. Raises Unavailable if the list of virtual devices was not read.

        Virtual devices come from a list of the whole account, all others only from asking for the
        user (API_ListMFADevices), or from AWS's count of all devices where it leaves none over;
        where neither was had, ``gap`` says so: a device of another kind may then exist beside those
        that are known.
        """
        serials = self._virtual_of().get(row.arn, set())
        own, gap = set[str](), ""
        try:
            own = self._others_of().get(row.user, own)
        except Unavailable as reason:
            gap = str(reason)
        if not own and not gap and not self._is_spoken_of(row.user, bool(serials)):
            gap = "mfa-devices does not speak of this user"
        devices = [MfaDevice(serial, mfa_kind(serial)) for serial in sorted(serials | own)]
        return MfaDevices(devices, gap)

    @remembered
    def _virtual_of(self) -> Mapping[str, set[str]]:
        """Serial numbers of virtual devices by the ARN of their user."""
        found: dict[str, set[str]] = {}
        for device in self.virtual_mfa():
            found.setdefault(device["User"]["Arn"], set()).add(_serial(device))
        return found

    @remembered
    def _others_of(self) -> Mapping[str, set[str]]:
        """Serial numbers of the devices listed for each user, by the user's name."""
        found: dict[str, set[str]] = {}
        for device in self._listed("mfa-devices", "MFADevices"):
            user = device.get("UserName")
            if isinstance(user, str):
                found.setdefault(user, set()).add(_serial(device))
        return found

    def _is_spoken_of(self, user: str, has_virtual: bool) -> bool:
        return self._asked_for_mfa(user) or (has_virtual and self._none_left(user))

    def _asked_for_mfa(self, user: str) -> bool:
        """Whether a live read asked for the devices of a user and had an answer.

        A file that somebody exported does not say for whom it was asked.
        """
        envelope = self._envelopes["mfa-devices"]
        if envelope.detail and envelope.parameters.get("Refused") is None:
            # Evidence of earlier versions: some were refused, and it does not say who.
            return False
        return user in self._named("UserNames") and user not in self._named("Refused")

    @remembered
    def _named(self, parameter: str) -> frozenset[str]:
        """The users whom a parameter of the read names; of many, each is asked about."""
        found = self._envelopes["mfa-devices"].parameters.get(parameter)
        return frozenset(found if isinstance(found, list) else ())

    def _none_left(self, user: str) -> bool:
        """Whether AWS's count of devices shows that a user with a virtual one has no other.

        It holds as long as the list of virtual devices that is judged has as many as were counted.
        """
        parameters = self._envelopes["mfa-devices"].parameters
        totals = parameters.get("Totals")
        if not isinstance(totals, dict) or user not in self._named("NotAsked"):
            return False
        return totals.get("AssignedVirtualMFADevices") == len(self.virtual_mfa())


def _serial(device: Mapping[str, Any]) -> str:
    """A device's serial number; empty, which is of no known kind, where it is no text."""
    serial = device.get("SerialNumber")
    return serial if isinstance(serial, str) else ""
