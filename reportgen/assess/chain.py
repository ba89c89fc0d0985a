"""The chain from a row back to its sources: what a control declares, and what its rows rest on."""

from __future__ import annotations

from collections.abc import Iterable

from reportgen.catalogue import Catalogue, Control
from reportgen.errors import ConfigError
from reportgen.model import Envelope, Result


def sources_of(evidence: Iterable[str], envelopes: Iterable[Envelope]) -> set[str]:
    """The sources behind evidence ids, absent ones too; configuration and register are none."""
    by_id = {e.id: e.source for e in envelopes}
    return {
        by_id[name] if name in by_id else name.rpartition("/")[2].partition("@")[0]
        for name in evidence
        if name in by_id or name.startswith("absent:")
    }


def refuse_undeclared(
    catalogue: Catalogue, control: Control, results: Iterable[Result], envelopes: Iterable[Envelope]
) -> None:
    """Raises ConfigError, with file and line, where rows rest on a source not declared."""
    used = sources_of({name for row in results for name in row.evidence}, envelopes)
    extra = sorted(used - set(control.sources))
    if not extra:
        return
    wrong = f"sources: {control.id} uses {', '.join(extra)} and does not declare it."
    source = catalogue.sources.get(control.id)
    raise source.error(("sources",), wrong) if source else ConfigError(wrong)
