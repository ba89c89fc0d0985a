"""An organisation's own checks: functions in Python files of its folder, found by their name.

``check: password_age.young`` is the function ``young`` of ``password_age.py`` there. It has the
form of ours: the facts, then its parameters by keyword with declared kinds; it yields judgements.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from reportgen.assess.judge import Judgement
from reportgen.assess.parameters import declared
from reportgen.assess.records import Unavailable
from reportgen.errors import ConfigError, ReportgenError


def own_check(folder: Path | None, name: str) -> Callable[..., Iterator[Judgement]] | None:
    """The function that ``name`` (module.function) means in the folder; None without such a file.

    Raises ConfigError, with file and line, for a file that cannot be loaded, a function that is
    not there, and parameters without a declared kind.
    """
    module_name, _, function_name = name.partition(".")
    path = (folder or Path()) / f"{module_name}.py"
    if folder is None or not path.is_file():
        return None
    if importlib.util.find_spec(f"reportgen.assess.checks.{module_name}") is not None:
        # It would stand in the place of a check of ours, and no control would say so.
        raise ConfigError(f"{path}: reportgen has checks of that name.", "Name the file otherwise.")
    function = getattr(_loaded(path), function_name, None)
    if not callable(function):
        raise ConfigError(f"{path}: has no function {function_name}, which a control names.")
    try:
        declared(function)
    except (TypeError, NameError) as error:
        line = function.__code__.co_firstlineno
        right = "Annotate it with a kind of reportgen.assess.parameters, such as MaximumDays."
        raise ConfigError(f"{path}:{line}: {error}.", right) from error
    return _guarded(path, function)


@cache
def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"reportgen_own_check_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path}: cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    # It is not our code: whatever it raises is a fault of that file.
    except Exception as error:
        raise _fault(path, error, "cannot be loaded") from error
    return module


def _guarded(path: Path, function: Callable[..., Any]) -> Callable[..., Iterator[Judgement]]:
    """The function, whose own faults end as a message that names file and line."""

    @functools.wraps(function)
    def judge(*given: Any, **parameters: Any) -> Iterator[Judgement]:
        try:
            for judgement in function(*given, **parameters):
                if not isinstance(judgement, Judgement):
                    raise TypeError(f"{function.__name__} gave {judgement!r}, no Judgement")
                yield judgement
        except (Unavailable, ReportgenError):
            raise
        except Exception as error:
            raise _fault(path, error, f"{function.__name__} failed") from error

    return judge


def _fault(path: Path, error: Exception, what: str) -> ConfigError:
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    place = error.__traceback__
    while place is not None:
        if place.tb_frame.f_code.co_filename == str(path):
            line = place.tb_lineno
        place = place.tb_next
    return ConfigError(f"{path}:{line or 1}: {what}: {type(error).__name__}: {error}")
