"""What of an answer may be kept where AWS may answer with a secret.

Such a source names the fields that it keeps, and of everything else nothing reaches a file: not a
field that AWS adds next year either. Where a value may be a secret, its place is kept, and what
``reportgen.sources.secret`` says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Keep = Callable[[Any], Any]

# How a list says that it goes on: whoever judges it must see that it is cut off.
_PAGING = ("IsTruncated", "Marker", "NextToken", "nextToken", "NextMarker")


@dataclass(frozen=True)
class Mask:
    """The keys of an answer that are kept, each with what is kept of its value.

    ``withheld`` names what is never kept, for the envelope and the documentation.
    """

    keys: Mapping[str, Keep]
    withheld: tuple[str, ...]

    def __call__(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The answer without what must not be kept."""
        kept = {key: keep(answer[key]) for key, keep in self.keys.items() if key in answer}
        return kept | {key: answer[key] for key in _PAGING if key in answer}


def plain(value: Any) -> Any:
    """A text, number, date, or list of them; anything else is not kept."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if isinstance(value, Mapping) else value


def only(*names: str, **inner: Keep) -> Keep:
    """Keep these fields of an object, or of each object of a list; ``inner`` says how."""

    def keep(value: Any) -> Any:
        if isinstance(value, list):
            return [keep(item) for item in value]
        if not isinstance(value, Mapping):
            # Damaged is kept as damaged: whoever judges it must not take it for empty.
            return None
        kept = {name: plain(value[name]) for name in names if name in value}
        return kept | {name: how(value[name]) for name, how in inner.items() if name in value}

    return keep
