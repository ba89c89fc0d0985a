"""IAM Identity Center: what moto lacks."""

from __future__ import annotations

from typing import Any

from tests.shapes import Asked, Refused


def _no_boundary(_: Asked) -> dict[str, Any]:
    raise Refused("ResourceNotFoundException", "none")


ANSWERS = {"sso-admin:GetPermissionsBoundaryForPermissionSet": _no_boundary}
