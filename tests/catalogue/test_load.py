"""The catalogue as reportgen carries it, and faults in its files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reportgen.assess.run import find_check
from reportgen.catalogue import load_catalogue
from reportgen.errors import ConfigError
from reportgen.resources import data_folder

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
    shutil.copytree(data_folder("controls"), tmp_path / "controls")
    path = tmp_path / "controls" / "catalogue" / "ROOT-01.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_checks(tmp_path / "controls")
    message = f"{caught.value.message} {caught.value.hint}"
    assert f"{path}:" in message
    assert said in message
    line = int(message.split(f"{path}:")[1].split(":")[0])
    assert 1 <= line <= text.count("\n") + 2


def test_framework_with_unknown_control(tmp_path: Path) -> None:
    shutil.copytree(data_folder("controls"), tmp_path / "controls")
    path = tmp_path / "controls" / "frameworks" / "privacy-act.yaml"
    path.write_text(path.read_text().replace("KEY-03", "KEY-99", 1))
    with pytest.raises(ConfigError, match=r"privacy-act.yaml:\d+: unknown control 'KEY-99'"):
        load_catalogue(tmp_path / "controls")
