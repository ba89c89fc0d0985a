"""Instance profiles: by which EC2 instances get a role."""

from __future__ import annotations

from reportgen.sources.source import PAGE, Source, paged

SOURCE = Source(
    name="instance-profiles",
    about="instance profiles and their roles",
    operations=("iam:ListInstanceProfiles",),
    read=paged("iam", "list_instance_profiles", "InstanceProfiles", MaxItems=PAGE),
    keys=("InstanceProfiles",),
    exports=("list-instance-profiles.json",),
)
