"""The sources of evidence: a file each, found by being here."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from reportgen.errors import ConfigError
from reportgen.sources.source import Scope, Source

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@cache
def own_sources() -> Mapping[str, Source]:
    """The sources that reportgen carries, by name, each after those that it needs."""
    modules = sorted(m.name for m in pkgutil.iter_modules(__path__))
    loaded = [importlib.import_module(f"{__name__}.{name}") for name in modules]
    return _ordered([m.SOURCE for m in loaded if hasattr(m, "SOURCE")])


def all_sources(folder: Path | None = None) -> Mapping[str, Source]:
    """Our sources, and those of a folder of the organisation's own (a Python file each).

    Raises ConfigError, with the file, for one that cannot be loaded or is not a source, and for a
    name that is taken.
    """
    if folder is None:
        return own_sources()
    if not folder.is_dir():
        raise ConfigError(f"{folder}: sources: is not a folder.")
    known = dict(own_sources())
    for path in sorted(folder.glob("*.py")):
        source = _load(path)
        if source.name in known:
            raise ConfigError(f"{path}: the source {source.name!r} exists already.")
        known[source.name] = source
    return _ordered(known.values())


def chosen(sources: Mapping[str, Source], also: Iterable[str] = ()) -> dict[str, Source]:
    """The sources to read: all but those on request, and of these the ones in ``also``."""
    asked = set(also)
    return {n: s for n, s in sources.items() if n in asked or not s.on_request}


def _load(path: Path) -> Source:
    spec = importlib.util.spec_from_file_location(f"reportgen_own_source_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path}: cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        line = getattr(error, "lineno", None) or _line(error, path)
        said = f"{type(error).__name__}: {error}"
        raise ConfigError(f"{path}:{line}: cannot be loaded: {said}") from error
    source = getattr(module, "SOURCE", None)
    if not isinstance(source, Source):
        raise ConfigError(
            f"{path}: has no SOURCE.", "See docs/contributing-sources.md for the form of a source."
        )
    if not _NAME.fullmatch(source.name):
        raise ConfigError(f"{path}: {source.name!r} is no name.", "Write it like password-policy.")
    return source


def _line(error: BaseException, path: Path) -> int:
    """The line of ``path`` in which an error arose."""
    line, place = 1, error.__traceback__
    while place is not None:
        if place.tb_frame.f_code.co_filename == str(path):
            line = place.tb_lineno
        place = place.tb_next
    return line


def _rank(source: Source) -> tuple[bool, bool, str]:
    """Who is asking comes first: it says whose evidence all the rest is. What is of a region comes
    after the list of regions.
    """
    return source.name != "caller-identity", source.scope is Scope.REGION, source.name


def _ordered(sources: Iterable[Source]) -> dict[str, Source]:
    """By name, but each after those that it needs. Raises ConfigError for what cannot be."""
    waiting = {source.name: source for source in sorted(sources, key=_rank)}
    done: dict[str, Source] = {}
    while waiting:
        ready = [s for s in waiting.values() if all(name in done for name in s.after)]
        if not ready:
            stuck = ", ".join(waiting)
            raise ConfigError(f"Sources that wait for one another, or for none: {stuck}.")
        for source in ready:
            done[source.name] = waiting.pop(source.name)
    return done
