"""``frameworks``: what the catalogue knows of each, how far evidence reaches, the crosswalk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from reportgen.cli.options import (
    ConfigOption,
    ControlsOption,
    FormatOption,
    ListOrShow,
    known_format,
    print_json,
)
from reportgen.errors import UsageError

if TYPE_CHECKING:
    from reportgen.catalogue import Catalogue, Framework, Requirement
    from reportgen.catalogue.coverage import ReachCounts
    from reportgen.catalogue.thresholds import Threshold
    from reportgen.pipeline import Rules

app = typer.Typer()
frameworks = typer.Typer(
    name="frameworks",
    help="List, show, count and compare the frameworks of the catalogue; alone, list them.",
    cls=ListOrShow,
)
app.add_typer(frameworks)

_Ids = Annotated[
    Optional[list[str]],  # noqa: UP045 - Typer reads this at run time
    typer.Argument(help="Ids of frameworks (default: all)."),
]
_Level = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--level", help="Only requirements of this level."),
]
_ReachOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--reach", help="Only those supported, partly, statement or outside."),
]
_Control = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--control", help="Only what this control supports."),
]


@frameworks.command("list")
def list_(
    output_format: FormatOption = "table",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """List the frameworks and how many of their requirements evidence reaches."""
    from reportgen.catalogue.coverage import coverage_of

    known_format(output_format)
    found = _rules(config, folder).catalogue
    if output_format == "json":
        print_json([_about(f, found) for f in found.frameworks.values()])
        return
    for framework in found.frameworks.values():
        whole = coverage_of(framework)[0]
        reached = whole.supported + whole.partly + whole.statement
        shown = whole.listed - whole.counted
        typer.echo(f"{framework.id:16} {reached:3} of {shown:3}  {framework.title}")


@frameworks.command("show")
def show(
    framework_id: Annotated[str, typer.Argument(help="A framework's id.")],
    level: _Level = None,
    reach: _ReachOption = None,
    control: _Control = None,
    output_format: FormatOption = "table",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Show a framework: its version, sources and requirements."""
    from reportgen.catalogue.coverage import EvidenceReach, narrowed, reach_of

    known_format(output_format)
    catalogue = _rules(config, folder).catalogue
    framework = _one(catalogue, framework_id)
    if level is not None and level not in framework.levels:
        known = ", ".join(framework.levels) or "none"
        raise UsageError(f"{framework.id} has no level {level!r}.", f"Its levels: {known}.")
    if reach is not None and reach not in set(EvidenceReach):
        raise UsageError(f"{reach!r} is no reach.", f"Choose one of {', '.join(EvidenceReach)}.")
    _known_control(catalogue, control)
    wanted = EvidenceReach(reach) if reach else None
    rows = narrowed(framework, level, wanted, control)
    if output_format == "json":
        everything = level is reach is control is None
        told = _about(framework, catalogue)
        told["requirements"] = [_requirement(framework, r) for r in rows]
        told["counted_requirements"] = (
            [row.model_dump(mode="json") for row in framework.counted] if everything else []
        )
        print_json(told)
        return
    typer.echo(f"{framework.title}, {framework.version} ({framework.publisher})")
    typer.echo(f"{framework.scope} {framework.caveat}\n")
    for row in rows:
        controls = ", ".join(s.control for s in row.controls)
        unsure = f" [{row.confidence}]" if row.confidence in ("unverified", "recall") else ""
        said = controls or framework.why(row)
        typer.echo(f"{row.id:12} {reach_of(row).value:9} {row.text}{unsure}: {said}")


