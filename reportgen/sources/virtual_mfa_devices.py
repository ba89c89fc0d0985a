"""Virtual MFA devices that somebody has, root included (API_ListVirtualMFADevices)."""

from __future__ import annotations

from reportgen.sources.source import PAGE, Source, paged

SOURCE = Source(
    name="virtual-mfa-devices",
    about="virtual MFA devices and whose they are",
    operations=("iam:ListVirtualMFADevices",),
    read=paged(
        "iam",
        "list_virtual_mfa_devices",
        "VirtualMFADevices",
        MaxItems=PAGE,
        AssignmentStatus="Assigned",
    ),
    keys=("VirtualMFADevices",),
    exports=("list-virtual-mfa-devices.json",),
)
