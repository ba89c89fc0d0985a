"""The sample organisation, written where a user wants to look at it."""

from __future__ import annotations

import shutil
from pathlib import Path

from reportgen.clock import parse_moment, to_text
from reportgen.errors import UsageError
from reportgen.evidence.store import Store


def write_sample(folder: Path) -> Path:
    """Write the sample organisation: configuration, register, and a store with its evidence.

    Returns the path of its reportgen.yaml. Raises UsageError when the folder is not empty.
    """
    from reportgen.collect.exports import files_in, read_files
    from reportgen.resources import data_folder

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty.", "Choose a new folder.")
    samples = data_folder("samples")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(samples / "reportgen.yaml", folder / "reportgen.yaml")
    shutil.copytree(samples / "register", folder / "register")
    store = Store.create(folder / "store")
    for month in sorted((samples / "organisation").iterdir()):
        for account in sorted(path for path in month.iterdir() if path.is_dir()):
            stamp = (account / "exported-at.txt").read_text().strip()
            collected_at = parse_moment(stamp)
            items = read_files(account.name, collected_at, files_in(account), collected_at)
            store.add(to_text(collected_at), items)
    return folder / "reportgen.yaml"
