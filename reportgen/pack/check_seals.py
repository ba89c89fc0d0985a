"""What seals a pack: the digests of its files, the signature, the time stamp.

Standard library only: it travels in the pack.
"""

from __future__ import annotations

from reportgen.pack.checked import Trust
from reportgen.pack.cms import MESSAGE_LIMIT
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import MANIFEST, SIGNATURE, STAMP, SUMS, Manifest, sums
from reportgen.pack.sshsig import (
    NAMESPACE,
    SIGNATURE_LIMIT,
    fingerprint,
    is_signature_of,
    parse_signature,
)
from reportgen.pack.timestamp import TimeStamp, read_timestamp


def check_sums(inspection: Inspection, manifest: Manifest, content: bytes) -> None:
    """``SHA256SUMS`` must say what the manifest (``content``) says."""
    wanted = sums(content, manifest.files)
    found = inspection.small(SUMS, len(wanted))
    if found is not None and found != wanted:
        inspection.flaw("invalid", SUMS, "the digests of the manifest", "others")


def check_signature(
    inspection: Inspection, manifest: Manifest, content: bytes, trust: Trust
) -> None:
    """The manifest's signature: there, of this manifest, by a key that counts."""
    if SIGNATURE not in inspection.container.sizes:
        if manifest.signed:
            inspection.flaw("missing", SIGNATURE, "the signature that the manifest names", "none")
        elif not trust.unsigned and manifest.root not in trust.roots:
            inspection.flaw("unsigned", MANIFEST, "a signature, or a root known before", "none")
        return
    text = inspection.small(SIGNATURE, SIGNATURE_LIMIT)
    if text is None:
        return
    try:
        signature = parse_signature(text)
        good = is_signature_of(signature, content)
    except ValueError as error:
        inspection.flaw("invalid", SIGNATURE, "a signature of the manifest", str(error))
        return
    print_ = fingerprint(signature.key)
    wanted = (manifest.data["seal"].get("signature") or {}).get("key", print_)
    if not good or signature.namespace != NAMESPACE:
        said = f"one of something else by {print_}"
        inspection.flaw("invalid", SIGNATURE, "a signature of this manifest", said)
    elif wanted != print_:
        inspection.flaw("wrong key", SIGNATURE, f"a signature by {wanted}", print_)
    elif trust.revoked.has(signature.key):
        said = f"a key that was revoked ({print_})"
        inspection.flaw("wrong key", SIGNATURE, "a key that counts", said)
    elif trust.signers is None:
        inspection.note(f"Signed by {print_}; give --allowed-signers to know whose key that is.")
    else:
        who, fault = trust.signers.judge(signature.key, NAMESPACE, trust.moment)
        inspection.checked.signer = who
        if fault:
            inspection.flaw("wrong key", SIGNATURE, "a key of the allowed signers", fault)
        else:
            inspection.note(f"Signed by {who} ({print_}).")


def check_stamp(inspection: Inspection, manifest: Manifest, trust: Trust) -> str:
    """The manifest's time stamp: there, of this manifest, and by a certificate that counts.

    Whether to trust the authority is not asked. Returns when it was stamped (YYYYMMDDHHMMSS in
    UTC); empty where nothing shows that, as a signature that cannot be checked here does not.
    """
    if STAMP not in inspection.container.sizes:
        if manifest.stamped:
            inspection.flaw("missing", STAMP, "the time stamp that the manifest names", "none")
        else:
            inspection.note("No time stamp: nothing proves when it was sealed.")
        return ""
    content = inspection.small(STAMP, MESSAGE_LIMIT)
    if content is None:
        return ""
    try:
        stamp = read_timestamp(content)
    except ValueError as error:
        inspection.flaw("invalid", STAMP, "a time stamp", str(error))
        return ""
    return _stamped(inspection, manifest, trust, stamp)


def _stamped(inspection: Inspection, manifest: Manifest, trust: Trust, stamp: TimeStamp) -> str:
    owner = stamp.signed.certificate
    if stamp.digest != bytes.fromhex(manifest.root):
        inspection.flaw("invalid", STAMP, "a time stamp of this manifest", "one of something else")
    elif stamp.signed.good is False:
        inspection.flaw("invalid", STAMP, "a signature of the authority", "one that does not fit")
    elif fault := owner and (owner.fault_at(stamp.moment) or owner.fault_at(trust.moment)):
        inspection.flaw("wrong key", STAMP, "a certificate of the authority that counts", fault)
    else:
        when = f"{_shown_moment(stamp.moment)} by {owner.name if owner else 'whom it does not say'}"
        if not stamp.signed.good:
            when += ", its signature not checked here"
        inspection.note(
            f"Time stamp of {when}; `openssl ts -verify` tells whether to trust it (README.txt)."
        )
        return stamp.moment if stamp.signed.good else ""
    return ""


def _shown_moment(moment: str) -> str:
    """A moment of YYYYMMDDHHMMSS as people read it."""
    day, time = moment[:8], moment[8:]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:]} UTC"
