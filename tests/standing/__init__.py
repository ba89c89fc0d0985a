"""What AWS answers where moto does not have the operation: a file for each service.

Each has ``ANSWERS``: ``service:Operation`` -> an answer, or a function of the request (``Asked``)
that gives one or raises ``Refused``. They are what an account has that never used the service; a
test puts its own into ``front.answers``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from tests.shapes import Asked

Answer = Mapping[str, Any] | Callable[[Asked], Mapping[str, Any]]


@cache
def standing_answers() -> Mapping[str, Answer]:
    """The answers of every file, by ``service:Operation``."""
    found: dict[str, Answer] = {}
    for module in pkgutil.iter_modules(__path__):
        for name, answer in importlib.import_module(f"{__name__}.{module.name}").ANSWERS.items():
            assert name not in found, f"{name} is answered twice"
            found[name] = answer
    return found
