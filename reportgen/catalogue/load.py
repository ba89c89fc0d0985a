"""Reads ``controls/`` and the organisation's own folders into one catalogue.

Everything is validated on load; a fault is a ConfigError with file, line, what is wrong and what
would be right.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reportgen import yamlcache
from reportgen.catalogue import wording
from reportgen.catalogue.model import Catalogue, Control, Framework
from reportgen.catalogue.own import Layer, held_to_shipped, merged
from reportgen.catalogue.supports import with_supports
from reportgen.errors import ConfigError
from reportgen.resources import data_folder
from reportgen.sources import all_sources
from reportgen.yamlsource import Place, YamlSource, load, validate

_PARTS = ("catalogue", "frameworks")
# The order in which people think of the families, not that of the alphabet.
_ORDER = (
    "ROOT",
    "MFA",
    "KEY",
    "IDC",
    "LP",
    "BND",
    "POL",
    "ROLE",
    "SCP",
    "E8",
    "SEC",
    "MON",
    "CERT",
    "AUD",
)


@dataclass(frozen=True)
class Own:
    """An organisation's own folders; None for one that it does not have."""

    controls: Path | None = None
    frameworks: Path | None = None
    checks: Path | None = None
    sources: Path | None = None


def _rank(control_id: str) -> tuple[int, str]:
    prefix = control_id.rsplit("-", 1)[0]
    return (_ORDER.index(prefix) if prefix in _ORDER else len(_ORDER), control_id)


# Catalogues made in this process, by folder, digest and known sources: what a run loads a second
# time, or the reviews and packs of one store again and again.
_made: dict[tuple[Path, str, tuple[str, ...]], Catalogue] = {}
_MOST_MADE = 4


def load_catalogue(folder: Path | None = None, own: Own | None = None) -> Catalogue:
    """Load and validate ``folder`` (default: the catalogue that reportgen carries), then ``own``.

    An own control or framework of a new id is added; one that says ``based_on`` takes what it
    does not state from that one, and with the same id stands in its place. Files that are as they
    were are not validated again. Raises ConfigError for the first fault found.
    """
    root = folder or data_folder("controls")
    own = own or Own()
    if own != Own():
        return _loaded(root, own, remember=folder is None)
    key = (root, _digest_of(root), tuple(all_sources(None)))
    made = _made.get(key)
    if made is None:
        made = _loaded(root, own, remember=folder is None)
        while len(_made) >= _MOST_MADE:
            _made.pop(next(iter(_made)), None)
        if made.sha256 == key[1]:  # else a file changed meanwhile
            _made[key] = made
    # Whoever changes these tables changes his own.
    return replace(
        made,
        controls=dict(made.controls),
        frameworks=dict(made.frameworks),
        sources=dict(made.sources),
    )


def _digest_of(root: Path) -> str:
    digest = hashlib.sha256()
    for part in _PARTS:
        for path in sorted((root / part).glob("*.yaml")):
            with suppress(OSError):  # told with its file when it is read
                digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _loaded(root: Path, own: Own, *, remember: bool) -> Catalogue:
    if own.checks is not None and not own.checks.is_dir():
        raise ConfigError(f"{own.checks}: catalogue.checks: is not a folder.")
    digest = hashlib.sha256()
    if remember:  # a catalogue out of a pack leaves nothing on this machine
        with suppress(OSError, UnicodeDecodeError):  # told with its file when it is read
            texts = [p for part in _PARTS for p in sorted((root / part).glob("*.yaml"))]
            yamlcache.recall([path.read_text(encoding="utf-8") for path in texts])
    first = _read(root / "catalogue", digest)
    if not first:
        raise YamlSource(root, None, {}).error((), "holds no control (catalogue/*.yaml).")
    control_files = merged(Layer("control", first, _read_own(own.controls, "controls", digest)))
    known = all_sources(own.sources)
    controls = {key: _control(s, known) for key, s in control_files.items()}
    framework_files = merged(
        Layer(
            "framework",
            _read(root / "frameworks", digest),
            _read_own(own.frameworks, "frameworks", digest),
        )
    )
    added = _added(own.frameworks, framework_files) | _added(own.controls, control_files)
    shipped = {k: s.data.get("parameters") or {} for k, s in first.items() if k in added}
    frameworks = {}
    for key, source in framework_files.items():
        framework = validate(source, Framework)
        _check_framework(source, framework, controls)
        frameworks[key] = (
            framework if key in added else held_to_shipped(framework, shipped, controls)
        )
    frameworks = with_supports(frameworks, controls, control_files)
    _digest_checks(own.checks, digest)
    ordered = {key: controls[key] for key in sorted(controls, key=_rank)}
    sources = {**control_files, **framework_files}
    return Catalogue(
        ordered,
        frameworks,
        digest.hexdigest(),
        sources=sources,
        checks=own.checks,
        own=frozenset(added),
    )


def _added(folder: Path | None, files: Mapping[str, YamlSource]) -> set[str]:
    return {key for key, source in files.items() if source.path.parent == folder}


def _read(folder: Path, digest: Any) -> dict[str, YamlSource]:
    """The files of a folder by the id that each gives itself."""
    found: dict[str, YamlSource] = {}
    for path in sorted(folder.glob("*.yaml")):
        source = load(path)
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        if not isinstance(source.data, dict):
            raise source.error((), "the file must hold a mapping of keys to values.")
        own_id = source.data.get("id")
        if own_id in found:
            raise source.error(("id",), f"id: {own_id} is taken already.", "Ids are unique.")
        if own_id is not None and path.stem != own_id:
            raise source.error(("id",), f"id: {own_id}.", f"The file is named {path.name}.")
        found[path.stem] = source
    return found


