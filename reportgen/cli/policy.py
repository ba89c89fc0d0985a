"""The commands below ``reportgen policy``: arguments in, exit code out."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Optional

import typer

from reportgen.cli.options import known_format, print_json
from reportgen.errors import UsageError
from reportgen.render.results import printable

app = typer.Typer(
    name="policy",
    help="Judge IAM policies as AWS does: decide requests, lint documents, analyse accounts.",
    no_args_is_help=True,
)
_Format = Annotated[str, typer.Option("--format", help="table or json.")]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error


@app.command()
def simulate(
    cases: Annotated[Path, typer.Argument(help="File of cases, one JSON object a line.")],
) -> None:
    """Decide requests: a line of JSON for each case, with the decision and what it rests on.

    A case has id, principal, action, resource, resource_account, context, identity_policies,
    permissions_boundary, session_policy, scps, rcps (documents for each level, root first),
    resource_policy and endpoint_policy. Cases are read, decided and told one by one. Exit code 3
    if a line could not be read as a case.
    """
    from reportgen.policy.cases import simulate as decide_all

    broken = False
    for row in decide_all(_lines(cases)):
        broken = broken or "error" in row
        # A lone surrogate, which UTF-8 cannot hold, is written as JSON escapes it.
        text = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")
        typer.echo(text.decode("utf-8"))
    if broken:
        raise typer.Exit(3)


def _lines(path: Path) -> Iterator[str | bytes]:
    """The lines of a file, one at a time: bytes, or text where the file is marked as UTF-16."""
    from reportgen.policy.cases import MOST_LINE

    try:
        with path.open("rb") as raw:
            if raw.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raw.seek(0)
                yield from io.TextIOWrapper(raw, "utf-16", "replace", newline="\n")
                return
            raw.seek(0)
            while line := raw.readline(MOST_LINE + 1):
                yield line
                # The rest of a line too long is no case of its own.
                while len(line) > MOST_LINE and not line.endswith(b"\n"):
                    line = raw.readline(MOST_LINE + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error


@app.command()
def lint(
    files: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    output_format: _Format = "table",
    kind: Annotated[
        str,
        typer.Option(
            "--type",
            help="identity (or what it hangs on: managed, user, group, role), scp, rcp, trust or "
            "resource; else guessed.",
        ),
    ] = "",
    fail_on: Annotated[
        Optional[str],  # noqa: UP045 - Typer reads this at run time
        typer.Option(help="Exit 1 on error, security-warning, warning or suggestion, or worse."),
    ] = None,
) -> None:
    """Find what is wrong with policies: their form, and what they lead to that nobody meant."""
    from reportgen.policy.lint import HOLDERS, KINDS, ORDER, lint_text

    known_format(output_format)
    known = (*KINDS, *HOLDERS)
    if kind and kind not in known:
        raise UsageError(f"{kind!r} is not a type of policy.", f"Choose {', '.join(known)}.")
    if fail_on is not None and fail_on not in ORDER:
        raise UsageError(f"{fail_on!r} is not a severity.", f"Choose {', '.join(ORDER)}.")
    rows = []
    for path in _files(files):
        rows += [{"file": str(path), **row} for row in lint_text(_read(path), kind)]
    if output_format == "json":
        print_json(rows)
    else:
        for row in rows:
            where = f"{row['file']}:{row['line']}"
            typer.echo(printable(f"{where}: {row['severity']}: {row['code']}: {row['message']}"))
        plural = "" if len(rows) == 1 else "s"
        typer.echo(f"{len(rows)} finding{plural}.", err=True)
    if fail_on is not None and any(ORDER[r["severity"]] <= ORDER[fail_on] for r in rows):
        raise typer.Exit(1)


def _files(given: Iterable[Path]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            found = sorted(path.glob("*.json"))
            if not found:
                raise UsageError(f"{path} holds no .json file.")
            yield from found
        else:
            yield path


@app.command()
def analyse(
    authorization_details: Annotated[
        list[Path],
        typer.Option(help="Export of iam get-account-authorization-details; may be repeated."),
    ],
    scps: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="SCPs by level, root first: a list of lists, or one for each account."),
    ] = None,
    output_format: _Format = "table",
) -> None:
    """Tell who is an administrator, and who can become one, in one account or across several."""
    from reportgen.clock import now
    from reportgen.evidence.answers import AnswerError, decode, parse
    from reportgen.policy.account import read_account
    from reportgen.policy.analyse import analyse as analyse_accounts
    from reportgen.policy.analyse import scps_of
    from reportgen.sources import own_sources

    known_format(output_format)
    accounts = []
    for path in authorization_details:
        try:
            accounts.append(
                read_account(
                    parse(
                        "authorization-details",
                        _read(path),
                        own_sources()["authorization-details"].keys,
                    )
                )
            )
        except AnswerError as error:
            raise UsageError(f"{path}: {error}.") from error
        for problem in accounts[-1].problems:
            typer.echo(printable(f"{path}: {problem}."), err=True)
    levels = {}
    if scps is not None:
        try:
            levels = scps_of(json.loads(decode(_read(scps))))
        except (AnswerError, ValueError, RecursionError) as error:
            raise UsageError(f"{scps}: not JSON: {error}.") from error
    rows = analyse_accounts(accounts, levels, now())
    if output_format == "json":
        print_json(rows)
        return
    for row in rows:
        if row["admin"] != "none" or row["not_judged"]:
            paths = ", ".join(p["id"] for p in row["paths"][:6])
            more = f" and {len(row['paths']) - 6} more" if len(row["paths"]) > 6 else ""
            tail = paths + more or "; ".join(row["reasons"][:1])
            typer.echo(printable(f"{row['admin']:12} {row['arn']}  {tail}"))
    total = {kind: sum(r["admin"] == kind for r in rows) for kind in _ADMIN}
    shown = ", ".join(f"{_ADMIN[kind]} {count}" for kind, count in total.items())
    typer.echo(f"Principals {len(rows)}: {shown}.", err=True)


_ADMIN = {
    "full": "administrators",
    "conditional": "under conditions",
    "escalation": "by escalation",
    "none": "neither",
}
