"""Facts over files given as they are, for tests of one fact at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from reportgen.assess.facts import AccountFacts
from reportgen.assess.organisation import find_organisation
from reportgen.model import AccountInfo
from tests.given import ACCOUNT, AS_OF, store_with

DENIED = "\nAn error occurred (AccessDenied) when calling the X operation: not authorized\n"


def facts_of(
    folder: Path,
    files: Mapping[str, Any],
    *,
    collected_at: datetime = AS_OF,
    as_of: datetime = AS_OF,
    known_accounts: tuple[str, ...] = (),
    third_parties: tuple[str, ...] = (),
    attestations: Mapping[str, str] | None = None,
    **account: Any,
) -> AccountFacts:
    """Facts of one account; answers are texts, or JSON data."""
    texts: dict[str, str | bytes] = {
        source: answer if isinstance(answer, str) else json.dumps(answer)
        for source, answer in files.items()
    }
    _, snapshot = store_with(folder, texts, ACCOUNT, collected_at)
    return AccountFacts(
        AccountInfo(ACCOUNT, "Test", **account),
        snapshot,
        as_of,
        45,
        attestations or {},
        find_organisation({ACCOUNT: snapshot}, as_of, 45),
        known_accounts,
        third_parties,
    )
