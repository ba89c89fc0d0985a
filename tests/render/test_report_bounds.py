"""On a page a list ends at its bound and says how many there are; the numbers are of the whole."""

from __future__ import annotations

import html
import re
from datetime import date
from pathlib import Path

import pytest

from reportgen import pipeline, reporting
from reportgen.render import report
from reportgen.render.page import render_page
from reportgen.render.registerlines import gaps
from reportgen.report.audit import NotEvaluated
from reportgen.report.summary import Summary


@pytest.fixture(scope="module")
def summary(sample: Path) -> Summary:
    rules = pipeline.prepare(sample / "reportgen.yaml")
    return reporting.summary_of(sample / "store", rules, "quarterly", date(2026, 9, 30))


def text_of(page: str) -> str:
    body = page.split("<main>")[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def rows_of(page: str, title: str) -> int:
    """Rows in the first table after a heading."""
    table = page.split(title, 1)[1].split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    return table.count("<tr>")


def test_sample_is_whole(summary: Summary) -> None:
    page = text_of(render_page(summary))
    assert "are shown; all are in the workbook" not in page.replace("The first 24 of", "")
    assert " more (workbook" not in page


def test_page_at_tight_bounds(summary: Summary, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text_of(render_page(summary))
    for name, most in (("LONG", 20), ("LIST", 4), ("NESTED", 1)):
        monkeypatch.setattr(report, name, most)
    content = render_page(summary)
    page = text_of(content)
    closed, total = len(summary.movement.closed_rows), len(summary.register)
    accounts = len(summary.accounts)
    users = sum(bool(u.console or u.keys) for u in summary.access.users)
    for said in (
        f"The worst 20 of {total} rows are shown; all are in the workbook, sheet “Findings”.",
        f"The first 4 of {closed} are shown; all are in the workbook, sheet “Closed”.",
        f"The first 4 of {accounts} are shown; all are in the workbook, sheet “Accounts”.",
        f"The first 4 of {users} are shown; all are in the workbook, sheet “Users”.",
        f"4 of {len(summary.not_evaluated)} are shown; all are in the workbook, sheet “Not",
        f"The first 4 of {len(summary.attestations)} are shown; all are in the workbook, sheet “At",
        f"{len(summary.reminders) - 4} more are in the workbook, sheet “Reminders”.",
        f"The first 20 of {len(summary.evidence)} are shown; all are in the workbook, sheet “Evi",
        "and 1 more (workbook, sheet “Responses”)",
        "The first 1 of",
    ):
        assert said in page, said
        assert said not in whole, said
    # A heading and a lead count the whole, whatever is shown below.
    for lead in (
        f"{summary.findings.open} findings are open",
        f"{closed} findings were closed with proof this quarter",
        f"Who can sign in or call: {users} users",
        f"Evidence manifest: {len(summary.evidence)} items",
        f"Policy optimisation: {len(summary.proposals)} proposals",
    ):
        assert lead in page, lead
        assert lead in whole, lead
    assert rows_of(content, 'id="accounts"') == 4
    assert rows_of(content, 'id="progress"') == 4


@pytest.mark.parametrize("over", [1, 0, -1])
def test_list_at_its_bound_says_nothing(
    summary: Summary, monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    closed = len(summary.movement.closed_rows)
    most = closed - over
    monkeypatch.setattr(report, "LIST", most)
    said = f"The first {most} of {closed} are shown; all are in the workbook, sheet “Closed”."
    assert (said in text_of(render_page(summary))) is (most < closed)


@pytest.mark.parametrize(("count", "named"), [(11, 11), (12, 12), (13, 12), (1500, 12)], ids=str)
def test_row_of_several_accounts_names_a_dozen(count: int, named: int) -> None:
    rows = [
        NotEvaluated(
            account=f"a{n}", account_id=f"{n:012}", reason="r", controls=("C-1",), resources=2
        )
        for n in range(count)
    ]
    (row,) = gaps(rows, count + 1, together=True)
    more = f" and {count - named:,} more" if count > named else ""
    assert row.account == ", ".join(f"a{n}" for n in range(named)) + more
    assert row.account_id.startswith("000000000000, 000000000001")
    assert row.account_id.endswith(more)
    assert row.resources == 2 * count
