"""The lists of an access review, as judging makes them and as they are kept beside verdicts.

Dates are ISO dates, empty for none and "unreadable" for what is no date; ages and idle times are
whole days, None where they are not known. A list whose source was not read is not there.
"""

from __future__ import annotations

from typing import Literal, TypedDict

ProposalAct = Literal["remove", "merge", "narrow"]


class Holding(TypedDict):
    """What a principal holds: ``grants`` are labels of policies, None where none could be read."""

    grants: list[str] | None
    power: str


class ListedUserKey(TypedDict):
    """An active access key of a user: 1 or 2."""

    number: int
    age_days: int | None
    last_used: str
    idle_days: int | None


class ListedUserItself(TypedDict):
    """An IAM user as the credential report has it. ``console`` is None where it cannot be read."""

    name: str
    arn: str
    created: str
    console: bool | None
    last_sign_in: str
    mfa: str
    keys: list[ListedUserKey]


class ListedUser(ListedUserItself, Holding):
    """An IAM user, with what it holds."""


class ListedKeyItself(TypedDict):
    """An access key; ``active`` is True, or None where it cannot be read."""

    user: str
    arn: str
    number: int
    active: bool | None
    rotated: str
    last_used: str


class ListedKey(ListedKeyItself):
    """An access key, with the power of its user."""

    power: str


class ListedRoleItself(TypedDict):
    """A role; ``policies`` counts what is attached and inline, ``trusts`` names whom it lets in."""

    name: str
    arn: str
    created: str
    policies: int
    boundary: bool
    trusts: list[str]
    last_used: str
    usage_known: bool
    idle_days: int | None
    age_days: int | None
    aws_managed: bool


class ListedRole(ListedRoleItself, Holding):
    """A role, with what it holds."""


class ListedSet(TypedDict):
    """A permission set; ``session`` is an ISO 8601 duration, ``accounts`` are those assigned."""

    name: str
    arn: str
    created: str
    grants: list[str]
    session: str
    boundary: bool
    accounts: list[str]
    groups: int
    people: int


class ListedAssignment(TypedDict):
    """Who may take on a permission set in an account."""

    permission_set: str
    arn: str
    account_id: str
    principal_type: str
    principal_id: str
    grants: list[str]


class ListedProposal(TypedDict):
    """A change of a policy: what is wrong, what to do; ``document`` is JSON text or empty."""

    kind: ProposalAct
    resource: str
    what: str
    proposal: str
    document: str


class ListGap(TypedDict):
    """Why one of the lists, by its name, may not be whole."""

    list: str
    why: str


class ReviewLists(TypedDict, total=False):
    """The lists of one account by name; ``gaps`` only where there are any."""

    users: list[ListedUser]
    access_keys: list[ListedKey]
    roles: list[ListedRole]
    permission_sets: list[ListedSet]
    assignments: list[ListedAssignment]
    gaps: list[ListGap]
    proposals: list[ListedProposal]
