"""A line of SQL over the judged history, by DuckDB, which can reach nothing else.

The SQL is its writer's and not trusted: it may have come with a ticket. It is one statement that
reads; files, network, extensions, Python's variables and settings are shut before it runs, and it
has so much memory and no more, on disk neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from reportgen.errors import UsageError
from reportgen.query.history import Judgements
from reportgen.query.selection import Selection, Value
from reportgen.query.views import (
    ACCOUNTS,
    CONTROLS,
    POSITIONS,
    REQUIREMENTS,
    SNAPSHOTS,
    VARIANTS,
    VERDICTS,
    View,
)

if TYPE_CHECKING:
    import duckdb

MEMORY_MB = 512
_BATCH = 1000
# As ``verdicts/text.py`` writes a backslash; the rest of what it escapes is no Unicode, and stays.
_PLAIN = "replace({0}, chr(92) || chr(92), chr(92)) AS {0}"
_ESCAPED = {"resource", "name", "reason"}
_KINDS = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}


def ask(history: Judgements, sql: str, memory_mb: int = MEMORY_MB) -> Selection:
    """Ask one statement that reads; its rows come as they are found.

    Raises UsageError where DuckDB is not installed, for what is no single statement that reads, and
    for what the engine says against it: an unknown column, a file, more memory than there is.
    """
    try:
        import duckdb
    except ImportError:
        raise UsageError(
            "SQL needs DuckDB.",
            'Install it with reportgen: pip install "reportgen[query]". Filters need no SQL: '
            "--control, --month, --verdict.",
        ) from None
    connection = duckdb.connect(":memory:")
    _views(connection, history)
    _shut(connection, memory_mb)
    try:
        statement = _only(connection, sql)
        connection.execute(statement)
        columns = tuple(column[0] for column in connection.description or ())
    except duckdb.Error as error:
        raise _said(error, memory_mb) from error
    return Selection(columns, _rows(connection, duckdb.Error, memory_mb))


def _rows(
    connection: duckdb.DuckDBPyConnection, fault: type[Exception], memory_mb: int
) -> Iterator[Sequence[Value]]:
    try:
        while rows := connection.fetchmany(_BATCH):
            yield from rows
    except fault as error:
        raise _said(error, memory_mb) from error
    finally:
        connection.close()


def _only(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The statement, where it is one and reads. Raises UsageError."""
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type.name != "SELECT":
        raise UsageError(
            "A question is one statement that reads: SELECT, WITH, FROM, DESCRIBE.",
            "`reportgen query --describe` lists the views and their columns.",
        )
    return statements[0]


def _said(error: Exception, memory_mb: int) -> UsageError:
    text = str(error).strip()
    if text.startswith("Out of Memory"):
        return UsageError(
            f"The question needs more than {memory_mb} MB.",
            "Ask about fewer months or columns, or give it more: --memory.",
        )
    return UsageError(
        f"SQL: {text}", "`reportgen query --describe` lists the views and their columns."
    )


def _shut(connection: duckdb.DuckDBPyConnection, memory_mb: int) -> None:
    """Shut whatever lies outside the views; the last setting keeps the others as they are."""
    for setting in (
        "enable_external_access = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "python_enable_replacements = false",
        "max_temp_directory_size = '0B'",
        f"memory_limit = '{memory_mb}MB'",
        "TimeZone = 'UTC'",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def _views(connection: duckdb.DuckDBPyConnection, history: Judgements) -> None:
    connection.register("judged", history.rows())
    for view, condition in ((VERDICTS, "IS NULL"), (VARIANTS, "IS NOT NULL")):
        columns = ", ".join(
            _PLAIN.format(column.name) if column.name in _ESCAPED else column.name
            for column in view.columns
        )
        connection.execute(
            f"CREATE VIEW {view.name} AS SELECT {columns} FROM judged "  # noqa: S608 - our names
            f"WHERE parameters {condition}"
        )
    for view, rows in (
        (POSITIONS, _positions(history)),
        (SNAPSHOTS, _snapshots(history)),
        (ACCOUNTS, _accounts(history)),
        (CONTROLS, _controls(history)),
        (REQUIREMENTS, _requirements(history)),
    ):
        connection.register(view.name, _table(view, rows))


def _table(view: View, rows: Sequence[Sequence[Value]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(view.columns)
    return pa.table(
        {
            column.name: pa.array(values, _KINDS[column.kind])
            for column, values in zip(view.columns, columns, strict=True)
        }
    )


def _positions(history: Judgements) -> list[Sequence[Value]]:
    return [
        (
            one.month,
            one.point.day,
            one.point.account,
            one.account,
            one.point.snapshot.id,
            one.point.snapshot.collected_at,
            one.point.carried is not None,
        )
        for one in history.positions
    ]


def _snapshots(history: Judgements) -> list[Sequence[Value]]:
    return [
        (each.id, each.seal.sequence, each.collected_at, account, each.seal.root)
        for each in history.snapshots
        for account in each.accounts
    ]


def _accounts(history: Judgements) -> list[Sequence[Value]]:
    months: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for one in history.positions:
        months.setdefault(one.point.account, []).append(one.month)
        names[one.point.account] = one.account
    found: list[Sequence[Value]] = []
    for account in sorted(months):
        known = history.rules.config.account(account)
        environment = (known.environment if known else None) or ""
        owner = known.owner if known else ""
        span = months[account]
        found.append((account, names[account], environment, owner, span[0], span[-1]))
    return found


def _controls(history: Judgements) -> list[Sequence[Value]]:
    return [
        (c.id, c.title, c.family, c.severity.value, c.cadence, c.scored, c.statement)
        for c in history.rules.catalogue.controls.values()
    ]


def _requirements(history: Judgements) -> list[Sequence[Value]]:
    return [
        (framework.id, requirement.id, support.control)
        for framework in history.rules.catalogue.frameworks.values()
        for requirement in framework.requirements
        for support in requirement.controls
    ]
