"""Every filled cell of the table is a mapping; differences stand in docs with a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reportgen.catalogue import Framework, load_catalogue
from tests.catalogue.mapping import Cell, cells, in_the_files, in_the_table, rows

CATALOGUE = load_catalogue()
DOCS = Path(__file__).parents[2] / "docs" / "frameworks-mapping.md"
ROW = re.compile(r"\| (\S+) \| ([^|]+) \| ([A-Z0-9-]+) \| (here|table) \| ([^|]+) \|")

# What an id of each framework looks like.
IDS = {
    "essential-eight": r"ISM-\d{4}",
    "ism": r"ISM-\d{4}",
    "privacy-act": r"APP \d{1,2}(\.\d| \(rest\))?|s 26W[A-Z]",
    "cps-234": r"1[3-9]|2\d|3[0-6]",
    "cis-aws-v7": r"[2-6](\.\d{1,2}){1,2}",
    "cis-aws-v5": r"[1-5](\.\d{1,2}){1,2}",
    "nist-800-53-r5": r"[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?",
    "nist-csf-2-0": r"(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d{2}",
    "iso-27001-2022": r"A\.[5-8]\.\d{1,2}",
    "pci-dss-4-0-1": r"\d{1,2}(\.\d{1,2}){2,3}",
    "soc-2": r"(CC\d|A1)\.\d",
    "security-hub": r"[A-Za-z]+\.\d{1,2}",
}


def documented() -> dict[tuple[Cell, str], str]:
    found = ROW.findall(DOCS.read_text(encoding="utf-8"))
    return {((f, r.strip(), c), where): why.strip() for f, r, c, where, why in found}


def test_there_are_117_practices() -> None:
    assert len({row["id"] for row in rows()}) == len(rows()) == 117


def test_the_catalogue_has_twelve_frameworks() -> None:
    assert set(CATALOGUE.frameworks) == set(IDS)


def test_files_and_table_differ_where_docs_say_why() -> None:
    table, files = in_the_table(CATALOGUE), in_the_files(CATALOGUE)
    differences = {(cell, "table") for cell in table - files}
    differences |= {(cell, "here") for cell in files - table}
    told = documented()
    missing = sorted(differences - set(told))
    assert not missing, f"write the mapping, or the reason into {DOCS.name}: {missing}"
    assert not set(told) - differences, "told, and no difference any more"
    assert all(told.values())


def test_every_cell_names_a_requirement_that_its_framework_lists() -> None:
    listed = {
        (framework.id, requirement.id)
        for framework in CATALOGUE.frameworks.values()
        for requirement in framework.requirements
    }
    named = {cell for row in rows() for cell in cells(row)}
    assert not named - listed


@pytest.mark.parametrize("framework", CATALOGUE.frameworks.values(), ids=lambda f: f.id)
def test_ids_have_the_form_of_their_framework(framework: Framework) -> None:
    form = re.compile(IDS[framework.id])
    ids = [r.id for r in framework.requirements] + [i for c in framework.counted for i in c.ids]
    assert not [i for i in ids if not form.fullmatch(i)]


@pytest.mark.parametrize("framework", CATALOGUE.frameworks.values(), ids=lambda f: f.id)
def test_each_requirement_not_wholly_tested_says_why(framework: Framework) -> None:
    assert framework.sources
    for requirement in framework.requirements:
        if requirement.reach != "tested":
            assert framework.why(requirement), requirement.id
