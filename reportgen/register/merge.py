"""Entries that come back from a workbook or a form, taken into the register's YAML files.

An entry replaces the one of its id (a response that of its control, accounts and resources); a new
one is added; nothing is deleted. What cannot be right is told with file and row, and the rest is
taken. The file as it was stays beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reportgen.audit.register import FILES, RegisterFault, load_register
from reportgen.errors import UsageError
from reportgen.files import write_private
from reportgen.register.sheets import NESTED, SheetRow, read
from reportgen.yamlsource import load

_FORM = ("by", "signed", "expires")


@dataclass(frozen=True)
class Taken:
    """What an import came to: entries added, changed and the same; rows left open; faults."""

    added: int
    changed: int
    same: int
    blank: int
    faults: tuple[RegisterFault, ...]
    written: tuple[Path, ...]


def rows_of(path: Path) -> list[SheetRow]:
    """The entries of a workbook or of a YAML file. Raises UsageError or ConfigError."""
    if path.suffix.lower() not in (".yaml", ".yml"):
        return read(path)
    source = load(path)
    if not isinstance(source.data, dict) or set(source.data) - set(FILES):
        raise UsageError(f"{path}: holds other keys than {', '.join(FILES)}.")
    return [
        SheetRow(name, source.line((name, index)), item if isinstance(item, dict) else {})
        for name in FILES
        for index, item in enumerate(source.data.get(name) or [])
    ]


def take(folder: Path, path: Path, controls: Iterable[str], answered: Collection[str]) -> Taken:
    """Take the entries of a file into the register in ``folder``."""
    known = set(controls)
    lists = {name: entries_of(folder, name) for name in FILES}
    before = {name: [dict(item) for item in items] for name, items in lists.items()}
    counts = {"added": 0, "changed": 0, "same": 0, "blank": 0}
    faults = []
    for row in rows_of(path):
        if row.name == "attestations" and not any(row.item.get(field) for field in _FORM):
            counts["blank"] += 1
            continue
        fault = _fault(folder, path, row, known, answered)
        if fault is not None:
            faults.append(fault)
            continue
        counts[_put(lists[row.name], row)] += 1
    written = [_write(folder, name, lists[name]) for name in FILES if lists[name] != before[name]]
    return Taken(**counts, faults=tuple(faults), written=tuple(written))


def entries_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """The entries of one list as the file has them; empty where there is no file."""
    path = folder / f"{name}.yaml"
    if not path.exists():
        return []
    data = load(path).data
    entries = data.get(name) if isinstance(data, dict) else None
    return [dict(item) for item in entries or [] if isinstance(item, dict)]


def _fault(
    folder: Path, path: Path, row: SheetRow, controls: set[str], answered: Collection[str]
) -> RegisterFault | None:
    """What is wrong with a row, judged as the register judges its own entries."""
    found = load_register(folder, controls, answered, {row.name: [row.item]})
    if not found.faults:
        return None
    where = f"{path.name}, {row.name}, row {row.number}"
    return RegisterFault(where, found.faults[0].wrong)


def _key(name: str, item: Mapping[str, Any]) -> object:
    if name == "responses":
        accounts, resources = (tuple(item.get(k) or ["*"]) for k in ("accounts", "resources"))
        return item.get("control"), accounts, resources
    return item.get("id")


def _put(entries: list[dict[str, Any]], row: SheetRow) -> str:
    new = dict(row.item)
    for index, old in enumerate(entries):
        if _key(row.name, old) == _key(row.name, new):
            if _plain(old) == _plain(new):
                return "same"
            entries[index] = new
            return "changed"
    entries.append(new)
    return "added"


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """An entry in its long form: what is left out is what it would be."""
    full: dict[str, Any] = {"accounts": ["*"], "resources": ["*"]}
    full |= {k: v for k, v in item.items() if v not in (None, "", [])}
    for name, fields in NESTED.items():
        if name in full:
            parts = [{fields[0]: p} if isinstance(p, str) else p for p in full[name]]
            full[name] = [{k: v for k, v in p.items() if v not in (None, "")} for p in parts]
    return {k: " ".join(v.split()) if isinstance(v, str) else v for k, v in full.items()}


def _write(folder: Path, name: str, entries: Sequence[Mapping[str, Any]]) -> Path:
    path = folder / f"{name}.yaml"
    if path.exists():
        write_private(path.with_suffix(".yaml.before"), path.read_bytes())
    text = yaml.safe_dump(
        {name: [dict(entry) for entry in entries]}, sort_keys=False, allow_unicode=True, width=100
    )
    write_private(path, text.encode("utf-8", "surrogatepass"))
    return path
