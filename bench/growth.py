"""How the policy engine grows: hostile sizes, each beside half of it.

Part of ``make bench-policy``; ``python -m bench.growth`` prints this table alone. CPU time, the
action data loaded already. A ratio near 2 is linear. Rows are those that the caller gets: of one
lint code at most a hundred, with one that says how many more; of a way over many principals the
first steps and the last, with how many lie between.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase
from typing import Any

from reportgen.policy.account import read_account
from reportgen.policy.actions import database
from reportgen.policy.analyse import analyse
from reportgen.policy.lint import lint_text

ACCOUNT = "210987654321"


@dataclass(frozen=True)
class Growth:
    """One case at half its size and at all: CPU seconds, rows and characters of the output."""

    what: str
    half: float
    whole: float
    rows: int
    characters: int

    @property
    def ratio(self) -> float:
        """How much more time twice the size takes."""
        return self.whole / max(self.half, 0.001)


def of_actions(count: int) -> list[str]:
    """Actions of one service, each third with a wildcard."""
    return [f"s3:Get{n}{'*' if n % 3 == 0 else ''}" for n in range(count)]


def of_wildcards(count: int) -> list[str]:
    """Patterns ``*ab*``: a wildcard in the service, so that each is about every action."""
    return [f"*{a}{b}*" for a, b in product(ascii_lowercase, repeat=2)][:count]


def of_services(count: int) -> list[str]:
    """Actions of services that do not exist."""
    return [f"service{n}:Get" for n in range(count)]


def _roles(allows: Sequence[Sequence[tuple[str, str]]], boundary: str = "") -> dict[str, Any]:
    """Roles that trust their account, each with what it is allowed: an action on a resource."""
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    records = []
    for number, allowed in enumerate(allows):
        statements = [{"Effect": "Allow", "Action": a, "Resource": on} for a, on in allowed]
        record: dict[str, Any] = {
            "RoleName": f"r{number}",
            "Path": "/",
            "Arn": _role(number),
            "AssumeRolePolicyDocument": {"Statement": trust},
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": statements}}],
        }
        if boundary:
            record["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundary}
        records.append(record)
    return {"RoleDetailList": records, "UserDetailList": [], "GroupDetailList": [], "Policies": []}


def _role(number: int) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/r{number}"


def of_roles(count: int) -> dict[str, Any]:
    """Roles each of which may assume the next; the last is an administrator."""
    chain = [[("sts:AssumeRole", _role(number + 1))] for number in range(count - 1)]
    return _roles([*chain, [("*", "*")]])


def of_changers(count: int) -> dict[str, Any]:
    """Roles each of which may assume the next, and take denies from all: which leads nowhere."""
    detach = ("iam:DetachRolePolicy", "*")
    return _roles([[("sts:AssumeRole", _role(number + 1)), detach] for number in range(count)])


def of_equals(count: int) -> dict[str, Any]:
    """Roles that may all assume each other, and take each other's boundary: which leads nowhere."""
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    one = [("sts:AssumeRole", "*"), ("iam:DeleteRolePermissionsBoundary", "*")]
    limit = {"Effect": "Allow", "Action": ["sts:*", "iam:*Boundary"], "Resource": "*"}
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": {"Statement": limit}}
    policy = {"PolicyName": "limit", "Arn": boundary, "PolicyVersionList": [version]}
    return {**_roles([one] * count, boundary), "Policies": [policy]}


def _tagged(answer: dict[str, Any], values: int) -> list[dict[str, Any]]:
    """The roles of an answer, each with one of so many values of a tag."""
    records: list[dict[str, Any]] = answer["RoleDetailList"]
    for number, record in enumerate(records):
        record["Tags"] = [{"Key": "team", "Value": f"t{number % values}"}]
    return records


def _adds(record: dict[str, Any], action: str, key: str, value: str) -> None:
    """Give a role one more policy: an action on everything, where a tag has a value."""
    condition = {"StringEquals": {key: value}}
    allow = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
    document = {"Version": "2012-10-17", "Statement": allow}
    record["RolePolicyList"].append({"PolicyName": "tags", "PolicyDocument": document})


def of_taggers(count: int) -> dict[str, Any]:
    """Roles that may all act as and tag each other, each of which asks for another value."""
    answer = _roles([[("sts:AssumeRole", "*"), ("iam:TagRole", "*")]] * count)
    for number, record in enumerate(answer["RoleDetailList"]):
        _adds(record, "s3:*", "aws:PrincipalTag/team", f"t{number}")
    return answer


def of_compared(count: int) -> dict[str, Any]:
    """Roles that may all tag each other, and act as those whose tag is their own."""
    answer = _roles([[("iam:TagRole", "*")]] * count)
    for record in _tagged(answer, count):
        _adds(record, "sts:AssumeRole", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")
    return answer


def of_one_tagger(count: int) -> dict[str, Any]:
    """Roles that may act as those of their own tag, and as one that may tag them all."""
    answer = _roles([[("iam:TagRole", "*")], *([[("sts:AssumeRole", _role(0))]] * (count - 1))])
    for record in _tagged(answer, 40)[1:]:
        _adds(record, "sts:AssumeRole", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")
    return answer


def _linted(actions: Sequence[str]) -> list[Any]:
    deny = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
    return lint_text(json.dumps({"Version": "2012-10-17", "Statement": deny}))


def _analysed(answer: dict[str, Any]) -> list[Any]:
    return analyse([read_account(answer)])


Case = tuple[str, int, Callable[[int], Any], Callable[[Any], list[Any]]]
CASES: tuple[Case, ...] = (
    ("lint: {:,} actions of one service", 300_000, of_actions, _linted),
    ("lint: {:,} patterns *ab*", 676, of_wildcards, _linted),
    ("lint: {:,} unknown services", 20_000, of_services, _linted),
    ("analyse: a chain of {:,} roles", 2_000, of_roles, _analysed),
    ("analyse: {:,} that may change others", 2_000, of_changers, _analysed),
    ("analyse: {:,} that may act as all others", 2_000, of_equals, _analysed),
)
# What is tried of tags is bounded (policy/influence.py): past that the answer is "perhaps".
OF_TAGS: tuple[Case, ...] = (
    ("analyse: {:,} that tag each other", 400, of_taggers, _analysed),
    ("analyse: {:,} whose tags are compared", 400, of_compared, _analysed),
    ("analyse: {:,} that one may tag", 800, of_one_tagger, _analysed),
)


def measured(share: float = 1.0, cases: Sequence[Case] = (*CASES, *OF_TAGS)) -> list[Growth]:
    """Some cases, at a share of their size."""
    database()
    _linted(["s3:GetObject"])
    found = []
    for what, full, make, run in cases:
        count = int(full * share)
        spent = []
        rows: list[Any] = []
        for size in (count // 2, count):
            given = make(size)
            # What earlier cases left is not this one's to clear away.
            gc.collect()
            start = time.process_time()
            rows = run(given)
            spent.append(time.process_time() - start)
        size_of = len(json.dumps(rows))
        found.append(Growth(what.format(count), spent[0], spent[1], len(rows), size_of))
    return found


def table(found: Sequence[Growth]) -> str:
    """The measurements as lines of text."""
    head = f"{'What':40} {'half':>8} {'whole':>8} {'ratio':>6} {'rows':>7} {'characters':>11}"
    lines = [
        f"{g.what:40} {g.half:6.2f} s {g.whole:6.2f} s {g.ratio:6.1f} {g.rows:7,} "
        f"{g.characters:11,}"
        for g in found
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    print(table(measured()))
