"""Ways by roles that services lend, where no known role says more, and by Identity Center."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reportgen.policy.access import together
from reportgen.policy.ground import (
    Ground,
    unlisted,
)
from reportgen.policy.lending import can_pass
from reportgen.policy.paths import Path, Route, told
from reportgen.policy.standing import Standing, rest_of


class Lent:
    """The ways of one principal to rights that something else holds for it."""

    def __init__(self, ground: Ground, managing: Collection[str] | None) -> None:
        self._ground, self._managing = ground, managing

    def pass_anything(self, standing: Standing, path: Path) -> Iterator[Route]:
        arn = unlisted(standing.subject, "role")
        for service in path.services:
            found = can_pass(standing.reach, arn, service)
            if found:
                access = together([found, rest_of(standing, path)])
                if access:
                    said = f"{', '.join(path.actions)}: passes any role to {service} and acts as it"
                    yield told(path, "any role", (said,), access)
                return

    def borrow_unknown(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Existing resources of a service, where the file shows no role that could say more."""
        if next(self._ground.ordinary(standing.subject, "role"), None) is None:
            access = rest_of(standing, path)
            if access:
                said = f"{', '.join(path.actions)}: acts as a role already at work in the service"
                yield told(path, "existing roles, which the file does not show", (said,), access)

    def set_rights(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Rights of Identity Center, where this account manages it."""
        if self._managing is not None and standing.subject.account not in self._managing:
            return
        access = rest_of(standing, path)
        if access:
            said = f"{', '.join(path.actions)} gives a permission set more than it has"
            where = "permission sets, if this account manages Identity Center"
            yield told(path, where, (said,), access)
