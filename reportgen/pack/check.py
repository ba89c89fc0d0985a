"""Check packs: each file, the seals, the evidence's chain, and the packs as a row.

Standard library and ``seal.py`` only: ``bundle.py`` makes ``verify.py`` of it, which travels in
the pack and is run by whoever trusts nothing. Flaws are ``invalid`` (not what the manifest, the
signature or the chain says), ``missing``, ``extra``, ``gap`` (a pack, volume or seal between
others is gone), ``reordered``, ``unsigned``, ``wrong key`` (also one that expired), ``version``;
and those of ``seal.py`` for the chain of evidence in a pack.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reportgen.evidence.seal import Flaw
from reportgen.pack.check_evidence import EvidenceCheck
from reportgen.pack.check_pdf import check_pdf
from reportgen.pack.check_seals import check_signature, check_stamp, check_sums
from reportgen.pack.checked import Checked, Trust
from reportgen.pack.container import BROKEN, Codec, chunks, opened
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import (
    MANIFEST,
    MANIFEST_LIMIT,
    PACK_VERSION,
    SEALS,
    Listed,
    Manifest,
    OtherVersion,
    parse_manifest,
)
from reportgen.pack.row import hold_row
from reportgen.pack.shown import check_redaction, check_shown

_READERS = min(4, os.cpu_count() or 1)
# Small files go to a thread together: to hand one over takes longer than to hash it.
_TOGETHER = 1 << 20


def check(paths: Sequence[Path], trust: Trust, codec: Codec = zlib) -> list[Checked]:
    """Check every pack, and all of them as a row. Never raises for what lies in them.

    ``codec`` inflates what lies in a zip.
    """
    found = [check_pack(path, trust, codec) for path in paths]
    for root in sorted(trust.roots - {c.manifest.root for c in found if c.manifest}):
        place = "the packs given" if len(found) > 1 else found[0].place
        roots = ", ".join(c.manifest.root for c in found if c.manifest) or "none"
        found[0].flaws.append(Flaw("invalid", place, f"the root {root}", roots))
    hold_row(found)
    return found


def check_pack(path: Path, trust: Trust, codec: Codec = zlib) -> Checked:
    """Check one pack: a zip, its volumes, or the folder that it was unpacked to."""
    checked = Checked(str(path))
    container, checked.flaws = opened(path, codec)
    if container is None:
        return checked
    try:
        checked.flaws += container.flaws
        _Check(Inspection(container, checked), trust).run()
    finally:
        container.close()
    return checked


class _Check:
    """One pack on its way through the checks."""

    def __init__(self, inspection: Inspection, trust: Trust) -> None:
        self._inspection = inspection
        self._trust = trust

    def run(self) -> None:
        """Check everything that can be checked; flaws and notes are in the inspection."""
        inspection = self._inspection
        content = inspection.small(MANIFEST, MANIFEST_LIMIT)
        manifest = None if content is None else self._manifest(content)
        if content is None or manifest is None:
            return
        inspection.checked.manifest = manifest
        self._listed(manifest)
        found = self._hashed(manifest)
        digests = {name: digest for name, (digest, _) in found.items()}
        evidence = EvidenceCheck(inspection, manifest, digests)
        evidence.run()
        self._contents(manifest, found, evidence.names)
        check_sums(inspection, manifest, content)
        check_signature(inspection, manifest, content, self._trust)
        stamped = check_stamp(inspection, manifest, self._trust)
        check_pdf(inspection, manifest, self._trust, stamped)
        check_redaction(inspection, manifest)
        for path in self._trust.shown:
            check_shown(inspection, path)

    def _manifest(self, content: bytes) -> Manifest | None:
        try:
            return parse_manifest(content)
        except OtherVersion as error:
            self._inspection.flaw("version", MANIFEST, f"version {PACK_VERSION}", str(error))
        except ValueError as error:
            self._inspection.flaw("invalid", MANIFEST, "a manifest", str(error))
        return None

    def _listed(self, manifest: Manifest) -> None:
        """Tell what only the manifest has, and what only the pack has."""
        inspection, there = self._inspection, self._inspection.container.sizes
        for name in manifest.files:
            if name not in there:
                inspection.flaw("missing", name, "a file that the manifest names", "no such file")
        for name in there:
            if name not in manifest.files and name not in SEALS and name not in inspection.bad:
                inspection.flaw("extra", name, "nothing, for the manifest", "a file")

    def _hashed(self, manifest: Manifest) -> dict[str, tuple[str, int]]:
        """SHA-256 and bytes of every listed file that is there and can be read."""
        container, bad = self._inspection.container, self._inspection.bad
        wanted = [n for n in manifest.files if n in container.sizes and n not in bad]
        found: dict[str, tuple[str, int]] = {}

        def one(name: str) -> tuple[str, int, str]:
            digest, size = hashlib.sha256(), 0
            try:
                for part in chunks(container, name, manifest.files[name].bytes):
                    digest.update(part)
                    size += len(part)
            except BROKEN as error:
                return "", size, str(error) or type(error).__name__
            return digest.hexdigest(), size, ""

        def some(names: list[str]) -> list[tuple[str, str, int, str]]:
            return [(name, *one(name)) for name in names]

        # Hashing and inflating both let other threads go on meanwhile.
        with ThreadPoolExecutor(_READERS) as pool:
            for told in pool.map(some, _batches(wanted, manifest)):
                for name, digest, size, fault in told:
                    self._inspection.checked.files += 1
                    self._inspection.checked.bytes += size
                    if fault:
                        self._inspection.flaw("invalid", name, "content that can be read", fault)
                    else:
                        found[name] = digest, size
        return found

    def _contents(
        self, manifest: Manifest, found: dict[str, tuple[str, int]], names: dict[str, str]
    ) -> None:
        """Hold digest and bytes of each file against the manifest."""
        for name, (digest, size) in found.items():
            listed: Listed = manifest.files[name]
            place = f"{name} ({names[name]})" if name in names else name
            if size > listed.bytes:
                self._inspection.flaw("invalid", place, f"{listed.bytes} bytes", "more of them")
            elif size != listed.bytes:
                self._inspection.flaw("invalid", place, f"{listed.bytes} bytes", f"{size} bytes")
            elif digest != listed.sha256:
                self._inspection.flaw("invalid", place, f"SHA-256 {listed.sha256}", digest)


def _batches(names: Sequence[str], manifest: Manifest) -> Iterator[list[str]]:
    """The names in their order, so many together that their files have ``_TOGETHER`` bytes."""
    batch: list[str] = []
    size = 0
    for name in names:
        batch.append(name)
        size += manifest.files[name].bytes
        if size >= _TOGETHER:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
