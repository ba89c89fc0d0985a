"""What a pack was judged by: configuration, register, catalogue, as files that judge again.

Left out of the configuration: mail, and how accounts are entered (the external id is a secret
between two parties); neither decides a verdict.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml

from reportgen.audit.register import FILES
from reportgen.errors import ConfigError
from reportgen.files import write_private
from reportgen.pipeline import Rules
from reportgen.resources import data_folder
from reportgen.review.closing import CAMPAIGN, CLOSING, DECISIONS
from reportgen.sources import all_sources
from reportgen.sources.source import Source

CONFIGURATION = "configuration/reportgen.yaml"
SHIPPED = "catalogue/shipped"
OWN = "catalogue/own"
REGISTER = "register"
_OWN_FILES: tuple[tuple[Literal["controls", "frameworks", "checks"], str], ...] = (
    ("controls", "*.yaml"),
    ("frameworks", "*.yaml"),
    ("checks", "*.py"),
)
_REVIEW_FILES = (CAMPAIGN, DECISIONS, CLOSING)
_REGISTER_FILES = tuple(f"{name}.yaml" for name in FILES)


def sources(rules: Rules) -> dict[str, Source]:
    """Every source, the organisation's own too, by name."""
    return dict(all_sources(rules.config.sources_path))


def register_files(rules: Rules) -> list[Path]:
    """The files of the register that are there, its reviews, and what is attached to statements."""
    folder = rules.config.register_path
    found = [folder / name for name in _REGISTER_FILES if (folder / name).is_file()]
    # A review that was closed attests controls: without it they would be judged otherwise.
    reviews = [path for name in _REVIEW_FILES for path in folder.glob(f"reviews/*/{name}")]
    return found + sorted(reviews) + [folder / name for name in attachments(rules)]


def attachments(rules: Rules) -> list[str]:
    """Names of the files attached to attestations, below the register's folder."""
    entries = rules.register.attestations
    return sorted({x.file for entry in entries for x in entry.attachments if x.file})


def write(rules: Rules, controls: Path | None, target: Path) -> None:
    """Write configuration, register and catalogue below ``target``."""
    folder = rules.config.register_path
    for path in register_files(rules):
        write_private(target / REGISTER / path.relative_to(folder), path.read_bytes())
    shipped = controls or data_folder("controls")
    for part in ("catalogue", "frameworks"):
        _copy(shipped / part, target / SHIPPED / part, "*.yaml")
    own: dict[str, str] = {}
    for name, kind in _OWN_FILES:
        folder_of_own = rules.config.catalogue_path(name)
        if folder_of_own is not None:
            _copy(folder_of_own, target / OWN / name, kind)
            own[name] = f"../{OWN}/{name}"
    settings = _settings(rules, own)
    if rules.config.sources_path is not None:
        _copy(rules.config.sources_path, target / OWN / "sources", "*.py")
        settings["sources"] = f"../{OWN}/sources"
    text = yaml.safe_dump(settings, sort_keys=True, allow_unicode=True)
    write_private(target / CONFIGURATION, text.encode("utf-8", "surrogatepass"))
    _check(rules, target)


def _settings(rules: Rules, own: dict[str, str]) -> dict[str, Any]:
    kept = rules.config.settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    for name in ("email", "collect", "branding", "templates", "sources", "catalogue"):
        kept.pop(name, None)
    kept["register"] = f"../{REGISTER}"
    if own:
        kept["catalogue"] = own
    return kept


def _copy(source: Path, target: Path, pattern: str) -> None:
    for path in _files(source, pattern):
        write_private(target / path.name, path.read_bytes())


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    return iter(sorted(folder.glob(pattern)))


def _check(rules: Rules, target: Path) -> None:
    """What lies in the pack must be the catalogue that judged, or a replay would be of another."""
    digest = hashlib.sha256()
    order = (
        (SHIPPED + "/catalogue", "*.yaml"),
        (OWN + "/controls", "*.yaml"),
        (SHIPPED + "/frameworks", "*.yaml"),
        (OWN + "/frameworks", "*.yaml"),
        (OWN + "/checks", "*.py"),
    )
    for name, pattern in order:
        for path in _files(target / name, pattern):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    if digest.hexdigest() != rules.catalogue.sha256:
        shutil.rmtree(target, ignore_errors=True)
        raise ConfigError("The catalogue changed while the pack was made.", "Run it again.")
