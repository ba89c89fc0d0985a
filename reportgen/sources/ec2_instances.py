"""EC2 instances: instance profile, and whether their metadata asks for a session (IMDSv2)."""

from __future__ import annotations

from reportgen.sources.mask import Mask, only
from reportgen.sources.rows import Maybe
from reportgen.sources.source import PAGE, Scope, Source, paged

SOURCE = Source(
    name="ec2-instances",
    about="EC2 instances, their instance profiles and metadata options",
    operations=("ec2:DescribeInstances",),
    read=paged("ec2", "describe_instances", "Reservations", MaxResults=PAGE),
    keys=("Reservations",),
    scope=Scope.REGION,
    exports=("describe-instances.json",),
    mask=Mask(
        {
            "Reservations": only(
                "ReservationId",
                "OwnerId",
                Instances=only(
                    "InstanceId",
                    "ImageId",
                    "LaunchTime",
                    "Platform",
                    State=only("Name"),
                    IamInstanceProfile=only("Arn", "Id"),
                    MetadataOptions=only(
                        "State", "HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint"
                    ),
                ),
            )
        },
        ("Tags",),
    ),
    rows={
        "Reservations": [
            {
                "Instances": [
                    {
                        "InstanceId": str,
                        "State": Maybe({"Name": str}),
                        "IamInstanceProfile": Maybe({"Arn": str}),
                    }
                ]
            }
        ]
    },
)
