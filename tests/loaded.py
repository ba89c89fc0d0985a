"""What every run of the command line loads sooner or later; see ``warm.py``."""

from __future__ import annotations

import boto3  # noqa: F401
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

assert own_sources()
assert database().needs_star
assert load_catalogue().controls
