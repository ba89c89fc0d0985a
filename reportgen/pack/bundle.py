"""Makes ``verify.py`` of a pack: one file that needs Python 3.9 and nothing else."""

from __future__ import annotations

from functools import cache

from reportgen.evidence.bundle import one_file

_PARTS = (
    "reportgen.evidence:seal.py",
    "reportgen.evidence:tombstone.py",
    "reportgen.evidence:reader.py",
    "reportgen.evidence:chain.py",
    "reportgen.pack:ed25519.py",
    "reportgen.pack:ecdsa.py",
    "reportgen.pack:rsa.py",
    "reportgen.pack:sshsig.py",
    "reportgen.pack:revoked.py",
    "reportgen.pack:der.py",
    "reportgen.pack:cms.py",
    "reportgen.pack:timestamp.py",
    "reportgen.pack:manifest.py",
    "reportgen.pack:container.py",
    "reportgen.pack:checked.py",
    "reportgen.pack:row.py",
    "reportgen.pack:inspection.py",
    "reportgen.pack:check_evidence.py",
    "reportgen.pack:check_seals.py",
    "reportgen.pack:check_pdf.py",
    "reportgen.review:merkle.py",
    "reportgen.pack:shown.py",
    "reportgen.pack:check.py",
    "reportgen.pack:standalone.py",
)
_ABOUT = "Verify packs of reportgen: python3 verify.py [PACK ...] (exit code 4: a flaw)."
# The only line that reads the clock, for keys that expire.
_END = """if __name__ == "__main__":
    import time

    sys.exit(pack_main(time.strftime("%Y%m%d%H%M%S", time.gmtime())))"""


@cache
def pack_verifier() -> str:
    """The source of ``verify.py``."""
    return one_file(_PARTS, _ABOUT, _END)
