"""A small store of three snapshots, and how to seal anew what was changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.clock import to_text
from reportgen.collect.exports import read_files
from reportgen.evidence.seal import canonical, object_name, seal_name, sha256
from reportgen.evidence.store import Item, Snapshot, Store
from tests.given import short_form

if TYPE_CHECKING:
    from tests.evidence.conftest import Place

FIRST, SECOND = "111122223333", "444455556666"
MOMENTS = [datetime(2026, month, 28, tzinfo=UTC) for month in (7, 8, 9)]
ACCOUNTS = [FIRST, SECOND, FIRST]


def items_of(folder: Path, account: str, moment: datetime, users: int) -> list[Item]:
    given = {"credential-report": [{"user": f"u{users}"}], "account-summary": {"Users": users}}
    paths = {}
    folder.mkdir(parents=True, exist_ok=True)
    for source, content in short_form(given, account).items():
        paths[source] = folder / source
        paths[source].write_text(content)
    return read_files(account, moment, paths, moment)


def add(place: Place, folder: Path, account: str, moment: datetime, users: int) -> Snapshot:
    items = items_of(folder, account, moment, users)
    return Store.create(place.store).add(to_text(moment), items)[0]


def three(place: Place, folder: Path) -> list[Snapshot]:
    """Snapshots of July (first account), August (second) and September (first)."""
    return [
        add(place, folder / str(n), account, moment, n)
        for n, (account, moment) in enumerate(zip(ACCOUNTS, MOMENTS, strict=True), start=1)
    ]


def load(place: Place, name: str) -> Any:
    return json.loads(place.read(name))


def reseal(place: Place, number: int, /, **changes: Any) -> str:
    """Write a seal with other fields and the root that fits them; returns that root."""
    data = {**load(place, seal_name(number)), **changes}
    del data["root"]
    data["root"] = sha256(canonical(data))
    place.write(seal_name(number), canonical(data))
    return str(data["root"])


def put(place: Place, content: bytes) -> str:
    digest = sha256(content)
    place.write(object_name(digest), content)
    return digest


def files(place: Place, sequence: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(
        place, object_name(load(place, seal_name(sequence))["files"])
    )
    return found


def item(place: Place, sequence: int, ending: str) -> str:
    """The object of a file of a snapshot, by the end of the file's name."""
    digest = next(e["sha256"] for e in files(place, sequence) if e["file"].endswith(ending))
    return object_name(digest)


def relist(place: Place, sequence: int, listed: Any) -> str:
    """Seal a snapshot anew over another list of files."""
    return reseal(place, sequence, files=put(place, canonical(listed)))
