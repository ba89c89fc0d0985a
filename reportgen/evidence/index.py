"""The index of a chain: seals a hundred to a file, so that opening reads few files.

``index/00000100.jsonl`` has the links 1 to 100 of the chain, a line each, byte for byte, and so on.
It is derived. A link of it counts only as its root fits the link after it, and the newest link is
always read from ``chain/``, so that an index can say nothing else than the chain does: a file that
is damaged, half-written, of another chain or gone is passed over, and made again. Every name and
size in ``chain/`` is looked at meanwhile; a seal of which other bytes of the same number lie there
is seen when its snapshot is read, and by `verify`, which reads no index.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from reportgen.evidence.chain import Chain, read_chain
from reportgen.evidence.medium import Medium
from reportgen.evidence.seal import LIST_LIMIT, seal_name

FOLDER = "index"
SPAN = 100


def index_name(last: int) -> str:
    """The file of the index whose last link has this number."""
    return f"{FOLDER}/{last:08}.jsonl"


def read_indexed(medium: Medium) -> Chain:
    """As ``read_chain``, from few files. Renews what the index lacks, where it may write there."""
    reader = _IndexedReader(medium)
    chain = read_chain(reader)
    if chain.flaws and reader.used:
        # Whatever is wrong, it is the chain itself that must say so.
        reader.used.clear()
        chain = read_chain(medium)
    if not chain.flaws:
        _renew(medium, chain, reader.used)
    return chain


def _renew(medium: Medium, chain: Chain, good: set[int]) -> None:
    # The newest link is read from the chain in any case: a file is made once it is behind that.
    for last in range(SPAN, len(chain.links), SPAN):
        if last not in good:
            lines = [link.sealed()[1] for link in chain.links[last - SPAN : last]]
            try:
                medium.put(index_name(last), b"\n".join(lines))
            except OSError:
                # Read-only, or full: the chain is read without an index then, as before.
                return


class _IndexedReader:
    """A medium whose ``chain/`` is read from the index as far as that goes.

    ``used`` has the last number of each file of the index that served.
    """

    def __init__(self, medium: Medium) -> None:
        self._medium = medium
        self._sizes: dict[str, int] = {}
        self.used: set[int] = set()

    def listing(self, folder: str) -> dict[str, int]:
        found = self._medium.listing(folder)
        if folder == "chain":
            self._sizes = found
        return found

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        return self._medium.read(name, limit)

    def digest(self, name: str) -> str:
        return self._medium.digest(name)

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        wanted = list(names)
        known = self._known(wanted)
        rest = iter(self._medium.read_all([name for name in wanted if name not in known]))
        for name in wanted:
            yield known[name] if name in known else next(rest)

    def _known(self, wanted: list[str]) -> dict[str, bytes]:
        """The links that the index has, by their name in the chain."""
        there = set(wanted[:-1])
        if len(there) < SPAN:
            return {}
        found: dict[str, bytes] = {}
        files = self._medium.listing(FOLDER)
        spans = [last for last in range(SPAN, len(wanted), SPAN) if index_name(last) in files]
        # One that vanishes meanwhile is as good as none.
        with contextlib.suppress(OSError):
            contents = self._medium.read_all([index_name(last) for last in spans])
            for last, content in zip(spans, contents, strict=True):
                lines = content.split(b"\n")
                named = [seal_name(n) for n in range(last - SPAN + 1, last + 1)]
                if [self._sizes.get(name) for name in named] == [len(line) for line in lines]:
                    found.update(zip(named, lines, strict=True))
                    self.used.add(last)
        return {name: line for name, line in found.items() if name in there}
