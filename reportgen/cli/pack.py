"""``pack``: the auditor's pack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from reportgen.cli.options import (
    ClusterOption,
    ConfigOption,
    ControlsOption,
    DeliverKeyOption,
    DeliverOption,
    EndingOption,
    FreshOption,
    OutputOption,
    ParallelOption,
    PeriodOption,
    RetainOption,
    StoreOption,
    deliver_to,
    delivery,
    ending_day,
)
from reportgen.cli.progress import judged_so_far
from reportgen.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from reportgen.pack.manifest import Manifest
    from reportgen.pack.sign import SealKey
    from reportgen.pack.sign_pdf import PdfSigning

app = typer.Typer()
_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


@app.command()
def pack(
    store: StoreOption,
    ending: EndingOption,
    out: Annotated[Path, typer.Option(help="File to write, such as iam-2026-q3.zip.")],
    period: PeriodOption = "quarterly",
    framework: Annotated[
        Optional[list[str]],  # noqa: UP045 - Typer reads this at run time
        typer.Option(help="Framework to show; may be repeated (default: all)."),
    ] = None,
    previous: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="The pack of the period before, which this one continues."),
    ] = None,
    sign_key: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="Ed25519 private key of OpenSSH (REPORTGEN_KEY_PASSPHRASE holds its passphrase), "
            "or kms:KEY, a key of AWS KMS."
        ),
    ] = None,
    pdf_key: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="PKCS#12 file to sign the PDF with (REPORTGEN_PDF_PASSPHRASE holds its "
            "passphrase), or kms:KEY with --pdf-certificate."
        ),
    ] = None,
    pdf_certificate: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Certificate (PEM) of the key of KMS that signs the PDF."),
    ] = None,
    timestamp_url: Annotated[
        str, typer.Option(help="Authority that stamps the time (RFC 3161).")
    ] = "",
    redact: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="Pseudonyms for names, ARNs and addresses, by this key file (32 bytes or more)."
        ),
    ] = None,
    redact_accounts: Annotated[
        bool, typer.Option("--redact-accounts", help="With --redact: for account ids too.")
    ] = False,
    split: Annotated[str, typer.Option(help="Most bytes of a volume, such as 20MB.")] = "",
    deliver: DeliverOption = "",
    deliver_key: DeliverKeyOption = "",
    retain_until: RetainOption = None,
    controls: ControlsOption = None,
    parallel: ParallelOption = 0,
    cluster: ClusterOption = "",
    fresh: FreshOption = False,
    config: ConfigOption = None,
) -> None:
    """Write the auditor's pack of a period: report, controls, evidence, sealed in one file."""
    from reportgen import pipeline
    from reportgen.pack.build import Wanted, make_pack
    from reportgen.pack.pseudonyms import read_key
    from reportgen.pack.redaction import Redaction

    day = ending_day(ending)
    volume = _volume(split)
    if redact_accounts and redact is None:
        raise UsageError("--redact-accounts goes with --redact.")
    redaction = Redaction(read_key(redact), redact_accounts) if redact else None
    if out.suffix != ".zip":
        raise UsageError(f"--out {out}: is no zip.", "Name it such as iam-2026-q3.zip.")
    rules = pipeline.prepare(config, controls)
    known = rules.catalogue.frameworks
    for name in framework or []:
        if name not in known:
            raise UsageError(
                f"Unknown framework {name!r}.", f"Known frameworks: {', '.join(known)}."
            )
    where = delivery(deliver, deliver_key, retain_until, rules.config.zone)
    key = _sign_key(str(sign_key)) if sign_key else None
    own = _pdf_key(str(pdf_key), pdf_certificate) if pdf_key else None
    before = _before(previous) if previous else None
    made = make_pack(
        Wanted(
            store,
            rules,
            period,
            day,
            out,
            controls,
            tuple(framework or ()),
            before,
            key,
            own,
            timestamp_url,
            volume,
            pipeline.Judging(parallel, cluster, fresh, judged_so_far()),
            redaction,
        )
    )
    if made.fault:
        typer.echo(f"reportgen: no time stamp: {made.fault}", err=True)
    for path in made.paths:
        typer.echo(str(path))
    typer.echo(f"{made.files} files. Root {made.root}")
    deliver_to(where, {path.name: path for path in made.paths})


