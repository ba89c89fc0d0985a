"""EC2: an account with two regions. moto switches on all of them, which costs each test minutes."""

from __future__ import annotations

_NAMES = ("ap-southeast-2", "us-east-1")

ANSWERS = {
    "ec2:DescribeRegions": {
        "Regions": [
            {
                "RegionName": name,
                "Endpoint": f"ec2.{name}.amazonaws.com",
                "OptInStatus": "opt-in-not-required",
            }
            for name in _NAMES
        ]
    }
}
