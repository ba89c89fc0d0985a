"""What every run of the command line loads sooner or later; see ``warm.py``."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
from types import SimpleNamespace
from typing import Any

import openpyxl  # noqa: F401
import pyarrow.parquet  # noqa: F401
import xlsxwriter  # noqa: F401

import reportgen
import reportgen.cli
from reportgen.catalogue import load_catalogue
from reportgen.policy.actions import database
from reportgen.render.look import Look
from reportgen.render.templates import environment
from reportgen.sources import own_sources
from tests import engine
from tests.botomodels import keep_models, read_models

# The engine of the PDF is loaded by a process of its own.
_ELSEWHERE = ("reportgen.__main__", "reportgen.render.worker")
for _module in pkgutil.walk_packages(reportgen.__path__, "reportgen."):
    if _module.name not in _ELSEWHERE:
        importlib.import_module(_module.name)

assert own_sources()
assert database().needs_star
assert load_catalogue().controls
assert reportgen.cli.command()

_summary: Any = SimpleNamespace(report=SimpleNamespace(timezone="UTC"))
_templates = environment(_summary, Look())
for _name in _templates.list_templates(("html", "txt")):
    if not _name.startswith("site/"):
        _templates.get_template(_name)

keep_models()
engine.use()
_OPERATIONS = {operation for source in own_sources().values() for operation in source.operations}
read_models({operation.partition(":")[0] for operation in _OPERATIONS})
# As in conftest.py.
os.fsync = os.fstat  # type: ignore[assignment]
# What is loaded stays: no run looks through it for what could be let go of.
gc.collect()
gc.freeze()
