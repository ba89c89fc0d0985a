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

## What it costs

Beside last accessed an account takes requests by its pages and regions, not by its users: with one
region at most 60 for 1,000 users. Last accessed takes two or three for each user and role, and none
for those whose rights did not change and whose report is younger than seven days.

MFA devices are the exception that AWS makes: it lists virtual ones of the whole account, and keys,
passkeys, tokens and SMS numbers a user at a time. With ten users with MFA or fewer each is asked.
With more, AWS's count of the devices in use (GetAccountSummary, MFADevicesInUse) decides: whoever
has MFA and no virtual device is asked, and ten of the others; where the count is the virtual
devices, the others found and the one that root must have, no user has a further one, and the rest
is not asked. The evidence holds the count, who was asked and who was not. Where the count leaves a
device over (root with two keys is enough), cannot be read, or a virtual device was enabled within
the hour, all are asked. So each user with a key or passkey costs a request: AWS leaves no other way
to see its kind. That the count is of all kinds is what AWS wrote in its .NET SDK; its API Reference
names the number without a definition, which is why a sample is asked beside it.
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
