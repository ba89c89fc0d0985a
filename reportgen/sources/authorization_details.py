"""Users, groups, roles and policies of the account, in one bulk call."""

from __future__ import annotations

from reportgen.sources.source import PAGE, Source, paged

_KEYS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")

SOURCE = Source(
    name="authorization-details",
    about="users, groups, roles, policies and how they hang together",
    operations=("iam:GetAccountAuthorizationDetails",),
    read=paged("iam", "get_account_authorization_details", *_KEYS, MaxItems=PAGE),
    keys=_KEYS,
    exports=("get-account-authorization-details.json",),
)
