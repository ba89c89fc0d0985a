"""Request lists: answered by what a line names, else by its words, else honestly not."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.seal import sha256
from reportgen.pack.requests import (
    AuditAnswer,
    AuditRequest,
    answer,
    as_csv,
    names_requirement,
    read_requests,
    totals,
)
from tests.conftest import Run
from tests.pack.conftest import Quarters
from tests.pack.making import FIRST, Parts


def asked(quarters: Quarters, *texts: str) -> list[tuple[int, str, str]]:
    """(line, answer, path) of the answers to some requests."""
    lines = [AuditRequest(n, "", text) for n, text in enumerate(texts, start=2)]
    return [(a.request.line, a.answer, a.path) for a in answer(quarters.september, lines)]


def test_what_a_line_names_is_given(quarters: Quarters) -> None:
    """In September MFA-01 could not be seen in one account; keys neither."""
    assert asked(quarters, "Results of key-03, please.", f"Everything on {FIRST}") == [
        (2, "held in part", "controls/KEY-03/results.csv"),
        (3, "held", f"collection/{FIRST}.html"),
    ]


@pytest.mark.parametrize(
    ("framework", "requirement", "text", "named"),
    [
        ("CIS AWS v7", "2.12", "Evidence for CIS 2.12.", True),
        ("CIS AWS v7", "2.12", "Section 2.12 of the plan", False),
        ("CIS AWS v7", "2.1", "CIS 2.12", False),
        ("ISM", "ISM-1507", "ism-1507, and more", True),
        ("ISM", "ISM-1507", "ISM-15070", False),
        ("Privacy Act", "APP 11.1", "Show APP 11.1", True),
        ("Privacy Act", "APP 11", "Show APP 11.1", False),
        ("Privacy Act", "APP 1", "Show APP 11", False),
    ],
)
def test_requirements_that_a_line_names(
    framework: str, requirement: str, text: str, named: bool
) -> None:
    tokens = set(re.findall(r"[A-Z0-9][A-Z0-9.-]*[A-Z0-9]", text.upper()))
    assert names_requirement(text, tokens, framework, requirement) is named


def test_words_lead_to_tables_and_families(quarters: Quarters) -> None:
    found = asked(quarters, "A list of all IAM users", "How is Multi-Factor authentication done?")
    assert found[:2] == [(2, "held", "tables/users.csv"), (2, "held", "populations/totals.csv")]
    assert found[2:] == [(3, "held in part", "controls/MFA-01/results.csv")]


def test_what_is_not_there_is_not_held(quarters: Quarters) -> None:
    found = answer(quarters.september, [AuditRequest(2, "7", "Firewall rules of 2019")])
    assert [(a.answer, a.path, a.sha256) for a in found] == [("not held", "", "")]
    assert "nothing that it names" in found[0].why


def test_the_hash_is_that_of_the_file(quarters: Quarters) -> None:
    (one,) = answer(quarters.september, [AuditRequest(2, "", "LP-01")])
    assert one.sha256 == sha256(Parts.of(quarters.september).files[one.path])


def test_a_pack_with_a_flaw_answers_nothing(quarters: Quarters, tmp_path: Path) -> None:
    parts = Parts.of(quarters.september)
    parts.files["tables/users.csv"] += b"x"
    path = parts.write(tmp_path / "p.zip")
    with pytest.raises(IntegrityError, match=r"invalid: .*tables/users\.csv"):
        answer(path, [AuditRequest(2, "", "LP-01")])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Request\nA\n", [(2, "", "A")]),
        (
            b"\xef\xbb\xbfNo;Description\r\n1;A, b\r\n2;\r\n3;C\r\n",
            [(2, "1", "A, b"), (4, "3", "C")],
        ),
        ("Ref\tItem\nx\tÜ\n".encode("utf-16"), [(2, "x", "Ü")]),
        (b'no,request\n1,"two\nlines"\n2,B\n', [(2, "1", "two\nlines"), (3, "2", "B")]),
        (b"request\n", []),
    ],
)
def test_lists_as_spreadsheets_save_them(
    tmp_path: Path, content: bytes, expected: list[tuple[int, str, str]]
) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    assert [(r.line, r.id, r.text) for r in read_requests(path)] == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it has nothing"),
        (b"a,b\n1,2\n", "it has a, b"),
        (b"\xff\xfe\x00", "is not text"),
        (b'request\n"open', "is no CSV"),
    ],
)
def test_lists_that_are_none(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_requests(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_requests(tmp_path / "none.csv")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("r") / "r.csv"
    path.write_bytes(b"request,id\n" + content)
    try:
        found = read_requests(path)
    except UsageError:
        return
    assert all(request.text for request in found)


def test_no_cell_is_a_formula(quarters: Quarters) -> None:
    found = answer(quarters.september, [AuditRequest(2, "=1", "=cmd() LP-01")])
    (row,) = csv.DictReader(io.StringIO(as_csv(found).decode("utf-8-sig")))
    assert (row["id"], row["request"]) == ("'=1", "'=cmd() LP-01")


def test_from_the_command(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("No,Request\n1,LP-01\n2,KEY-03\n3,Firewalls\n")
    done = run("requests", "r.csv", "--pack", quarters.september, "-o", "a.csv")
    assert done.returncode == 0
    assert "3 requests: 1 held, 1 held in part, 1 not held." in done.stderr
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert [row["answer"] for row in rows] == ["held", "held in part", "not held"]
    shown = run("requests", "r.csv", "--pack", quarters.september)
    assert shown.stdout.splitlines() == (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()


def test_a_request_counts_once_by_its_best_answer() -> None:
    lines = [AuditRequest(2, "", "a"), AuditRequest(3, "", "b")]
    found = [
        AuditAnswer(lines[0], "not held", "", "", ""), AuditAnswer(lines[0], "held", "p", "", ""),
        AuditAnswer(lines[1], "not held", "", "", ""),
    ]  # fmt: skip
    assert totals(lines, found) == "2 requests: 1 held, 0 held in part, 1 not held."
