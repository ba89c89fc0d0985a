"""Frames of results as the summary has them."""

from __future__ import annotations

import pandas as pd


def frame(rows: list[tuple[str, str, str, str, int]]) -> pd.DataFrame:
    """Rows of account, control, resource, verdict, weight."""
    columns = ["account_id", "control_id", "resource", "verdict", "weight"]
    made = pd.DataFrame(rows, columns=columns).assign(scored=True, carried=False)
    return made.assign(whole=True, superseded=False)
