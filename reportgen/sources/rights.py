"""The rights that reading the sources takes: a policy of reads, action by action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from reportgen.sources.source import Source


def read_only_policy(sources: Iterable[Source]) -> dict[str, Any]:
    """The IAM policy that allows what the sources call, and nothing else.

    A statement for each service, sorted, so that the same sources give the same bytes. Lists and
    account-wide reads know no resource, hence ``*`` (Service Authorization Reference).
    """
    actions: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        for action in source.needs:
            actions[action.partition(":")[0]].add(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read" + "".join(word.capitalize() for word in service.split("-")),
                "Effect": "Allow",
                "Action": sorted(actions[service]),
                "Resource": "*",
            }
            for service in sorted(actions)
        ],
    }