def _read_own(folder: Path | None, key: str, digest: Any) -> dict[str, YamlSource]:
    if folder is None:
        return {}
    if not folder.is_dir():
        raise ConfigError(f"{folder}: catalogue.{key}: is not a folder.")
    for path in sorted(folder.glob("*.yml")):
        raise ConfigError(f"{path}: would not be read.", f"Name it {path.stem}.yaml.")
    return _read(folder, digest)


def _digest_checks(folder: Path | None, digest: Any) -> None:
    for path in sorted(folder.glob("*.py")) if folder else ():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")


def _control(source: YamlSource, known: Collection[str]) -> Control:
    control = validate(source, Control)
    for index, name in enumerate(control.sources):
        if name not in known:
            right = f"Known sources: {', '.join(known)}."
            raise source.error(("sources", index), f"sources: unknown source {name!r}.", right)
    for place, template, allowed in _templates(control):
        _check_placeholders(source, place, template, (*allowed, *control.parameters))
    return control


def _templates(control: Control) -> Iterator[tuple[Place, str, tuple[str, ...]]]:
    """The texts of a control that are filled in, and what each may name beside parameters."""
    said, mended = control.finding, control.remediation
    yield ("finding", "one"), said.one, wording.OF_ONE
    yield ("finding", "many"), said.many, wording.OF_MANY
    yield ("finding", "cause"), said.cause, ()
    yield ("finding", "consequence"), said.consequence, wording.OF_ONE
    yield ("remediation", "console"), mended.console, wording.OF_ONE
    yield ("remediation", "terraform"), mended.terraform, wording.OF_ONE
    if isinstance(mended.cli, str):
        yield ("remediation", "cli"), mended.cli, wording.OF_ONE
    else:
        for kind, text in mended.cli.items():
            yield ("remediation", "cli", kind), text, wording.OF_ONE


# A sentence names what it is about, or it would be the same for every resource.
_NEEDED = {"one": ("name", "account"), "many": ("count",)}


def _check_placeholders(
    source: YamlSource, place: Place, template: str, allowed: tuple[str, ...]
) -> None:
    name = ".".join(map(str, place))
    known = ", ".join(f"{{{word}}}" for word in allowed) or "none"
    found = wording.placeholders(template)
    for word in found:
        if word not in allowed:
            said = f"{name}: unknown placeholder {{{word}}}."
            raise source.error(place, said, f"Placeholders here: {known}.")
    if place[:2] == ("remediation", "cli") and any(
        line.lstrip().startswith("#") and wording.placeholders(line)
        for line in template.splitlines()
    ):
        # In a remark nothing is quoted: a name with a line break would leave it.
        raise source.error(place, f"{name}: a remark takes no placeholder.")
    if place[0] == "finding":
        needed = _NEEDED.get(str(place[1]), ())
        if needed and not set(needed) & set(found):
            said = f"{name}: has no {' or '.join(f'{{{word}}}' for word in needed)}."
            raise source.error(place, said, f"Placeholders here: {known}.")
        if re.search(r"[{}]", wording.general(template)):
            said = f"{name}: has a brace that is no placeholder."
            raise source.error(place, said, f"Placeholders here: {known}.")


def _check_framework(
    source: YamlSource, framework: Framework, controls: Mapping[str, Control]
) -> None:
    seen: set[tuple[str, str]] = set()
    groups = {requirement.group for requirement in framework.requirements}
    for group in framework.outside:
        if group != "other" and group not in groups:
            right = f"Groups of this framework: {', '.join(sorted(groups))}; or other."
            raise source.error(("outside", group), f"outside: no group {group!r}.", right)
    for index, requirement in enumerate(framework.requirements):
        place = ("requirements", index)
        key = (requirement.group, requirement.id)
        if key in seen:
            raise source.error((*place, "id"), f"{requirement.id} is listed twice in its group.")
        seen.add(key)
        _check_levels(source, framework, (*place, "levels"), requirement.levels)
        for number, support in enumerate(requirement.controls):
            at = (*place, "controls", number)
            if support.control not in controls:
                right = f"Known controls: {', '.join(sorted(controls))}."
                raise source.error(at, f"unknown control {support.control!r}.", right)
            known = controls[support.control].parameters
            for name in support.parameters:
                if name not in known:
                    right = f"Its parameters: {', '.join(known) or 'none'}."
                    raise source.error(at, f"{support.control} takes no {name!r}.", right)
        if requirement.controls and requirement.reach == "none":
            raise source.error(
                (*place, "reach"),
                f"{requirement.id} has controls, so its reach cannot be none.",
                "Write tested, partly or attestation.",
            )
        if requirement.reach != "none" and not requirement.controls:
            right = "Name the controls, or leave reach out."
            said = f"{requirement.id} has no control, so its reach is none."
            raise source.error((*place, "reach"), said, right)
    _check_counted(source, framework)


def _check_counted(source: YamlSource, framework: Framework) -> None:
    shown = {requirement.id for requirement in framework.requirements}
    for index, row in enumerate(framework.counted):
        _check_levels(source, framework, ("counted", index, "levels"), row.levels)
        for number, own_id in enumerate(row.ids):
            if own_id in shown:
                place = ("counted", index, "ids", number)
                raise source.error(place, f"{own_id} is listed twice.")
            shown.add(own_id)


def _check_levels(
    source: YamlSource, framework: Framework, place: Place, levels: Collection[str]
) -> None:
    for level in levels:
        if level not in framework.levels:
            right = f"Levels of this framework: {', '.join(framework.levels) or 'none'}."
            raise source.error(place, f"unknown level {level!r}.", right)
