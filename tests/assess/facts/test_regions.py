"""Evidence of regions: which count, and what a region that was not read leaves open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.records import Unavailable
from reportgen.model import absent
from tests.assess.facts.holding import DENIED, facts_of
from tests.given import ACCOUNT

HERE, THERE = "ap-southeast-2", "us-east-1"
NOT_ON = (
    "\nAn error occurred (InvalidAccessException) when calling the DescribeHub operation: "
    "not subscribed\n"
)


def regions(*names: str, **status: str) -> dict[str, Any]:
    return {
        "regions": {
            "Regions": [
                {"RegionName": n, "OptInStatus": status.get(n.replace("-", "_"), "opted-in")}
                for n in names
            ]
        }
    }


def test_every_region_that_is_switched_on_is_asked_for(tmp_path: Path) -> None:
    given = regions(HERE, THERE, "af-south-1", af_south_1="not-opted-in")
    facts = facts_of(tmp_path, {**given, f"alarms@{HERE}": {"MetricAlarms": [{"AlarmName": "a"}]}})
    found = facts.regional("alarms")
    assert [(r, a["AlarmName"]) for r, a in found.listed("MetricAlarms")] == [(HERE, "a")]
    assert found.gaps == [f"alarms@{THERE} was not collected"]
    # The absence is part of what a row rests on.
    assert absent(ACCOUNT, f"alarms@{THERE}") in facts.noted


def test_without_the_list_of_regions_there_may_be_more(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {f"alarms@{HERE}": {"MetricAlarms": []}})
    (gap,) = facts.regional("alarms").gaps
    assert gap == "which regions are switched on is not known: regions was not collected"


def test_a_region_with_evidence_counts_whatever_the_list_says(tmp_path: Path) -> None:
    facts = facts_of(
        tmp_path,
        {
            **regions(HERE),
            f"alarms@{HERE}": {"MetricAlarms": []},
            f"alarms@{THERE}": {"MetricAlarms": []},
        },
    )
    found = facts.regional("alarms")
    assert list(found.answers) == [HERE, THERE]
    assert found.gaps == []


def test_a_service_that_is_not_switched_on_is_an_answer(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {**regions(HERE), f"security-hub@{HERE}": NOT_ON})
    found = facts.regional("security-hub")
    assert found.absent == (HERE,)
    assert found.answers == {}
    assert found.gaps == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "alarms was not collected"),
        (regions(HERE), f"alarms@{HERE} was not collected"),
        ({**regions(HERE), f"alarms@{HERE}": DENIED}, "denied"),
        ({f"alarms@{HERE}": {"MetricAlarms": [], "NextToken": "t"}}, "is cut off"),
    ],
)
def test_no_region_that_answered_is_no_evidence(
    tmp_path: Path, files: dict[str, Any], said: str
) -> None:
    facts = facts_of(tmp_path, files or {"account-aliases": {"AccountAliases": []}})
    with pytest.raises(Unavailable, match=said):
        facts.regional("alarms")


@pytest.mark.parametrize("value", [None, "x", {"a": 1}, [None]])
def test_what_is_no_list_of_records_is_a_gap(tmp_path: Path, value: Any) -> None:
    facts = facts_of(
        tmp_path,
        {**regions(HERE), f"alarms@{HERE}": {"MetricAlarms": value, "CompositeAlarms": []}},
    )
    found = facts.regional("alarms")
    assert list(found.listed("MetricAlarms")) == []
    assert "is damaged" in found.gaps[0]


def test_many_reasons_are_told_in_short(tmp_path: Path) -> None:
    names = [f"eu-west-{n}" for n in range(1, 6)]
    facts = facts_of(tmp_path, {**regions(HERE, *names), f"alarms@{HERE}": {"MetricAlarms": []}})
    (gap,) = facts.regional("alarms").gaps
    assert gap.endswith("; and 2 more")


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "us-east-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")],
)
def test_where_events_of_global_services_are(tmp_path: Path, partition: str, region: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:role/r"
    facts = facts_of(tmp_path, {"roles": {"Roles": [{"Arn": arn}]}})
    assert facts.home_region == region


@pytest.mark.parametrize(("count", "ends"), [(1, ""), (3, ""), (4, "; and 1 more")])
def test_three_reasons_are_told_and_the_rest_counted(tmp_path: Path, count: int, ends: str) -> None:
    names = [f"eu-west-{n}" for n in range(1, count + 1)]
    facts = facts_of(tmp_path, regions(*names))
    with pytest.raises(Unavailable) as reason:
        facts.regional("alarms")
    told = "; ".join(f"alarms@{name} was not collected" for name in names[:3])
    assert str(reason.value) == told + ends
