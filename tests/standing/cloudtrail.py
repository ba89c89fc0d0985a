"""CloudTrail: what moto lacks. An account without event data stores."""

from __future__ import annotations

ANSWERS = {"cloudtrail:ListEventDataStores": {"EventDataStores": []}}
