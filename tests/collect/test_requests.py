"""How many requests an account takes: with its pages and regions, not with its users."""

from __future__ import annotations

import json

import pytest
from moto.iam.models import iam_backends

from tests.collect.account import collected
from tests.conftest import Front

REGION = "ap-southeast-2"
LAST_ACCESSED = ("iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails")


def people(first: int, last: int) -> None:
    """Users, put into moto as its own request would: a thousand requests say nothing more."""
    backend = iam_backends["123456789012"]["aws"]
    for number in range(first, last):
        backend.create_user(region_name=REGION, user_name=f"user{number:04}")


def asked(front: Front) -> tuple[int, int]:
    """Requests, those for last accessed apart."""
    apart = sum(front.asked[operation] for operation in LAST_ACCESSED)
    return front.asked.total() - apart, apart


@pytest.mark.usefixtures("no_pauses")
def test_a_thousand_users_take_no_more_than_ten(front: Front) -> None:
    people(0, 10)
    few = collected(regions=(REGION,))
    requests, last_accessed = asked(front)
    assert requests <= 60
    assert last_accessed <= 3 * 10
    front.asked.clear()
    people(10, 1000)
    many = collected(regions=(REGION,))
    requests, last_accessed = asked(front)
    listed = json.loads(many["authorization-details"].content)["UserDetailList"]
    assert len(listed) == 1000
    assert len(json.loads(few["authorization-details"].content)["UserDetailList"]) == 10
    assert requests <= 60
    assert last_accessed <= 3 * 1000
    assert len(json.loads(many["last-accessed"].content)["LastAccessed"]) == 1000
