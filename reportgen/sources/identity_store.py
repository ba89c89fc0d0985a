"""The directory behind IAM Identity Center: its users, its groups, and who is in which.

It is read where Identity Center is managed. Who a person is beyond the name, the work address and
the account's state (address, telephone, date of birth) is no evidence, and is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.above import AFTER, managed_elsewhere
from reportgen.sources.mask import Mask, only
from reportgen.sources.rows import Maybe
from reportgen.sources.source import Aws, Scope, Source, text_of

_SERVICE = "identitystore"


def read(aws: Aws) -> Mapping[str, Any]:
    """Keys: Users, Groups, GroupMemberships, each record with its IdentityStoreId."""
    center = aws.earlier("identity-center")
    aws.region = str(center.parameters.get("Region", ""))
    instances = center.data.get("Instances", [])
    stores = dict.fromkeys(text_of(instance, "IdentityStoreId") for instance in instances)
    users: list[Any] = []
    groups: list[Any] = []
    with managed_elsewhere(aws):
        for store in stores:
            users += aws.items(_SERVICE, "list_users", "Users", IdentityStoreId=store)
            groups += aws.items(_SERVICE, "list_groups", "Groups", IdentityStoreId=store)
        asked = [(text_of(g, "IdentityStoreId"), text_of(g, "GroupId")) for g in groups]
        memberships = aws.every(_members, asked)
    joined = [member for found in memberships for member in found]
    return {"Users": users, "Groups": groups, "GroupMemberships": joined}


def _members(aws: Aws, group: tuple[str, str]) -> list[Any]:
    store, name = group
    which = {"IdentityStoreId": store, "GroupId": name}
    return list(aws.items(_SERVICE, "list_group_memberships", "GroupMemberships", **which))


_EXTERNAL = only("Issuer", "Id")
_MASK = Mask(
    {
        "Users": only(
            "IdentityStoreId",
            "UserId",
            "UserName",
            "DisplayName",
            "UserType",
            "UserStatus",
            "CreatedAt",
            "UpdatedAt",
            ExternalIds=_EXTERNAL,
            Emails=only("Value", "Type", "Primary"),
        ),
        "Groups": only(
            "IdentityStoreId",
            "GroupId",
            "DisplayName",
            "Description",
            "CreatedAt",
            "UpdatedAt",
            ExternalIds=_EXTERNAL,
        ),
        "GroupMemberships": only(
            "IdentityStoreId", "MembershipId", "GroupId", MemberId=only("UserId")
        ),
    },
    withheld=("Users[] beyond name, e-mail, type and status",),
)

SOURCE = Source(
    name="identity-store",
    about="users, groups and memberships of Identity Center's directory",
    operations=(
        "identitystore:ListUsers",
        "identitystore:ListGroups",
        "identitystore:ListGroupMemberships",
    ),
    read=read,
    keys=("Users", "Groups", "GroupMemberships"),
    scope=Scope.ORGANISATION,
    after=("identity-center", *AFTER),
    mask=_MASK,
    form="the answers of list-users, list-groups and list-group-memberships in one object",
    rows={
        "Users": [{"UserId": str, "UserName": str}],
        "GroupMemberships": Maybe([{"GroupId": str}]),
    },
)
