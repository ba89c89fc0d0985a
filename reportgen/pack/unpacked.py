"""A pack's evidence, catalogue and settings, opened so that they judge again.

The evidence is taken as it lies there, also where its digest is not right: hashes are for
``check.py`` to tell, and an altered policy must be caught by its verdict as well. What decides how
to judge must be what the manifest says. Nothing of a pack is run as a program unless the caller
says so.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import cast

from reportgen.assess.organisation import Organisation, find_organisation
from reportgen.assess.run import Assessor, positions
from reportgen.clock import parse_moment
from reportgen.config import load_config
from reportgen.errors import ConfigError, IntegrityError, UsageError
from reportgen.evidence.chain import read_chain
from reportgen.evidence.medium import FolderMedium, Medium
from reportgen.evidence.seal import LIST_LIMIT, Flaw, Seal, strict_json
from reportgen.evidence.store import Snapshot, flawed
from reportgen.model import AccountAssessment
from reportgen.pack import settings
from reportgen.pack.container import BROKEN, Container, chunks, content_of, opened
from reportgen.pack.content import PackContent
from reportgen.pack.digests import Evaluation
from reportgen.pack.manifest import (
    EVIDENCE,
    MANIFEST,
    MANIFEST_LIMIT,
    STORE,
    Manifest,
    parse_manifest,
)
from reportgen.pipeline import Rules, prepare

_JUDGES = ("catalogue/", "configuration/", "register/")
EVALUATIONS = "evaluations/"


class AsFound(Snapshot):
    """A snapshot whose content is taken as it is there, whatever its digest."""

    def _check_seal(self) -> None:
        """A pack has no index: its seals were read one by one when the snapshot was found."""

    def _object(self, digest: str, what: str, limit: int) -> bytes:
        try:
            return self.medium.read(f"{EVIDENCE}{digest}", LIST_LIMIT)
        except OSError as error:
            said = error.strerror or str(error)
            raise flawed(
                Flaw("missing", f"{EVIDENCE}{digest} ({what})", "evidence", said)
            ) from error

    def _file(self, name: str) -> bytes:
        return self._object(self.files[name][0], f"{name} of {self.id}", LIST_LIMIT)


@dataclass(frozen=True)
class Unpacked:
    """What judges in a pack: its rules, loaded, and evidence that is read when it is wanted."""

    place: str
    manifest: Manifest
    content: PackContent
    rules: Rules
    seals: tuple[Seal, ...]
    snapshots: tuple[Snapshot, ...]

    def evaluations(self, account: str) -> list[Evaluation]:
        """What the pack says of each day of an account. Raises ValueError, OSError.

        Each is an object; that it has the form of an evaluation is for the reader to find.
        """
        found = strict_json(self.content.read(f"{EVALUATIONS}{account}.json"))
        # None at all would be judged again in no time, and be all as sealed.
        if not isinstance(found, list) or not found:
            raise ValueError("no list of evaluations")
        if not all(isinstance(one, dict) for one in found):
            raise ValueError("no list of evaluations")
        return found

    def judge(
        self, assessor: Assessor, account: str, snapshot: Snapshot, moment: datetime
    ) -> AccountAssessment:
        """Judge one account as a snapshot of the pack shows it, at ``moment``.

        When it was collected besides is told by the seals, which the pack has all of.
        """
        return assessor.assess(
            account,
            # A copy: what is read of a snapshot stays with it, and only one is worked on.
            replace(snapshot),
            moment,
            organisation=self._organisation(moment),
            collected=self._collected.get(account, ()),
        )

    def _organisation(self, moment: datetime) -> Organisation | None:
        """The organisation as of a moment, found once for all accounts."""
        known = self._organisations
        if moment not in known:
            here = positions(self.snapshots, moment)
            may = {a: s for a, s in here.items() if s.lists(f"{a}/organization.envelope.json")}
            age = self.rules.config.settings.evidence.maximum_age_days
            known[moment] = find_organisation(may, moment, age)
        return known[moment]

    @cached_property
    def _organisations(self) -> dict[datetime, Organisation | None]:
        return {}

    @cached_property
    def _collected(self) -> dict[str, list[datetime]]:
        found: dict[str, list[datetime]] = {}
        for seal in self.seals:
            moment = parse_moment(seal.collected_at)
            for account in seal.accounts:
                found.setdefault(account, []).append(moment)
        return found

    def assessor(self) -> Assessor:
        """Judges under the pack's own catalogue, settings and register."""
        return Assessor(self.rules.catalogue, self.rules.config, self.rules.register)


