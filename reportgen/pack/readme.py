"""``README.txt``: what an auditor reads first, with commands that are on the laptop already."""

from __future__ import annotations

from reportgen.pack.pages import Material

_TEXT = """\
EVIDENCE PACK
{organisation}
{start} to {end} ({timezone}), report {id}, pack number {number}

Open index.html: it starts with what was not looked at, then leads from your request list to
control, population, row, raw answer and AWS request id. It needs no network and runs no script.

CHECK IT
In the folder that this was unpacked to, with what a laptop has:

  sha256sum -c SHA256SUMS
  python3 verify.py{trust}
{signature}{stamp}{pdf}
verify.py needs Python 3.9 and nothing else. It checks every file, the signature, the chain of
evidence, and, given several packs, that none of a row is missing or replaced:

  python3 verify.py PACK-1.zip PACK-2.zip{trust}

It tells each flaw by name and place (invalid, missing, extra, gap, reordered, unsigned, wrong key,
version) and ends with exit code 4. The root of this pack is the SHA-256 of manifest.json.
Keys and certificates must count now, or, for a pack of long ago, on a day: --at 20261005.
{previous}
The root of the evidence store stands on every page of the PDF:

  {root}

DO IT AGAIN
With the program installed (its version is in manifest.json), the verdicts are made again from the
evidence in here, by the catalogue in here, and compared:

  reportgen verify --replay PACK.zip

WHAT IS WHERE
  report/          the PDF, the page, the workbook, and every number as summary.json
  controls/ID/     control.yaml (the test), population.csv, results.csv and .jsonl, evidence.csv
  frameworks/      each requirement, its state and its controls
  populations/     what each source counts, the differences, what contradicts
  tables/          the lists of the report: users, keys, roles, findings, waivers, attestations
  collection/      who read what, when, in which role, under which request ids; what was not read
  evidence/        each answer once, byte for byte, named by its SHA-256
  evaluations/     every day on which an account was judged, with counts and what did not pass
  machine/ACCOUNT/ the results for other programs: OSCAL (assessment results, POA&M), OCSF, ASFF
  store/           the seals of the evidence store, which the snapshots in here belong to
  register/        waivers, attestations with what is attached to them, responses
  catalogue/       the controls and frameworks that it was judged by
  configuration/   the settings, without mail and without how accounts are entered
{redaction}
This pack supports an assessment; it does not state compliance with any law or framework.
"""
_SIGNED = """  ssh-keygen -Y verify -f ../allowed_signers -I SIGNER -n reportgen-pack \\
    -s manifest.json.sig < manifest.json

allowed_signers has a line "SIGNER KIND KEY" (KIND such as ssh-ed25519). Ask for it by another way
than this pack, and lay it beside this folder: what lies in here and is not of the pack is told as
extra. The key of this one has the fingerprint {key}
"""
_UNSIGNED = """
It is not signed: whether it is as it was made shows only beside a root that came by another way
(python3 verify.py --expect ROOT).
"""
_STAMPED = """
  openssl ts -verify -data manifest.json -in manifest.json.tsr -CAfile ../TSA.pem

TSA.pem is the authority's root certificate. A time stamp was asked for; where manifest.json.tsr is
missing, manifest.json says why.
"""
_SIGNED_PDF = """
The PDF carries a signature of its own (PAdES), which PDF readers show, or `pdfsig report/*.pdf`.
"""
_NO_STAMP = """
It has no time stamp: nothing in here proves when it was sealed.
"""

_REDACTED = """  redaction/       what ties redacted evidence to the original, without showing it

REDACTED
Names, ARNs and addresses {accounts}are pseudonyms here, the same in every pack under this key (its
fingerprint: {key}). The verdicts were made again from what lies in here, and are those of
the original. Withheld: sentences that people wrote, files attached to statements, and answers as
they came over the wire; the code beside "withheld" follows from the key and the content.
The store in here is the redacted one. The original's chain stood at number {sequence}, root

  {root}

redaction/evidence.jsonl has for each answer a commitment to the original and one to its rows. Ask
whoever made this pack to show a row in clear (`reportgen unmask`), and hold it against this pack:

  python3 verify.py{trust} --shown ROW.json
"""


def readme(material: Material) -> str:
    """The text; its own lines have at most 100 characters."""
    about = material.summary.report
    signature = material.seal["signature"]
    before = material.previous
    return _TEXT.format(
        organisation=about.organisation,
        start=about.start,
        end=about.end,
        timezone=about.timezone,
        id=about.id,
        number=before.number + 1 if before else 1,
        trust=" --allowed-signers ../allowed_signers" if signature else "",
        signature=_SIGNED.format(key=signature["key"]) if signature else _UNSIGNED,
        pdf=_SIGNED_PDF if material.seal["pdf"] else "",
        stamp=_STAMPED if material.seal["timestamp"] else _NO_STAMP,
        previous=(
            f"The pack before has the root {before.root}."
            if before
            else "It is the first of its chain."
        ),
        root=about.store_root,
        redaction=_redaction(material),
    )


def _redaction(material: Material) -> str:
    if material.redacted is None:
        return ""
    about = material.redacted.about
    return _REDACTED.format(
        accounts="and account ids " if about["accounts"] else "",
        key=about["key"],
        sequence=about["original"]["sequence"],
        root=about["original"]["root"],
        trust=" --allowed-signers ../allowed_signers" if material.seal["signature"] else "",
    )
