"""The crosswalk: a control under each threshold that a framework sets; what is looser is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.assess.thresholds import crosswalk, thresholds_of
from reportgen.catalogue import Catalogue, load_catalogue
from reportgen.catalogue.thresholds import Threshold
from tests.catalogue.test_own import FRAMEWORK, write


def told(catalogue: Catalogue, control: str) -> list[tuple[str, bool, set[str]]]:
    found = [t for t in crosswalk(catalogue) if t.control_id == control]
    return [(t.said, t.own, {f"{w.framework} {w.requirement}" for w in t.asked_by}) for t in found]


def test_unused_credentials_stand_at_45_and_90_days() -> None:
    strict, loose = told(load_catalogue(), "KEY-11")
    assert strict[:2] == ("45 days", True)
    assert {"cis-aws-v7 2.11", "essential-eight ISM-1648", "security-hub IAM.22"} <= strict[2]
    assert loose == ("90 days", False, {"pci-dss-4-0-1 8.2.6", "security-hub IAM.8"})


def test_a_number_that_asks_for_nothing_is_no_threshold() -> None:
    said = [said for said, _, _ in told(load_catalogue(), "E8-08")]
    assert "14 characters" in said
    assert "24 passwords" in said
    assert not [s for s in said if " 0 " in f" {s} "]


def test_longer_passwords_are_stricter() -> None:
    lengths = [
        t.numbers["minimum_length"]
        for t in crosswalk(load_catalogue())
        if t.control_id == "E8-08" and "minimum_length" in t.numbers
    ]
    assert lengths == sorted(lengths, reverse=True)


def test_one_threshold_is_no_crosswalk(tmp_path: Path) -> None:
    shown = {t.control_id for t in crosswalk(load_catalogue())}
    assert "KEY-03" not in shown
    framework = FRAMEWORK.replace(
        "[KEY-03]", "[{control: KEY-03, parameters: {maximum_days: 365}}]"
    )
    own = load_catalogue(own=write(tmp_path, frameworks__acme=framework))
    assert [row[:2] for row in told(own, "KEY-03")] == [("90 days", True), ("365 days", False)]
    assert told(own, "KEY-03")[1][2] == {"acme A.1"}


def loosened(tmp_path: Path, days: int) -> dict[tuple[str, str, str], str]:
    text = f"id: KEY-03\nbased_on: KEY-03\nparameters: {{maximum_days: {days}}}\n"
    own = write(tmp_path, controls__KEY_03=text, frameworks__acme=FRAMEWORK)
    return dict(thresholds_of(load_catalogue(own=own)).loosened)


def test_a_looser_own_limit_is_told_for_each_framework_that_keeps_its_own(tmp_path: Path) -> None:
    found = loosened(tmp_path, 91)
    assert found["cis-aws-v7", "2.12", "KEY-03"] == "91 days against 90"
    assert found["security-hub", "IAM.3", "KEY-03"] == "91 days against 90"
    # Its own framework sets no number: the organisation's is the one that counts there.
    assert not [key for key in found if key[0] == "acme"]
    assert {control for _, _, control in found} == {"KEY-03"}


@pytest.mark.parametrize("days", [90, 89])
def test_a_limit_as_strict_or_stricter_is_not_told(tmp_path: Path, days: int) -> None:
    assert loosened(tmp_path, days) == {}


def test_shorter_passwords_are_looser(tmp_path: Path) -> None:
    text = "id: E8-08\nbased_on: E8-08\nparameters: {minimum_length: 13}\n"
    found = thresholds_of(load_catalogue(own=write(tmp_path, controls__E8_08=text))).loosened
    assert found["cis-aws-v7", "2.8", "E8-08"] == "13 characters against 14"
    assert ("pci-dss-4-0-1", "8.3.6", "E8-08") not in found


def test_thresholds_are_those_of_the_results() -> None:
    """Each threshold is judged: it is the control's own, or one of its variants."""
    catalogue = load_catalogue()

    def is_judged(t: Threshold) -> bool:
        judged = [catalogue.controls[t.control_id].parameters]
        judged += catalogue.variants.get(t.control_id, [])
        return t.parameters in judged

    assert all(map(is_judged, crosswalk(catalogue)))
