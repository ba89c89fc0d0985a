"""YAML with places: every value knows its line, so that a message can point at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from reportgen.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]
# The data of a text, and the line of each place in it.
Parsed = tuple[Any, dict[Place, int]]
NOT_YAML = (yaml.YAMLError, ValueError, RecursionError)

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class YamlSource:
    """One parsed file: ``data``, and the line (from 1) of each key or item by its place."""

    path: Path
    data: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of ``place``, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def error(self, place: Place, wrong: str, right: str = "") -> ConfigError:
        """Build the error that says file, line, what is wrong and what would be right."""
        return ConfigError(f"{self.path}:{self.line(place)}: {wrong}", right)


def load(path: Path) -> YamlSource:
    """Read a YAML file. Raises ConfigError when it cannot be read or parsed."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text.", "Save the file as UTF-8.") from error
    try:
        data, lines = parsed(text)
    except NotWanted as fault:
        raise ConfigError(f"{path}:{fault.line}: {fault.wrong}", fault.right) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: is not YAML: {error.problem}.") from error
    except NOT_YAML as error:
        raise ConfigError(f"{path}: is not YAML: {error}.") from error
    return YamlSource(path, data, lines)


class NotWanted(Exception):
    """What is YAML, and not taken: the line, what is wrong and what would be right."""

    def __init__(self, line: int, wrong: str, right: str = "") -> None:
        super().__init__(wrong)
        self.line, self.wrong, self.right = line, wrong, right


# What texts come to, the newest last: replays read one catalogue many times.
_memory: dict[str, Parsed] = {}
_MOST = 512


def remembers(text: str) -> bool:
    """Whether a text is parsed already."""
    return text in _memory


def remember(text: str, entry: Parsed) -> None:
    """Keep what a text comes to; of very many the oldest goes."""
    if text not in _memory and len(_memory) >= _MOST:
        del _memory[next(iter(_memory))]
    _memory[text] = entry


def parsed(text: str) -> Parsed:
    """The data of a text and the line of each place; nobody changes what comes back.

    Raises NotWanted, or one of NOT_YAML.
    """
    if text not in _memory:
        remember(text, _parse(text))
    return _memory[text]


def _parse(text: str) -> Parsed:
    loader = _SafeLoader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Place, int] = {(): 1}
        if node is None:
            return None, lines
        _note_lines(node, (), lines)
        return loader.construct_document(node), lines
    finally:
        loader.dispose()


def _note_lines(node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    if len(place) > 50:
        raise NotWanted(node.start_mark.line + 1, "nested deeper than 50 levels.")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise NotWanted(line, f"{name!r} is given twice.", "Keep one of the two.")
            seen.add(name)
            lines[(*place, name)] = line
            _note_lines(value, (*place, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*place, index)] = item.start_mark.line + 1
            _note_lines(item, (*place, index), lines)


def validate(source: YamlSource, model: type[Model]) -> Model:
    """Turn a file's data into ``model``. Raises ConfigError that names the first fault's line."""
    if not isinstance(source.data, dict):
        raise source.error((), "the file must hold a mapping of keys to values.")
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        raise explained(source, model, error) from error


def explained(
    source: YamlSource, model: type[BaseModel], error: ValidationError, under: Place = ()
) -> ConfigError:
    """The first fault that was found in the data at ``under``, with its line."""
    faults = error.errors(include_url=False)
    # A misspelt key shows twice, as one missing and one unknown: the second says more.
    fault = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    inside = tuple(fault["loc"])
    place = (*under, *inside)
    name = ".".join(str(part) for part in inside) or ("the entry" if under else "the file")
    kind = fault["type"]
    if kind == "extra_forbidden":
        known = ", ".join(sorted(_fields_at(model, inside[:-1])))
        return source.error(place, f"{name}: unknown key.", f"Known keys here: {known}.")
    if kind == "missing":
        return source.error(place, f"{name}: is missing.", f"Add the key {place[-1]!r}.")
    given = fault.get("input")
    shown = f" (here: {given!r})" if isinstance(given, str | int | float | bool) else ""
    return source.error(place, f"{name}: {fault['msg']}{shown}.")


def _fields_at(model: type[BaseModel], place: Place) -> set[str]:
    """Names that the model takes at ``place``; empty when the way there is not through models."""
    current: Any = model
    for part in place:
        if isinstance(part, int):
            continue
        info = current.model_fields.get(part) if hasattr(current, "model_fields") else None
        current = _model_within(info.annotation) if info else None
        if current is None:
            return set()
    fields = current.model_fields if hasattr(current, "model_fields") else {}
    return {info.alias or name for name, info in fields.items()}


def _model_within(annotation: Any) -> Any:
    if hasattr(annotation, "model_fields"):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_within(part)
        if found is not None:
            return found
    return None
