"""The list of roles: it alone has MaxSessionDuration, which the bulk call lacks."""

from __future__ import annotations

from reportgen.sources.source import PAGE, Source, paged

SOURCE = Source(
    name="roles",
    about="roles with their session length",
    operations=("iam:ListRoles",),
    read=paged("iam", "list_roles", "Roles", MaxItems=PAGE),
    keys=("Roles",),
    exports=("list-roles.json",),
)