@frameworks.command("coverage")
def coverage(
    framework_ids: _Ids = None,
    output_format: FormatOption = "table",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Count the requirements of each framework and level that evidence reaches."""
    from reportgen.catalogue.coverage import coverage_of

    known_format(output_format)
    catalogue = _rules(config, folder).catalogue
    chosen = [_one(catalogue, i) for i in framework_ids or catalogue.frameworks]
    rows = [counts for framework in chosen for counts in coverage_of(framework)]
    if output_format == "json":
        print_json([{**asdict(row), "listed": row.listed} for row in rows])
        return
    columns = ("listed", "supported", "partly", "statement", "outside", "counted", "unsure")
    typer.echo(f"{'framework':27}" + "".join(f"{name:>10}" for name in columns))
    for row in rows:
        typer.echo(_coverage_line(row, columns))


def _coverage_line(row: ReachCounts, columns: tuple[str, ...]) -> str:
    name = f"  {row.level}" if row.level else row.framework
    return f"{name:27}" + "".join(f"{getattr(row, column):10,}" for column in columns)


@frameworks.command("compare")
def compare(
    framework_ids: _Ids = None,
    control: _Control = None,
    store: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--store", help="Judge the latest evidence of this store by each limit."),
    ] = None,
    output_format: FormatOption = "table",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Show one piece of evidence under the limits of several frameworks, side by side."""
    from reportgen.assess.thresholds import crosswalk

    known_format(output_format)
    rules = _rules(config, folder)
    chosen = {_one(rules.catalogue, i).id for i in framework_ids or rules.catalogue.frameworks}
    _known_control(rules.catalogue, control)
    rows = [
        t
        for t in crosswalk(rules.catalogue)
        if (control is None or t.control_id == control)
        and (t.own or chosen & {who.framework for who in t.asked_by})
    ]
    counts = _judged(store, rules, rows) if store else [None] * len(rows)
    if output_format == "json":
        print_json([_threshold(t, c) for t, c in zip(rows, counts, strict=True)])
        return
    before = ""
    for threshold, count in zip(rows, counts, strict=True):
        if threshold.control_id != before:
            typer.echo(f"{threshold.control_id}  {threshold.title}")
            before = threshold.control_id
        typer.echo(_threshold_line(threshold, count))


def _threshold_line(threshold: Threshold, count: dict[str, int] | None) -> str:
    asked = [str(who) for who in threshold.asked_by]
    said = "; ".join(["this catalogue", *asked] if threshold.own else asked)
    judged = "" if count is None else f"{count['fail']:5} fail, {count['pass']:5} pass   "
    return f"  {threshold.said:30} {judged}{said}"


def _threshold(threshold: Threshold, count: dict[str, int] | None) -> dict[str, Any]:
    told: dict[str, Any] = asdict(threshold)
    return told if count is None else {**told, "results": count}


def _judged(store: Path, rules: Rules, rows: list[Threshold]) -> list[dict[str, int] | None]:
    """Resources by verdict under each threshold."""
    from reportgen.model import Verdict
    from reportgen.pipeline import assess_store

    found = assess_store(store, rules, None, sorted({t.control_id for t in rows}))
    own: list[tuple[str, Any, str]] = [
        (r["control_id"], None, r["verdict"]) for r in found["results"]
    ]
    theirs = [(r["control_id"], r["parameters"], r["verdict"]) for r in found["framework_results"]]
    counts: list[dict[str, int] | None] = []
    for threshold in rows:
        parameters: dict[str, str] | None = {k: str(v) for k, v in threshold.parameters.items()}
        if threshold.parameters == rules.catalogue.controls[threshold.control_id].parameters:
            parameters = None
        wanted = threshold.control_id, parameters
        mine = [row[2] for row in (*own, *theirs) if row[:2] == wanted]
        counts.append({v.value: mine.count(v) for v in Verdict})
    return counts


def _rules(config: Path | None, folder: Path | None) -> Rules:
    """Configuration and catalogue; every check is found and fits."""
    from reportgen.assess.run import find_check
    from reportgen.pipeline import prepare

    rules = prepare(config, folder)
    for control in rules.catalogue.controls.values():
        find_check(rules.catalogue, control)
    return rules


def _one(catalogue: Catalogue, framework_id: str) -> Framework:
    if framework_id not in catalogue.frameworks:
        known = ", ".join(sorted(catalogue.frameworks))
        raise UsageError(f"Unknown framework {framework_id!r}.", f"Known frameworks: {known}.")
    return catalogue.frameworks[framework_id]


def _known_control(catalogue: Catalogue, control: str | None) -> None:
    if control is not None and control not in catalogue.controls:
        known = ", ".join(catalogue.controls)
        raise UsageError(f"Unknown control {control!r}.", f"Known controls: {known}.")


def _about(framework: Framework, catalogue: Catalogue) -> dict[str, Any]:
    told = framework.model_dump(mode="json", exclude={"requirements", "counted"}, exclude_none=True)
    return {**told, "own": framework.id in catalogue.own}


def _requirement(framework: Framework, requirement: Requirement) -> dict[str, Any]:
    told = requirement.model_dump(mode="json")
    return {**told, "why": framework.why(requirement)}
