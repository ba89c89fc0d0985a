"""The logo, the colour and the templates of an organisation's own reports."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.errors import ConfigError
from reportgen.render.look import NAVY, Look, load_look

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"


def _config(folder: Path, logo: str = "", accent: str = "", templates: str = "") -> Any:
    branding = SimpleNamespace(logo=logo, accent=accent)
    return SimpleNamespace(
        folder=folder, settings=SimpleNamespace(branding=branding, templates=templates)
    )


def test_nothing_said_is_navy_without_logo_or_templates(tmp_path: Path) -> None:
    assert load_look(_config(tmp_path)) == Look(NAVY, "", None)


def test_an_own_colour_and_folder_are_taken(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    look = load_look(_config(tmp_path, accent="#112233", templates="own"))
    assert look == Look("#112233", "", tmp_path / "own")


@pytest.mark.parametrize(("start", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_a_logo_of_exactly_the_most_bytes_is_taken_and_one_more_refused(
    tmp_path: Path, start: bytes, kind: str
) -> None:
    logo = tmp_path / "logo"
    content = start.ljust(500_000, b"\0")
    logo.write_bytes(content)
    expected = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    assert load_look(_config(tmp_path, "logo")).logo == expected
    logo.write_bytes(content + b"\0")
    with pytest.raises(ConfigError, match="larger than 500 kB"):
        load_look(_config(tmp_path, "logo"))


def test_a_logo_that_is_missing_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_look(_config(tmp_path, "logo"))
    (tmp_path / "logo").write_bytes(b"<svg/>")
    with pytest.raises(ConfigError, match="neither PNG nor JPEG"):
        load_look(_config(tmp_path, "logo"))


def test_templates_that_are_no_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name in ("file", "missing"):
        with pytest.raises(ConfigError, match="is not a folder"):
            load_look(_config(tmp_path, templates=name))
