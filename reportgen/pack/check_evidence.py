"""The evidence in a pack: the chain of the store that it is of, and every snapshot whole.

Standard library only: it travels in the pack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reportgen.evidence.chain import Chain, read_chain
from reportgen.evidence.seal import LIST_LIMIT, Seal, parse_list
from reportgen.pack.container import BROKEN, Container, content_of
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import EVIDENCE, STORE, Manifest


class EvidenceCheck:
    """The evidence of one pack.

    ``digests`` has the SHA-256 of every listed file that could be read; ``names`` what each file of
    evidence is, once ``run`` was called: a SHA-256 alone tells nobody what was altered.
    """

    def __init__(
        self, inspection: Inspection, manifest: Manifest, digests: Mapping[str, str]
    ) -> None:
        self._inspection = inspection
        self._manifest = manifest
        self._digests = digests
        self.names: dict[str, str] = {}

    def run(self) -> None:
        """Check the chain in the pack, and that the evidence of every snapshot is there whole."""
        inspection = self._inspection
        try:
            chain = read_chain(_StoreReader(inspection.container))
        except BROKEN as error:
            inspection.flaw("invalid", f"{STORE}chain", "seals", str(error))
            return
        self._chain(chain)
        for name, listed in self._manifest.files.items():
            if name.startswith(EVIDENCE) and name != EVIDENCE + listed.sha256:
                inspection.flaw("invalid", name, "a name that is its SHA-256", listed.sha256)
        held = self._manifest.data["store"].get("snapshots")
        named = {str(one) for one in held} if isinstance(held, list) else set()
        seals = {seal.id: seal for seal in chain.seals}
        # Where the chain itself is flawed, that is told already.
        for one in sorted(named - set(seals)) if not chain.flaws else ():
            inspection.flaw("missing", f"{STORE}chain", f"the seal of {one}", "none")
        for one in sorted(named & set(seals)):
            self._snapshot(seals[one])

    def _chain(self, chain: Chain) -> None:
        """Tell the chain's own flaws, and whether it ends where the manifest says."""
        checked = self._inspection.checked
        for flaw in chain.flaws:
            where = f"{checked.place}: {STORE}{flaw.place}"
            checked.flaws.append(replace(flaw, place=where))
        checked.seals = {link.sequence: link.root for link in chain.links}
        newest = chain.seals[-1].root if chain.seals else "no seal"
        if newest != self._manifest.store_root:
            wanted = f"the root {self._manifest.store_root}"
            self._inspection.flaw("invalid", f"{STORE}chain", wanted, newest)

    def _snapshot(self, seal: Seal) -> None:
        inspection, what = self._inspection, f"the list of files of {seal.id}"
        name = EVIDENCE + seal.files
        self.names[name] = f"list of files of {seal.id}"
        if name not in self._manifest.files:
            inspection.flaw("missing", name, what, "none in the manifest")
            return
        if self._digests.get(name) != seal.files:
            return
        try:
            files = parse_list(content_of(inspection.container, name, LIST_LIMIT), seal.accounts)
        except BROKEN as error:
            inspection.flaw("invalid", name, what, str(error))
            return
        for entry in files:
            there = EVIDENCE + entry["sha256"]
            self.names.setdefault(there, f"{entry['file']} of {seal.id}")
            listed = self._manifest.files.get(there)
            # One content may be that of many files.
            if there in inspection.bad:
                continue
            if listed is None:
                said = f"{entry['file']} of {seal.id}"
                inspection.flaw("missing", there, said, "nothing in the manifest")
            elif listed.bytes != entry["bytes"]:
                said = f"{entry['bytes']} bytes as the snapshot {seal.id} says"
                inspection.flaw("invalid", there, said, f"{listed.bytes} bytes")


class _StoreReader:
    """The store's seals as they lie in a pack, for ``read_chain``."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def listing(self, folder: str) -> dict[str, int]:
        start = f"{STORE}{folder}/" if folder else STORE
        return {
            name[len(STORE) :]: size
            for name, size in self._container.sizes.items()
            if name.startswith(start) and (folder or "/" not in name[len(STORE) :])
        }

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        return content_of(self._container, STORE + name, limit)

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        return map(self.read, names)

    def digest(self, name: str) -> str:
        return hashlib.sha256(self.read(name)).hexdigest()
