"""The catalogue as reportgen carries it, and faults in its files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reportgen.assess.run import find_check
from reportgen.catalogue import load_catalogue
from reportgen.errors import ConfigError
from tests.catalogue.faulty import altered, refused

CATALOGUE = load_catalogue()


def test_thirty_controls_and_more() -> None:
    wanted = ("ROOT", "MFA", "KEY", "IDC", "E8")
    assert sum(c.startswith(wanted) for c in CATALOGUE.controls) >= 30


def test_essential_eight_counts_are_those_of_the_oscal_catalogue() -> None:
    # ASD's OSCAL v2025.12.9: 46, 87 and 123 controls at maturity levels 1, 2 and 3.
    rows = CATALOGUE.frameworks["essential-eight"].requirements
    assert [sum(m in r.levels for r in rows) for m in ("ML1", "ML2", "ML3")] == [46, 87, 123]


FAULTS = {
    "unknown key": ("title:", "titel:", "unknown key"),
    "bad severity": ("severity: critical", "severity: grave", "'critical', 'high', 'medium'"),
    "unknown check": ("check: root.mfa", "check: root.nothing", "there is no root.nothing"),
    "unknown source": ("sources: [account-summary]", "sources: [tea-leaves]", "tea-leaves"),
    "twice": ("severity: critical", "severity: critical\nseverity: low", "given twice"),
    "not yaml": ("severity: critical", "severity: [critical", "is not YAML"),
}


def load_checks(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    for control in catalogue.controls.values():
        find_check(catalogue, control)


@pytest.mark.parametrize("name", FAULTS)
def test_faulty_control_names_file_and_line(name: str, tmp_path: Path) -> None:
    old, new, said = FAULTS[name]
    catalogue = altered(tmp_path, "catalogue/ROOT-01.yaml", old, new)
    message, line = refused(catalogue, load_checks)
    assert said in message
    assert 1 <= line <= catalogue.length + 1


def test_unchanged_files_are_not_validated_again_and_changed_ones_are(tmp_path: Path) -> None:
    root = altered(tmp_path, "catalogue/ROOT-01.yaml", "severity: critical", "severity: high")
    before, again = (load_catalogue(root.folder) for _ in range(2))
    assert again.controls["ROOT-01"] is before.controls["ROOT-01"]
    root.path.write_text(root.path.read_text().replace("severity: high", "severity: low"))
    assert load_catalogue(root.folder).controls["ROOT-01"].severity.value == "low"
    root.path.write_text(root.path.read_text().replace("severity: low", "severity: grave"))
    with pytest.raises(ConfigError, match="severity"):
        load_catalogue(root.folder)


def test_whoever_changes_a_table_changes_his_own() -> None:
    mine: Any = load_catalogue()
    for table in (mine.controls, mine.frameworks, mine.sources):
        table.clear()
    assert load_catalogue() == CATALOGUE


def test_framework_with_unknown_control(tmp_path: Path) -> None:
    message, line = refused(altered(tmp_path, "frameworks/privacy-act.yaml", "KEY-03", "KEY-99"))
    assert f"privacy-act.yaml:{line}: unknown control 'KEY-99'" in message


def test_the_ism_is_that_of_december_2025_and_what_came_after() -> None:
    # 1,073 controls in v2025.12.9, each for one classification at least; 1,143 in v2026.09.4.
    ism = CATALOGUE.frameworks["ism"]
    shown = {r.id: (r.levels, r.change) for r in ism.requirements}
    counted = {i: (row.levels, row.change) for row in ism.counted for i in row.ids}
    listed = shown | counted
    assert len(listed) == len(shown) + len(counted)
    assert sum(bool(levels) for levels, _ in listed.values()) == 1073
    later = {i for i, (_, change) in listed.items() if change == "new in September 2026"}
    assert later == {f"ISM-{n}" for n in range(2124, 2168)}
    gone = {"ISM-1837", "ISM-0521", "ISM-1448"}
    assert {
        i for i, (_, c) in counted.items() if c.startswith(("removed", "resc", "merged"))
    } == gone
    assert ism.unlisted is not None
    assert len(listed) - len(gone) + (ism.unlisted.count or 0) == ism.unlisted.of == 1143


def test_the_ism_marks_the_essential_eight_as_its_own_file_does() -> None:
    ism = CATALOGUE.frameworks["ism"]
    tags = {r.id: r.tags for r in ism.requirements}
    tags |= {i: row.tags for row in ism.counted for i in row.ids}
    eight = CATALOGUE.frameworks["essential-eight"].requirements
    levels = {r.id: [f"E8 {level}" for level in r.levels] for r in eight}
    assert {i: t for i, t in tags.items() if t} == levels
    assert all(r.confidence == "primary" for r in eight)


@pytest.mark.parametrize(
    ("framework", "count"),
    [("cis-aws-v7", 70), ("cis-aws-v5", 63), ("iso-27001-2022", 93), ("cps-234", 24)],
)
def test_frameworks_that_are_listed_whole(framework: str, count: int) -> None:
    found = CATALOGUE.frameworks[framework]
    assert len(found.requirements) == len({r.id for r in found.requirements}) == count
    assert found.unlisted is None
    assert not found.counted


def test_thresholds_that_a_framework_states_are_its_own() -> None:
    """45 days for ISM-1648 and CIS 2.11, 90 for PCI 8.2.6: written with the requirement."""
    wanted = {
        ("essential-eight", "ISM-1648"): 45,
        ("ism", "ISM-1404"): 45,
        ("cis-aws-v7", "2.11"): 45,
        ("cis-aws-v5", "1.11"): 45,
        ("security-hub", "IAM.22"): 45,
        ("pci-dss-4-0-1", "8.2.6"): 90,
        ("security-hub", "IAM.8"): 90,
        ("cis-aws-v7", "2.12"): 90,
        ("security-hub", "IAM.3"): 90,
    }
    found = {}
    for framework in CATALOGUE.frameworks.values():
        for requirement in framework.requirements:
            if (framework.id, requirement.id) in wanted:
                days = {v for s in requirement.controls for v in s.parameters.values()}
                # A control that takes no days has none to state, nor has how often is reviewed.
                judged = [s for s in requirement.controls if not s.control.startswith("AUD-")]
                for support in judged:
                    own = CATALOGUE.controls[support.control].parameters
                    days_taken = any(name.endswith("_days") for name in own)
                    assert bool(support.parameters) == days_taken, requirement.id
                found[framework.id, requirement.id] = days
    assert found == {key: {days} for key, days in wanted.items()}


FRAMEWORK_FAULTS = {
    "an id twice": ('  - id: "APP 3"', '  - id: "APP 2"', "APP 2 is listed twice"),
    "no such level": (
        '    text: "Anonymity and pseudonymity"\n',
        '    text: "Anonymity and pseudonymity"\n    levels: [ML9]\n',
        "unknown level 'ML9'",
    ),
    "reach without a control": (
        '    text: "Anonymity and pseudonymity"\n',
        '    text: "Anonymity and pseudonymity"\n    reach: tested\n',
        "APP 2 has no control",
    ),
    "controls without a reach": ("    reach: attestation\n", "", "reach cannot be none"),
    "no such group": ("outside:\n", 'outside:\n  Tea: "None."\n', "no group 'Tea'"),
    "no such parameter": (
        "controls: [ROLE-02,",
        "controls: [{control: ROLE-02, parameters: {sugar: 2}},",
        "ROLE-02 takes no 'sugar'",
    ),
    "no basis": ("basis: principles", "basis: feelings", "'measures', 'maturity' or 'principles'"),
}


@pytest.mark.parametrize("name", FRAMEWORK_FAULTS)
def test_a_faulty_framework_names_file_and_line(name: str, tmp_path: Path) -> None:
    old, new, said = FRAMEWORK_FAULTS[name]
    catalogue = altered(tmp_path, "frameworks/privacy-act.yaml", old, new)
    message, line = refused(catalogue)
    assert said in message
    assert 1 < line <= catalogue.length + 1


def _links() -> list[tuple[str, str]]:
    controls = [(c.id, r.url) for c in CATALOGUE.controls.values() for r in c.references]
    frameworks = [(f.id, r.url) for f in CATALOGUE.frameworks.values() for r in f.sources]
    return [(name, url) for name, url in (*controls, *frameworks) if url]


@pytest.mark.parametrize(("name", "url"), _links())
def test_links_are_well_formed(name: str, url: str) -> None:
    parts = urlsplit(url)
    assert parts.scheme == "https", name
    assert re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", parts.netloc), name
    assert re.fullmatch(r"[A-Za-z0-9._~/()%-]*", parts.path), name
    assert not parts.query, name