@app.command()
def requests(
    asked: Annotated[Path, typer.Argument(help="The request list: CSV.", metavar="REQUESTS")],
    pack: Annotated[Path, typer.Option(help="The pack that is to answer.")],
    output: OutputOption = None,
) -> None:
    """Answer an auditor's request list from a pack: path and hash of each, or "not held"."""
    from reportgen.files import write_private
    from reportgen.pack.requests import answer, as_csv, read_requests, totals

    lines = read_requests(asked)
    found = answer(pack, lines)
    content = as_csv(found)
    if output is None:
        typer.echo(content.decode("utf-8-sig"), nl=False)
    else:
        write_private(output, content)
        typer.echo(str(output))
    typer.echo(totals(lines, found), err=True)


def _sign_key(name: str) -> SealKey:
    from reportgen.pack.sign import SigningKey
    from reportgen.pack.sign_kms import KmsSigningKey

    return KmsSigningKey(name) if name.startswith("kms:") else SigningKey(Path(name))


def _pdf_key(name: str, certificate: Path | None) -> PdfSigning:
    from reportgen.pack.sign_kms import KmsPdfKey
    from reportgen.pack.sign_pdf import PdfKey

    if not name.startswith("kms:"):
        return PdfKey(Path(name))
    if certificate is None:
        raise UsageError(
            f"--pdf-key {name}: KMS keeps no certificate.", "Give it: --pdf-certificate FILE."
        )
    return KmsPdfKey(name, certificate)


@app.command()
def unmask(
    pack: Annotated[Path, typer.Argument(help="A redacted pack.", metavar="PACK")],
    store: StoreOption,
    redact: Annotated[Path, typer.Option(help="The key file that it was made with.")],
    evidence: Annotated[
        str, typer.Option(help="Evidence of the pack (E-...) of which a row is to be shown.")
    ] = "",
    row: Annotated[int, typer.Option(help="Which row, counted from 0.")] = 0,
    output: OutputOption = None,
) -> None:
    """Tie a redacted pack to the store that it was made of, and show one row in clear."""
    from reportgen.evidence.seal import canonical
    from reportgen.files import write_private
    from reportgen.pack.pseudonyms import read_key
    from reportgen.pack.unmask import unmask as tie
    from reportgen.pack.unpacked import unpacked

    key = read_key(redact)
    with unpacked(pack) as opened:
        found = tie(opened, store, key, evidence, row)
    said = f"{pack}: {found.snapshots} snapshots, {found.answers} answers: made of {store}."
    typer.echo(said, err=found.shown is not None)
    if found.shown is None:
        return
    content = canonical(found.shown) + b"\n"
    if output is None:
        typer.echo(content.decode(), nl=False)
    else:
        write_private(output, content)
        typer.echo(str(output))


def _volume(text: str) -> int:
    if not text:
        return 0
    match = re.fullmatch(r"(\d{1,12})\s*(|kb|mb|gb)", text.strip().lower())
    size = int(match[1]) * _UNITS[match[2]] if match else 0
    if not size >= 10**4:
        raise UsageError(f"--split {text!r} is no size of a volume.", "Write 20MB (10kB or more).")
    return size


def _before(path: Path) -> Manifest:
    """The manifest of the pack before, which must be whole: what follows names its root."""
    from reportgen.clock import now
    from reportgen.pack.check import check_pack
    from reportgen.pack.checked import Trust
    from reportgen.pack.codec import FAST

    found = check_pack(path, Trust(f"{now():%Y%m%d%H%M%S}", unsigned=True), FAST)
    if found.flaws or found.manifest is None:
        said = str(found.flaws[0]) if found.flaws else "nothing can be read"
        raise IntegrityError(f"--previous {path}: {said}", "A pack can only continue a whole one.")
    return found.manifest