@contextmanager
def unpacked(path: Path, *, own_code: bool = False) -> Iterator[Unpacked]:
    """Unpack what judges, and load it. Raises IntegrityError where that is not possible.

    Raises UsageError for a pack with Python of an organisation's own, unless ``own_code``.
    """
    container, flaws = opened(path)
    if container is None:
        raise IntegrityError(str(flaws[0]))
    try:
        with tempfile.TemporaryDirectory(prefix="reportgen-replay-") as folder:
            yield _load(path, container, Path(folder), own_code)
    finally:
        container.close()


def _load(path: Path, container: Container, folder: Path, own_code: bool) -> Unpacked:
    place = container.place
    try:
        manifest = parse_manifest(content_of(container, MANIFEST, MANIFEST_LIMIT))
    except (*BROKEN, KeyError) as error:
        raise _unfit(f"{place}: {MANIFEST}", "a manifest", str(error)) from error
    wanted = (*_JUDGES, STORE)
    for name in manifest.files:
        if name.startswith(wanted) and name in container.sizes:
            _unpack(container, manifest, name, folder)
    own = [n for n in manifest.files if n.startswith(settings.OWN) and n.endswith(".py")]
    if own and not own_code:
        raise UsageError(
            f"{place} brings Python of the organisation's own: {', '.join(own[:3])}.",
            "Read it; --run-own-code runs it.",
        )
    rules = _rules(place, folder)
    if rules.catalogue.sha256 != manifest.data["catalogue"].get("sha256"):
        raise _unfit(
            f"{place}: catalogue",
            f"the catalogue {manifest.data['catalogue'].get('sha256')}",
            rules.catalogue.sha256,
        )
    seals = tuple(read_chain(FolderMedium(folder / "store")).seals)
    content = PackContent(path, manifest.files)
    return Unpacked(place, manifest, content, rules, seals, _snapshots(manifest, content, seals))


def _unpack(container: Container, manifest: Manifest, name: str, folder: Path) -> None:
    """Write one file. What decides how to judge must be what the manifest says."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    listed = manifest.files[name]
    digest = hashlib.sha256()
    # Altered evidence may be longer than it was, but not without end.
    most = listed.bytes if name.startswith(_JUDGES) else 2 * listed.bytes + (1 << 20)
    try:
        with target.open("wb") as stream:
            for part in chunks(container, name, most):
                digest.update(part)
                stream.write(part)
    except BROKEN as error:
        target.unlink(missing_ok=True)
        if name.startswith(_JUDGES):
            raise _unfit(f"{container.place}: {name}", "a file", str(error)) from error
        return
    if name.startswith(_JUDGES) and digest.hexdigest() != listed.sha256:
        where = f"{container.place}: {name}"
        raise _unfit(where, f"SHA-256 {listed.sha256}", digest.hexdigest())


def _rules(place: str, folder: Path) -> Rules:
    """The pack's configuration, catalogue and register; no path of it may lead elsewhere."""
    where = folder / settings.CONFIGURATION
    try:
        config = load_config(where)
        given = config.settings
        paths = {given.register_folder, given.sources, given.templates, given.branding.logo}
        paths |= {given.catalogue.controls, given.catalogue.frameworks, given.catalogue.checks}
        known = {"", f"../{settings.REGISTER}"}
        known |= {f"../{settings.OWN}/{n}" for n in ("controls", "frameworks", "checks", "sources")}
        if paths - known:
            led = ", ".join(sorted(paths - known))
            raise _unfit(f"{place}: {settings.CONFIGURATION}", "paths in the pack", led)
        return prepare(where, folder / settings.SHIPPED)
    except (ConfigError, UsageError) as error:
        said = f"{error.message} {error.hint}".replace(str(folder), "").strip()
        raise _unfit(f"{place}: {settings.CONFIGURATION}", "rules to judge by", said) from error


def _snapshots(
    manifest: Manifest, content: PackContent, seals: tuple[Seal, ...]
) -> tuple[Snapshot, ...]:
    named = set(manifest.data["store"].get("snapshots") or ())
    # A snapshot of a pack is read and nothing else.
    medium = cast(Medium, content)
    return tuple(
        AsFound(seal.id, medium, parse_moment(seal.collected_at), seal.accounts, seal)
        for seal in seals
        if seal.id in named
    )


def _unfit(place: str, expected: str, found: str) -> IntegrityError:
    flaw = Flaw("invalid", place, expected, found)
    return IntegrityError(f"Cannot judge again. {flaw}", "Check the pack without --replay.")
