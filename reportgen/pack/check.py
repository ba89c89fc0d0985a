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
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from reportgen.evidence.chain import read_chain
from reportgen.evidence.seal import LIST_LIMIT, Flaw, Seal, parse_list
from reportgen.pack.checked import Checked, Trust
from reportgen.pack.container import BROKEN, Container, chunks, content_of, opened
from reportgen.pack.manifest import (
    EVIDENCE,
    MANIFEST,
    MANIFEST_LIMIT,
    PACK_VERSION,
    SEALS,
    SIGNATURE,
    STAMP,
    STORE,
    SUMS,
    Listed,
    Manifest,
    OtherVersion,
    parse_manifest,
    sums,
)
from reportgen.pack.row import hold_row
from reportgen.pack.sshsig import (
    NAMESPACE,
    SIGNATURE_LIMIT,
    fingerprint,
    is_signature_of,
    parse_signature,
)

_READERS = min(4, os.cpu_count() or 1)


def check(paths: Sequence[Path], trust: Trust) -> list[Checked]:
    """Check every pack, and all of them as a row. Never raises for what lies in them."""
    found = [check_pack(path, trust) for path in paths]
    for root in sorted(trust.roots - {c.manifest.root for c in found if c.manifest}):
        place = "the packs given" if len(found) > 1 else found[0].place
        roots = ", ".join(c.manifest.root for c in found if c.manifest) or "none"
        found[0].flaws.append(Flaw("invalid", place, f"the root {root}", roots))
    hold_row(found)
    return found


def check_pack(path: Path, trust: Trust) -> Checked:
    """Check one pack: a zip, its volumes, or the folder that it was unpacked to."""
    checked = Checked(str(path))
    container, checked.flaws = opened(path)
    if container is None:
        return checked
    try:
        checked.flaws += container.flaws
        _Check(container, checked, trust).run()
    finally:
        container.close()
    return checked


