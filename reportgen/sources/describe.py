"""docs/sources.md: what is read, by which calls, with which rights. Written by ``make docs``."""

from __future__ import annotations

from collections.abc import Iterable

from reportgen.sources import own_sources
from reportgen.sources.source import Scope, Source

_HEAD = """# Sources

What `reportgen collect` reads, written from the sources themselves (`reportgen/sources/`, a file
each) by `make docs`. `reportgen init iam-policy` prints the policy that allows these reads and
nothing else. Each source can be imported from a file too: by its flag, or in a folder under one of
its file names; a regional one lies in a folder named after its region.
"""
_SCOPES = {
    Scope.ACCOUNT: "once for each account",
    Scope.REGION: "once for each region of each account",
    Scope.ORGANISATION: "where it is managed: the management account or a delegated administrator",
}


def markdown(sources: Iterable[Source]) -> str:
    """The page: a section for each source."""
    return "\n".join([_HEAD, *(_section(source) for source in sources)])


def _section(source: Source) -> str:
    when = ", on request alone (`collect --also`)" if source.on_request else ""
    lines = [
        f"## {source.name}",
        "",
        f"{source.about[:1].upper()}{source.about[1:]}. Read {_SCOPES[source.scope]}{when}.",
        "",
        f"- Calls: {_code(source.operations)}",
        f"- Rights: {_code(source.needs)}",
        f"- Files: {_code(source.file_names)}",
    ]
    if source.form:
        lines.append(f"- Form of a file: {source.form}")
    if source.mask:
        lines.append(f"- Never kept: {', '.join(source.mask.withheld)}")
    if source.absent:
        lines.append(f"- Not there, rather than not read: {_code(sorted(source.absent))}")
    if source.after:
        lines.append(f"- Read after: {_code(source.after)}")
    return "\n".join([*lines, ""])


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(markdown(own_sources().values()), end="")
