"""The main job in one short function for each step: collect, import, assess, report."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.clock import day_end, now, parse_argument, to_text
from reportgen.config import Config, load_config
from reportgen.errors import UsageError
from reportgen.evidence.store import Snapshot, Store
from reportgen.model import Status

if TYPE_CHECKING:
    from reportgen.assess.run import Assessment
    from reportgen.audit.register import Register
    from reportgen.catalogue import Catalogue
