"""Ways over a user or role that the principal makes itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.policy.access import Access, together
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.assume import assume_own
from reportgen.policy.effects import Effects
from reportgen.policy.glob import matches_arn
from reportgen.policy.ground import (
    Ground,
    bounded,
    newcomer,
    unlisted,
)
from reportgen.policy.lending import lends
from reportgen.policy.paths import Route, Way, route
from reportgen.policy.standing import Standing

# Names tried for a principal that the creator may only call so and so.
_MOST_NAMES = 20


class Creation:
    """Principals that one can make, give rights to, and act as."""

    def __init__(self, ground: Ground, effects: Effects) -> None:
        self._ground, self._effects = ground, effects

    def routes(self, standing: Standing) -> Iterator[Route]:
        """Create a user or role, give it an administrator's rights, and act as it.

        A new role can trust whoever made it by name, which needs no sts:AssumeRole of one's own.
        """
        for path_id, kind, takes in (
            ("create-001", "User", ("iam:CreateAccessKey", "iam:CreateLoginProfile")),
            ("create-002", "Role", ()),
        ):
            if not standing.asks(database().service_bits("iam")):
                return
            if standing.reach.mask & database().bit(f"iam:Create{kind}"):
                for arn in self._names(standing, kind):
                    found = self._made(standing, path_id, kind, takes, arn)
                    if found is not None:
                        yield found
                        break

    def _names(self, standing: Standing, kind: str) -> Iterator[str]:
        """Names that the creator may choose: any, or a new one that fits what it is allowed."""
        account = self._ground.accounts.get(standing.subject.account)
        taken = account.subjects if account else {}
        kin = f"arn:*:iam::*:{kind.lower()}/*"
        patterns = standing.reach.named(f"iam:Create{kind}")
        named = [p.replace("*", "zz").replace("?", "z") for p in patterns]
        yield unlisted(standing.subject, kind.lower())
        yield from [arn for arn in named if matches_arn(kin, arn) and arn not in taken][
            :_MOST_NAMES
        ]

    def _made(
        self, standing: Standing, path_id: str, kind: str, takes: Sequence[str], arn: str
    ) -> Route | None:
        """A way over one new principal: without a boundary, or with one that allows everything."""
        subject, reach = standing.subject, standing.reach
        create, plain = f"iam:Create{kind}", newcomer(subject, kind.lower(), arn)
        made: list[tuple[Subject, Access]] = [
            (plain, reach.can(create, arn, absent=["iam:permissionsboundary"]))
        ]
        if "iam:permissionsboundary" in reach.keys:
            for limit, text in self._ground.open_boundaries(subject):
                known = {"iam:permissionsboundary": limit}
                made.append((bounded(plain, limit, text), reach.can(create, arn, known=known)))
        for new, first in made:
            if not first:
                continue
            for verb in ("Attach", "Put"):
                give = f"iam:{verb}{kind}Policy"
                given = self._effects.can(reach, give, new, arn)
                into = self._into(standing, takes, arn) if given else []
                for take, taken in into:
                    actions = (create, give, *take)
                    said = f"{', '.join(actions)} makes a {kind.lower()} that is an administrator"
                    access = together([first, given, taken])
                    return route(
                        path_id, actions, f"a new {kind.lower()}", Way().after(said), access
                    )
        return None

    def _into(
        self, standing: Standing, takes: Sequence[str], arn: str
    ) -> list[tuple[tuple[str, ...], Access]]:
        """The first way to act as what was made: a user's own credentials, or a role's session.

        A new role trusts whom its maker says: itself, or a service to which it can be passed.
        """
        found: list[tuple[tuple[str, ...], Access]]
        found = [((t,), self._effects.can(standing.reach, t, None, arn)) for t in takes]
        if not takes:
            found.append(((), assume_own(standing.reach, arn)))
            if not found[0][1]:
                found += [
                    (path.actions, lends(standing, path, arn, service))
                    for path in standing.every_path
                    if path.effect == "pass"
                    for service in path.services
                ]
        return [(take, access) for take, access in found if access][:1]
