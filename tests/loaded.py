"""What every run of the command line loads sooner or later; see ``warm.py``."""

from __future__ import annotations

import gc

import pandas  # noqa: F401

import reportgen.cli
import reportgen.collect.fleet
import reportgen.pipeline
import reportgen.render.page
import reportgen.render.report
import reportgen.render.workbook
import reportgen.scheduled
import reportgen.summarise.summary  # noqa: F401
from reportgen.catalogue import load_catalogue
from reportgen.policy.actions import database
from reportgen.sources import own_sources
from tests.botomodels import keep_models, read_models

assert own_sources()
assert database().needs_star
assert load_catalogue().controls

keep_models()
_OPERATIONS = {operation for source in own_sources().values() for operation in source.operations}
read_models({operation.partition(":")[0] for operation in _OPERATIONS})
# What is loaded stays: no run looks through it for what could be let go of.
gc.collect()
gc.freeze()