class _Check:
    """One pack on its way through the checks."""

    def __init__(self, container: Container, checked: Checked, trust: Trust) -> None:
        self._container = container
        self._checked = checked
        self._trust = trust
        self._names: dict[str, str] = {}
        self._bad: set[str] = {flaw.place.partition(": ")[2] for flaw in container.flaws}

    def run(self) -> None:
        content = self._small(MANIFEST, MANIFEST_LIMIT)
        if content is None:
            return
        try:
            manifest = parse_manifest(content)
        except OtherVersion as error:
            self._flaw("version", MANIFEST, f"version {PACK_VERSION}", str(error))
            return
        except ValueError as error:
            self._flaw("invalid", MANIFEST, "a manifest", str(error))
            return
        self._checked.manifest = manifest
        self._listed(manifest)
        digests = self._hashed(manifest)
        self._evidence(manifest, digests)
        self._contents(manifest, digests)
        self._sums(manifest, content)
        self._signature(manifest, content)
        self._stamp(manifest)

    def _flaw(self, name: str, place: str, expected: str, found: str) -> None:
        # One entry, one flaw: what cannot be read is not also of the wrong size.
        self._bad.add(place)
        where = f"{self._checked.place}: {place}"
        self._checked.flaws.append(Flaw(name, where, expected, found))

    def _small(self, name: str, limit: int) -> bytes | None:
        """A file that is read whole; None, and a flaw, where that is not possible."""
        if name not in self._container.sizes:
            self._flaw("missing", name, "a file of the pack", "no such file")
            return None
        try:
            return content_of(self._container, name, limit)
        except BROKEN as error:
            if name not in self._bad:
                self._flaw("invalid", name, "a file that can be read", str(error))
            return None

    def _listed(self, manifest: Manifest) -> None:
        for name in manifest.files:
            if name not in self._container.sizes:
                self._flaw("missing", name, "a file that the manifest names", "no such file")
        for name in self._container.sizes:
            if name not in manifest.files and name not in SEALS and name not in self._bad:
                self._flaw("extra", name, "nothing, for the manifest", "a file")

    def _hashed(self, manifest: Manifest) -> dict[str, tuple[str, int]]:
        """SHA-256 and bytes of every listed file that is there and can be read."""
        wanted = [n for n in manifest.files if n in self._container.sizes and n not in self._bad]
        found: dict[str, tuple[str, int]] = {}

        def one(name: str) -> tuple[str, int, str]:
            digest, size = hashlib.sha256(), 0
            try:
                for part in chunks(self._container, name, manifest.files[name].bytes):
                    digest.update(part)
                    size += len(part)
            except BROKEN as error:
                return "", size, str(error) or type(error).__name__
            return digest.hexdigest(), size, ""

        # Hashing and inflating both let other threads go on meanwhile.
        with ThreadPoolExecutor(_READERS) as pool:
            for name, (digest, size, fault) in zip(wanted, pool.map(one, wanted)):  # noqa: B905
                self._checked.files += 1
                self._checked.bytes += size
                if fault:
                    self._flaw("invalid", name, "content that can be read", fault)
                else:
                    found[name] = digest, size
        return found

    def _contents(self, manifest: Manifest, digests: dict[str, tuple[str, int]]) -> None:
        for name, (digest, size) in digests.items():
            listed: Listed = manifest.files[name]
            place = f"{name} ({self._names[name]})" if name in self._names else name
            if size > listed.bytes:
                self._flaw("invalid", place, f"{listed.bytes} bytes", "more of them")
            elif size != listed.bytes:
                self._flaw("invalid", place, f"{listed.bytes} bytes", f"{size} bytes")
            elif digest != listed.sha256:
                self._flaw("invalid", place, f"SHA-256 {listed.sha256}", digest)

    # -- evidence -----------------------------------------------------------------------------

    def _evidence(self, manifest: Manifest, digests: dict[str, tuple[str, int]]) -> None:
        """The chain in the pack, and that the evidence of every snapshot named is there whole."""
        reader = _StoreReader(self._container)
        try:
            chain = read_chain(reader)
        except BROKEN as error:
            self._flaw("invalid", f"{STORE}chain", "seals", str(error))
            return
        for flaw in chain.flaws:
            where = f"{self._checked.place}: {STORE}{flaw.place}"
            self._checked.flaws.append(replace(flaw, place=where))
        self._checked.seals = {seal.sequence: seal.root for seal in chain.seals}
        newest = chain.seals[-1] if chain.seals else None
        if newest is None or newest.root != manifest.store_root:
            found = newest.root if newest else "no seal"
            self._flaw("invalid", f"{STORE}chain", f"the root {manifest.store_root}", found)
        held = manifest.data["store"].get("snapshots")
        named = {str(one) for one in held} if isinstance(held, list) else set()
        seals = {seal.id: seal for seal in chain.seals}
        # Where the chain itself is flawed, that is told already.
        for one in sorted(named - set(seals)) if not chain.flaws else ():
            self._flaw("missing", f"{STORE}chain", f"the seal of {one}", "none")
        for name, listed in manifest.files.items():
            if name.startswith(EVIDENCE) and name != EVIDENCE + listed.sha256:
                self._flaw("invalid", name, "a name that is its SHA-256", listed.sha256)
        for one in sorted(named & set(seals)):
            self._snapshot(seals[one], manifest, digests)

    def _snapshot(
        self, seal: Seal, manifest: Manifest, digests: dict[str, tuple[str, int]]
    ) -> None:
        name = EVIDENCE + seal.files
        self._names[name] = f"list of files of {seal.id}"
        if name not in manifest.files:
            self._flaw("missing", name, f"the list of files of {seal.id}", "none in the manifest")
            return
        if digests.get(name, ("",))[0] != seal.files:
            return
        try:
            files = parse_list(content_of(self._container, name, LIST_LIMIT), seal.accounts)
        except BROKEN as error:
            self._flaw("invalid", name, f"the list of files of {seal.id}", str(error))
            return
        for entry in files:
            there = EVIDENCE + entry["sha256"]
            self._names.setdefault(there, f"{entry['file']} of {seal.id}")
            listed = manifest.files.get(there)
            # One content may be that of many files.
            if there in self._bad:
                continue
            if listed is None:
                what = f"{entry['file']} of {seal.id}"
                self._flaw("missing", there, what, "nothing in the manifest")
            elif listed.bytes != entry["bytes"]:
                said = f"{entry['bytes']} bytes as the snapshot {seal.id} says"
                self._flaw("invalid", there, said, f"{listed.bytes} bytes")

    # -- seals --------------------------------------------------------------------------------

    def _sums(self, manifest: Manifest, content: bytes) -> None:
        wanted = sums(content, manifest.files)
        found = self._small(SUMS, len(wanted))
        if found is not None and found != wanted:
            self._flaw("invalid", SUMS, "the digests of the manifest", "others")

    def _signature(self, manifest: Manifest, content: bytes) -> None:
        if SIGNATURE not in self._container.sizes:
            if manifest.signed:
                self._flaw("missing", SIGNATURE, "the signature that the manifest names", "none")
            elif not self._trust.unsigned and manifest.root not in self._trust.roots:
                self._flaw("unsigned", MANIFEST, "a signature, or a root known before", "none")
            return
        text = self._small(SIGNATURE, SIGNATURE_LIMIT)
        if text is None:
            return
        try:
            signature = parse_signature(text)
            good = is_signature_of(signature, content)
        except ValueError as error:
            self._flaw("invalid", SIGNATURE, "a signature of the manifest", str(error))
            return
        print_ = fingerprint(signature.key)
        wanted = (manifest.data["seal"].get("signature") or {}).get("key", print_)
        if not good or signature.namespace != NAMESPACE:
            said = f"one of something else by {print_}"
            self._flaw("invalid", SIGNATURE, "a signature of this manifest", said)
        elif wanted != print_:
            self._flaw("wrong key", SIGNATURE, f"a signature by {wanted}", print_)
        elif self._trust.signers is None:
            self._checked.notes.append(
                f"Signed by {print_}; give --allowed-signers to know whose key that is."
            )
        else:
            who, fault = self._trust.signers.judge(signature.key, NAMESPACE, self._trust.moment)
            self._checked.signer = who
            if fault:
                self._flaw("wrong key", SIGNATURE, "a key of the allowed signers", fault)
            else:
                self._checked.notes.append(f"Signed by {who} ({print_}).")

    def _stamp(self, manifest: Manifest) -> None:
        if STAMP not in self._container.sizes:
            if manifest.stamped:
                self._flaw("missing", STAMP, "the time stamp that the manifest names", "none")
            else:
                self._checked.notes.append("No time stamp: nothing proves when it was sealed.")
            return
        content = self._small(STAMP, MANIFEST_LIMIT)
        if content is None:
            return
        if bytes.fromhex(manifest.root) not in content:
            self._flaw("invalid", STAMP, "a time stamp of this manifest", "one of something else")
        else:
            self._checked.notes.append(
                "It has a time stamp; `openssl ts -verify` tells whether to trust it (README.txt)."
            )


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
