"""One bad field never helps: null, another type or nothing in its place, over every example.

Every field of every source that an example gives is damaged alone, in all records at once. What AWS
leaves out where there is nothing may be gone; a policy's own words have their meaning, and are only
damaged so that they are no policy any more.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.run import find_check
from reportgen.catalogue import Control
from reportgen.errors import UsageError
from reportgen.sources import own_sources
from reportgen.sources.rows import Each, Form, Maybe, Null
from tests.assess.test_removal import denied
from tests.assess.test_removal_examples import CATALOGUE, faults, judge, refused
from tests.given import short_form

Path_ = tuple[str, ...]
GONE = object()
# Elements that AWS leaves out of a record which has none (IAM and Organizations API references).
LEFT_OUT = {
    "AttachedManagedPolicies",
    "GroupList",
    "GroupPolicyList",
    "PasswordLastUsed",
    "Path",
    "PermissionsBoundary",
    "RoleLastUsed",
    "RolePolicyList",
    "Tags",
    "User",
    "logConfiguration",
    "UserPolicyList",
}
# Texts that are looked through for secrets on the way in: another content, and no damage.
SCANNED = {"Variables", "buildspec", "command", "entryPoint", "environment", "options", "UserData"}
POLICIES = {"AssumeRolePolicyDocument", "Document", "InlinePolicy", "PolicyDocument"}


def other_type(value: Any) -> Any:
    """A value that no API gives in the place of ``value``."""
    if isinstance(value, list):
        return "a text"
    return ["a", "list"] if isinstance(value, dict) else {"an": "object"}


WAYS: dict[str, Callable[[Any], Any]] = {
    "null": lambda _: None,
    "another type": other_type,
    "gone": lambda _: GONE,
}


def places(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every field of a JSON answer; ``*`` stands for the items of a list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from places(inner, (*at, key))
    elif isinstance(value, list):
        for item in value:
            yield from places(item, (*at, "*"))


def changed(value: Any, at: Path_, change: Callable[[Any], Any]) -> Any:
    if not at:
        return change(value)
    if isinstance(value, list):
        return [changed(item, at[1:], change) for item in value]
    if not isinstance(value, dict) or at[0] not in value:
        return value
    inner = changed(value[at[0]], at[1:], change)
    rest = {key: inner if key == at[0] else kept for key, kept in value.items()}
    return {key: kept for key, kept in rest.items() if kept is not GONE}


def has_its_meaning(form: Form, at: Path_, way: str) -> bool:
    """Whether the source says that the field may be left out, or that its null says "none"."""
    for key in at:
        while isinstance(form, Maybe | Null):
            form = form.form
        if isinstance(form, list):
            form = form[0]
        elif isinstance(form, Each):
            form = form.form
        elif isinstance(form, dict) and key in form:
            form = form[key]
        else:
            return False
    optional = isinstance(form, Maybe)
    inner = form.form if isinstance(form, Maybe) else form
    return optional if way == "gone" else way == "null" and isinstance(inner, Null)


def damaged_json(
    content: bytes, ways: Iterator[str], rows: Form = dict
) -> Iterator[tuple[str, bytes]]:
    answer = json.loads(content)
    for at in dict.fromkeys(places(answer)):
        if SCANNED & set(at):
            continue
        way = next(ways)
        kept = bool(POLICIES & set(at[:-1])) or at[-1] in LEFT_OUT
        while (way == "gone" and kept) or has_its_meaning(rows, at, way):
            way = next(ways)
        left = changed(answer, at, WAYS[way])
        yield f"{'.'.join(at)} {way}", json.dumps(left).encode()


CELLS = ("", "perhaps", "not_supported")


def damaged_csv(content: bytes, cells: Iterator[str]) -> Iterator[tuple[str, bytes]]:
    head, *rows = csv.reader(io.StringIO(content.decode()))
    for column, name in enumerate(head):
        cell = next(cells)
        text = io.StringIO()
        changed_rows = [[*row[:column], cell, *row[column + 1 :]] for row in rows]
        csv.writer(text).writerows([head, *changed_rows])
        yield f"{name} {cell or 'empty'}", text.getvalue().encode()


# Of the newest sources, whose answers do not declare their rows yet: what a damaged field would do
# there is known to be wrong, and still to be mended.
PENDING: set[str] = set()
CONTROLS = [c for c in CATALOGUE.controls.values() if c.id not in PENDING]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_no_field_that_is_damaged_makes_a_pass(control: Control, tmp_path: Path) -> None:
    """Each field in one way, the ways in turn, so that over the examples it meets them all."""
    check = find_check(CATALOGUE, control)
    ways, cells = cycle(WAYS), cycle(CELLS)
    wrong = []
    for example in control.examples:
        files = {s: text.encode() for s, text in short_form(example.given).items()}
        files |= dict.fromkeys(refused(example), denied(b""))
        whole = judge(control, check, example, files, tmp_path)
        for source, content in files.items():
            if source in refused(example):
                continue
            is_json = content.lstrip().startswith(b"{")
            rows = own_sources()[source.partition("@")[0]].rows
            left = damaged_json(content, ways, rows) if is_json else damaged_csv(content, cells)
            for name, damaged in left:
                try:
                    after = judge(control, check, example, {**files, source: damaged}, tmp_path)
                except UsageError:
                    # Refused on the way in: the store keeps no such file.
                    continue
                said = faults(whole, after)
                wrong += [f"{example.name}: {source}, {name}: {fault}" for fault in said]
    assert wrong == []
