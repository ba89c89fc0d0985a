"""Where secrets sit in the user data of EC2 instances (API_DescribeInstanceAttribute).

Whoever may describe an instance, and whoever is on it, reads its user data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.mask import Mask, only
from reportgen.sources.rows import LOOKED_AT, Maybe
from reportgen.sources.secret import scan_encoded
from reportgen.sources.source import Aws, Scope, Source, malformed


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for each instance that is not terminated: there is no bulk call. Key: Instances."""
    listed = aws.earlier("ec2-instances").data.get("Reservations", [])
    names = [
        str(instance.get("InstanceId", ""))
        for reservation in listed
        for instance in reservation.get("Instances", [])
        if instance.get("State", {}).get("Name") not in ("terminated", "shutting-down")
    ]
    return {"Instances": ask_of_each(aws, _ask, names, "InstanceId")}


def _ask(aws: Aws, instance: str) -> Mapping[str, Any]:
    which = {"InstanceId": instance, "Attribute": "userData"}
    answer = aws.call("ec2", "describe_instance_attribute", **which)
    # An instance without user data has an empty one.
    if not isinstance(answer.get("UserData"), dict):
        raise malformed("the answer has no UserData")
    return answer


SOURCE = Source(
    name="ec2-user-data",
    about="where secrets sit in the user data of EC2 instances",
    operations=("ec2:DescribeInstanceAttribute",),
    read=read,
    keys=("Instances",),
    scope=Scope.REGION,
    after=("ec2-instances",),
    mask=Mask(
        {"Instances": only("InstanceId", "Error", UserData=only(Value=scan_encoded))},
        ("UserData",),
    ),
    form='{"Instances": [...]} of describe-instance-attribute\'s answers for userData',
    rows={
        "Instances": [
            {
                "InstanceId": str,
                "UserData": Maybe({"Value": Maybe([LOOKED_AT])}),
                "Error": Maybe(str),
            }
        ]
    },
)
