"""SQL sees the views and nothing else: no file, no network, no setting, and so much memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.errors import UsageError
from reportgen.query.filters import Filters
from reportgen.query.filters import ask as filtered
from reportgen.query.history import Judgements
from reportgen.query.sql import ask
from reportgen.query.views import VIEWS
from tests.query.conftest import ONE, TWO


def answered(history: Judgements, sql: str) -> list[Sequence[object]]:
    return list(ask(history, sql).rows)


def test_verdicts_are_those_of_the_filters(history: Judgements) -> None:
    found = filtered(history, Filters(("MFA-01",)))
    columns = ", ".join(found.columns)
    sql = f"SELECT {columns} FROM verdicts WHERE control_id = 'MFA-01' ORDER BY day, account_id"
    answer = ask(history, sql)
    assert answer.columns == found.columns
    assert sorted(map(str, map(tuple, answer.rows))) == sorted(map(str, map(tuple, found.rows)))


def test_month_by_month(history: Judgements) -> None:
    sql = (
        "SELECT month, count(*) FILTER (verdict = 'fail') FROM verdicts "
        "WHERE control_id = 'MFA-01' GROUP BY month ORDER BY month"
    )
    assert answered(history, sql) == [("2026-07", 4), ("2026-08", 3), ("2026-09", 4)]


def test_views_join(history: Judgements) -> None:
    sql = (
        "SELECT DISTINCT a.owner, c.title, r.framework = 'ism' FROM verdicts v "
        "JOIN accounts a USING (account_id) JOIN controls c USING (control_id) "
        "JOIN requirements r USING (control_id) JOIN positions p USING (account_id, month) "
        "JOIN snapshots s ON s.snapshot = p.snapshot "
        "WHERE control_id = 'MFA-01' AND account_id = $$" + ONE + "$$ AND r.framework = 'ism'"
    )
    title = history.rules.catalogue.controls["MFA-01"].title
    assert answered(history, sql) == [("Lead", title, True)]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_view_is_as_documented(history: Judgements, view: object) -> None:
    name = view.name  # type: ignore[attr-defined]
    rows = answered(history, f"DESCRIBE {name}")
    expected = [(c.name, c.kind) for c in view.columns]  # type: ignore[attr-defined]
    assert [(row[0], row[1]) for row in rows] == expected
    assert answered(history, f"SELECT count(*) FROM {name}")[0][0] > 0  # type: ignore[operator]


def test_accounts_positions_and_snapshots(history: Judgements) -> None:
    assert answered(history, "FROM accounts ORDER BY account_id") == [
        (ONE, "One", "production", "Lead", "2026-07", "2026-09"),
        (TWO, f"Account {TWO}", "", "", "2026-07", "2026-09"),
    ]
    carried = answered(history, "SELECT month, account_id FROM positions WHERE carried")
    assert carried == [("2026-08", TWO)]
    numbers = answered(history, "SELECT sequence, account_id FROM snapshots ORDER BY sequence")
    assert numbers == [(1, ONE), (2, ONE), (3, ONE), (4, TWO), (5, TWO)]


def test_text_reads_as_it_was(history: Judgements) -> None:
    sql = "SELECT DISTINCT resource FROM verdicts WHERE resource LIKE '%bo%' AND account_id = '1'"
    sql = sql.replace("'1'", f"'{ONE}'")
    assert answered(history, sql) == [(f"arn:aws:iam::{ONE}:user/bo\\d",)]


HOSTILE = [
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_parquet('{judged}')",
    "SELECT * FROM parquet_metadata('{judged}')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM query_table('{file}')",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{out}''')",
    "SELECT * FROM read_json('http://127.0.0.1:9/x')",
    "SELECT * FROM read_csv('s3://bucket/x')",
    "SELECT * FROM history",
    "SELECT getenv('HOME')",
    "COPY (SELECT 1) TO '{out}'",
    "COPY verdicts TO '{out}' (FORMAT parquet)",
    "EXPORT DATABASE '{out}'",
    "ATTACH '{out}' AS other",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW verdicts AS SELECT 1",
    "DROP VIEW verdicts",
    "INSERT INTO controls VALUES (1)",
    "DELETE FROM controls",
    "UPDATE controls SET title = ''",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET memory_limit",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "CREATE SECRET x (TYPE s3)",
    "CHECKPOINT",
    "PREPARE p AS SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '{out}'",
    "EXPLAIN ANALYZE SELECT 1",
    "BEGIN",
    "-- nothing",
    "",
    "nonsense",
    "SELECT '",
    "SELECT ?",
    "SELECT nothing FROM verdicts",
    "SELECT * FROM nowhere",
    "SELECT 1/0 + 'a'::INT",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_hostile_sql_is_refused_and_touches_nothing(
    history: Judgements, sql: str, tmp_path: Path
) -> None:
    file, out = tmp_path / "secret.csv", tmp_path / "out"
    file.write_text("secret\n")
    judged = history.positions[0].path
    before = judged.read_bytes()
    text = sql.format(file=file, folder=tmp_path, out=out, judged=judged)
    with pytest.raises(UsageError) as refused:
        answered(history, text)
    assert "secret\n" not in refused.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    assert judged.read_bytes() == before


def test_settings_are_locked(history: Judgements) -> None:
    sql = (
        "SELECT current_setting('enable_external_access'), current_setting('lock_configuration'), "
        "current_setting('python_enable_replacements'), current_setting('memory_limit'), "
        "current_setting('max_temp_directory_size'), current_setting('TimeZone')"
    )
    ((external, locked, python, memory, disk, zone),) = answered(history, sql)
    assert (external, locked, python, zone) == (False, True, False, "UTC")
    assert (memory, disk) == ("488.2 MiB", "0 bytes")


def test_memory_has_an_end_that_is_told(history: Judgements) -> None:
    with pytest.raises(UsageError, match="needs more than 64 MB") as refused:
        list(ask(history, "SELECT random() AS r FROM range(30000000) ORDER BY r", 64).rows)
    assert "--memory" in refused.value.hint


def test_what_is_unknown_is_named(history: Judgements) -> None:
    with pytest.raises(UsageError, match='"colour" not found') as refused:
        answered(history, "SELECT colour FROM verdicts")
    assert "--describe" in refused.value.hint


def test_without_duckdb_it_says_what_to_install(
    history: Judgements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UsageError, match="SQL needs DuckDB") as refused:
        ask(history, "SELECT 1")
    assert 'pip install "reportgen[query]"' in refused.value.hint


def test_without_positions_the_views_are_empty(history: Judgements) -> None:
    nothing = replace(history, positions=(), snapshots=())
    for view in ("verdicts", "variants", "positions", "snapshots", "accounts"):
        assert answered(nothing, f"SELECT count(*) FROM {view}") == [(0,)], view
    assert answered(nothing, "SELECT month FROM verdicts") == []
    assert list(filtered(nothing, Filters()).rows) == []
