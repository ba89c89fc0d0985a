"""``verify.py`` of a pack: ``python3 verify.py [PACK ...]``, with the standard library alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reportgen.pack.check import check
from reportgen.pack.checked import Trust, has_flaw, packs_as_json, packs_as_text
from reportgen.pack.revoked import Revoked, parse_revoked
from reportgen.pack.sshsig import moment_of, parse_signers


def pack_main(moment: str, arguments: Sequence[str] | None = None) -> int:
    """Check the packs given, or the one beside this file; 4 for a flaw.

    ``moment`` is now, as YYYYMMDDHHMMSS in UTC.
    """
    parser = argparse.ArgumentParser(
        prog="verify.py",
        description="Verify packs of reportgen: every file, the signature, and the packs in a row.",
    )
    parser.add_argument("packs", nargs="*", type=Path, help="zip files or folders")
    parser.add_argument("--allowed-signers", type=Path, help="whose keys count (ssh-keygen(1))")
    parser.add_argument("--expect", action="append", default=[], help="a root known before")
    parser.add_argument(
        "--allow-unsigned", action="store_true", help="a pack without signature is no flaw"
    )
    parser.add_argument(
        "--shown",
        action="append",
        default=[],
        type=Path,
        help="a row of redacted evidence in clear",
    )
    parser.add_argument(
        "--revoked", type=Path, help="keys that count no more: public keys, or ssh-keygen -k's list"
    )
    parser.add_argument(
        "--at", default="", help="when keys and certificates must be valid: YYYYMMDD[HHMMSS], UTC"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = parser.parse_args(arguments)
    try:
        trust = _trust_of(given, moment)
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    except ValueError as error:
        parser.error(str(error))
    found = check(given.packs or [Path(sys.argv[0]).resolve().parent], trust)
    print(packs_as_json(found) if given.format == "json" else packs_as_text(found))
    for line in trust.signers.passed_over if trust.signers else ():
        print(f"{given.allowed_signers}: passed over: {line}", file=sys.stderr)
    return 4 if has_flaw(found) else 0


def _trust_of(given: argparse.Namespace, moment: str) -> Trust:
    """What the packs are held against. Raises OSError, or ValueError for what is not understood."""
    signers, revoked = None, Revoked()
    if given.allowed_signers:
        signers = parse_signers(given.allowed_signers.read_text("utf-8", "replace"))
    if given.revoked:
        try:
            revoked = parse_revoked(given.revoked.read_bytes())
        except ValueError as error:
            raise ValueError(f"{given.revoked}: {error}") from None
    if given.at:
        moment = moment_of(given.at)
    roots = frozenset(given.expect)
    return Trust(moment, signers, roots, given.allow_unsigned, tuple(given.shown), revoked)
