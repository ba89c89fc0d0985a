"""Evidence for tests, in the formats that the AWS CLI exports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from reportgen.collect.exports import read_files
from reportgen.evidence.store import Snapshot, Store
from reportgen.examples.fields import COLUMNS
from reportgen.examples.form import (
    ACCOUNT,
    AS_OF,
    authorization_details,
    credential_report,
    root_row,
    short_form,
)
from tests.evidence.memory import in_memory

__all__ = [
    "ACCOUNT",
    "AS_OF",
    "COLUMNS",
    "authorization_details",
    "credential_report",
    "root_row",
    "short_form",
    "store_with",
]


class _Held(type(Path())):  # type: ignore[misc]
    """A file that is read as if it lay on the disk."""

    content = b""

    def read_bytes(self) -> bytes:
        return self.content


def store_with(
    folder: Path,
    files: dict[str, str | bytes],
    account: str = ACCOUNT,
    collected_at: datetime = AS_OF,
    *,
    memory: bool = False,
) -> tuple[Store, Snapshot]:
    """Import files into a store below ``folder``, or in memory alone; returns both."""
    if not memory:
        folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    for source, content in files.items():
        path = _Held(folder / f"{account}-{collected_at:%Y%m%d}-{source}")
        path.content = content if isinstance(content, bytes) else content.encode()
        if not memory:
            path.write_bytes(path.content)
        paths[source] = path if memory else Path(path)
    store = in_memory() if memory else Store.create(folder / "store")
    items = read_files(account, collected_at, paths, collected_at)
    stamp = collected_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return store, store.add(stamp, items)[0]
