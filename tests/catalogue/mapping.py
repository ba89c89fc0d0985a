"""The table of which control supports which requirement, and where the frameworks differ from it.

``mapping.csv`` has a row for each practice: its id, and for each framework the requirements that it
bears on. Run as ``python -m tests.catalogue.mapping`` it writes into ``controls/frameworks/`` what
the table has and the files lack, for controls that exist.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from reportgen.catalogue import Catalogue, load_catalogue

TABLE = Path(__file__).with_name("mapping.csv")
FRAMEWORKS = Path(__file__).parents[2] / "controls" / "frameworks"

# framework, requirement, control
Cell = tuple[str, str, str]

_PLAIN = {
    "ism": "ism",
    "cps234": "cps-234",
    "nist_800_53_r5": "nist-800-53-r5",
    "nist_csf_2_0": "nist-csf-2-0",
    "iso27001_2022": "iso-27001-2022",
    "pci_dss_4_0_1": "pci-dss-4-0-1",
    "soc2": "soc-2",
}
_CIS = {"v7.0.0": "cis-aws-v7", "v5.0.0": "cis-aws-v5"}
_HUB = re.compile(r"(?:FSBP|SH) (\w+)\.(\d+)(?:-\w+\.(\d+))?(?: \(not FSBP\))?")


def rows() -> list[dict[str, str]]:
    """The table as it stands."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Framework and requirement of every filled cell of a row; ValueError for what is no id."""
    for requirement in re.findall(r"ISM-\d{4}", row["e8"]):
        yield "essential-eight", requirement
    for text in _split(row["privacy_act"]):
        if text.startswith("APP "):
            yield "privacy-act", text.split(" (")[0]
        else:
            for section in re.findall(r"26W[A-Z]", text):
                yield "privacy-act", f"s {section}"
    for text in _split(row["cis_aws"]):
        version, requirement = text.split("/")
        yield _CIS[version], requirement
    for text in _split(row["security_hub"]):
        found = _HUB.fullmatch(text)
        if found is None:
            raise ValueError(f"{row['id']}: {text!r} is no control of Security Hub")
        first, last = int(found[2]), int(found[3] or found[2])
        for number in range(first, last + 1):
            yield "security-hub", f"{found[1]}.{number}"
    for column, framework in _PLAIN.items():
        for text in _split(row[column]):
            yield framework, text


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def in_the_table(catalogue: Catalogue) -> set[Cell]:
    """What the table maps, for controls that the catalogue has."""
    return {
        (framework, requirement, row["id"])
        for row in rows()
        if row["id"] in catalogue.controls
        for framework, requirement in cells(row)
    }


def in_the_files(catalogue: Catalogue) -> set[Cell]:
    """What the frameworks' files map."""
    return {
        (framework.id, requirement.id, support.control)
        for framework in catalogue.frameworks.values()
        for requirement in framework.requirements
        for support in requirement.controls
    }


def _write(lacking: set[Cell], catalogue: Catalogue) -> None:
    """Add ``lacking`` to the files. The reach of a requirement that had none must be looked at."""
    for name in sorted({framework for framework, _, _ in lacking}):
        path = FRAMEWORKS / f"{name}.yaml"
        blocks = re.split(r"(?m)^(?=  - (?:id|group): )", path.read_text(encoding="utf-8"))
        for _, requirement, control in sorted(c for c in lacking if c[0] == name):
            where = next(
                n for n, b in enumerate(blocks) if b.startswith(f'  - id: "{requirement}"')
            )
            blocks[where] = _with(blocks[where], control, catalogue)
        path.write_text("".join(blocks), encoding="utf-8")


def _with(block: str, control: str, catalogue: Catalogue) -> str:
    if "    controls: [" in block:
        return re.sub(r"(?m)^(    controls: \[.*)\]$", rf"\1, {control}]", block)
    kind = catalogue.controls[control].observability
    reach = "attestation" if kind == "attestation" else "partly"
    note = "Shown by a statement alone." if reach == "attestation" else "Say what is not seen."
    rest = f'    reach: {reach}\n    note: "{note}"\n    controls: [{control}]\n'
    head, counted, tail = block.partition("counted:\n")
    return f"{head}{rest}{counted}{tail}"


if __name__ == "__main__":
    loaded = load_catalogue()
    _write(in_the_table(loaded) - in_the_files(loaded) - {("ism", "ISM-2080", "E8-08")}, loaded)
