"""A copy of the catalogue in which one file has one fault, and what is said of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reportgen.catalogue import load_catalogue
from reportgen.errors import ConfigError
from reportgen.resources import data_folder


@dataclass(frozen=True)
class Altered:
    """A copy of ``controls/``, its altered file, and the line (from 1) where that was done."""

    folder: Path
    path: Path
    line: int

    @property
    def length(self) -> int:
        """How many lines the file has."""
        return self.path.read_text().count("\n") + 1


def altered(folder: Path, file: str, old: str, new: str) -> Altered:
    """The catalogue in ``folder``, with the first ``old`` of one file (``catalogue/X.yaml``) gone.

    What is to be replaced must be there.
    """
    shutil.copytree(data_folder("controls"), folder / "controls")
    path = folder / "controls" / file
    before, found, after = path.read_text().partition(old)
    assert found, f"{file} has no {old!r}"
    path.write_text(before + new + after)
    return Altered(folder / "controls", path, before.count("\n") + 1)


def refused(catalogue: Altered, load: Callable[[Path], object] = load_catalogue) -> tuple[str, int]:
    """What is said as the catalogue is refused, and the line of the altered file that it names."""
    with pytest.raises(ConfigError) as caught:
        load(catalogue.folder)
    message = f"{caught.value.message} {caught.value.hint}"
    assert f"{catalogue.path}:" in message
    return message, int(message.split(f"{catalogue.path}:")[1].split(":")[0])
