"""The roots that reports remember, so that snapshots cut off the newest end are noticed.

Nothing within a store can show that its newest end is gone: whoever takes away seals can take
``head.json`` and ``seen.json`` back too. Each report therefore carries the root that it was made
of; whoever holds an older report, by mail or on paper, holds the store to it.
"""

from __future__ import annotations

from pathlib import Path

from reportgen.evidence.chain import Chain
from reportgen.evidence.seal import strict_json
from reportgen.evidence.store import flawed
from reportgen.evidence.verify import remembered_by


def ends_of(chain: Chain) -> tuple[str, str, int]:
    """What a report keeps of its store: the first seal's root, by which the store is known again,
    and root and number of the newest.

    Seals, not tombstones: a report made again after a prune is the same.
    """
    seals = chain.seals
    return seals[0].root, seals[-1].root, seals[-1].sequence


def check_last_report(chain: Chain, summary: Path) -> None:
    """Hold the store against the last report in ``--out``, where that is of the same store.

    Raises IntegrityError where the report saw a root that the store lacks. A summary that is
    missing, damaged, or from before reports kept roots, says nothing of the store.
    """
    try:
        remembered = remembered_by(summary)
        first = strict_json(summary.read_bytes())["report"].get("store_first")
    except (OSError, ValueError):
        return
    if chain.links and chain.links[0].root != first:
        return
    if flaw := chain.compare(remembered):
        raise flawed(flaw)
