"""The signature of a pack's PDF, in memory: there, whole, and by a certificate of its time."""

from __future__ import annotations

import pytest

from reportgen.pack import cms
from reportgen.pack.check_pdf import check_pdf
from reportgen.pack.checked import Checked, Trust
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import Manifest, parse_manifest
from tests.pack import certified
from tests.pack.making import Parts
from tests.pack.test_check_evidence import KEPT, Memory

NOW = "20261001000000"


@pytest.fixture(scope="module")
def plain() -> bytes:
    files = Parts.of(KEPT).files
    return files[_pdf(files)]


@pytest.fixture(scope="module")
def signed(plain: bytes) -> bytes:
    return certified.signed_pdf(plain, certified.certificate())


def _pdf(files: dict[str, bytes]) -> str:
    (name,) = [n for n in files if n.startswith("report/") and n.endswith(".pdf")]
    return name


def checked(
    pdf: bytes, moment: str = NOW, stamped: str = "", told: str | None = "PAdES"
) -> Checked:
    inspection, manifest = inspected(pdf, told)
    check_pdf(inspection, manifest, Trust(moment), stamped)
    return inspection.checked


def inspected(pdf: bytes, told: str | None) -> tuple[Inspection, Manifest]:
    parts = Parts.of(KEPT)
    parts.files[_pdf(parts.files)] = pdf
    parts.reseal(None, lambda d: d["seal"].update(pdf=told))  # type: ignore[attr-defined]
    inspection = Inspection(Memory(parts.files), Checked("pack"))
    return inspection, parse_manifest(parts.files["manifest.json"])


def names(found: Checked) -> list[str]:
    assert all(flaw.place.startswith("pack: report/") for flaw in found.flaws)
    return [flaw.name for flaw in found.flaws]


@pytest.mark.parametrize(("moment", "fault"), certified.MOMENTS)
def test_a_certificate_counts_for_its_time(signed: bytes, moment: str, fault: str) -> None:
    found = checked(signed, moment)
    assert names(found) == (["wrong key"] if fault else [])
    if fault:
        assert found.flaws[0].found == f"a certificate of Example assurance {fault}"
    else:
        assert found.notes[0].endswith(".pdf: signed by Example assurance.")


@pytest.mark.parametrize(("moment", "fault"), certified.MOMENTS)
def test_a_time_stamp_shows_when_it_was_there(signed: bytes, moment: str, fault: str) -> None:
    """It counts for ever where it counted when the pack was stamped, and not where it did not."""
    for now in ("20200101000000", NOW, "20990101000000"):
        assert names(checked(signed, now, stamped=moment)) == (["wrong key"] if fault else [])


def test_a_promise_that_is_not_kept(plain: bytes, signed: bytes) -> None:
    assert names(checked(plain)) == ["missing"]
    # What follows the signature is not covered by it.
    assert names(checked(signed + b"\n%%EOF\n")) == ["missing"]
    assert names(checked(plain, told=None)) == []


def test_what_lies_between_is_the_signature_alone(signed: bytes) -> None:
    """ISO 32000-2, 12.8.1: the gap holds one string in hex, brackets and all.

    No digest covers the gap.
    """
    start = signed.rindex(b"/Contents <") + 10
    end = signed.index(b">", start)
    for at in (start, end):
        assert names(checked(signed[:at] + b" " + signed[at + 1 :])) == ["missing"]


def test_stretches_without_a_gap_hold_no_signature(plain: bytes) -> None:
    text = b"/ByteRange [0 0040 0040 0001]".ljust(39)
    assert names(checked(text + b"><")) == ["missing"]


@pytest.mark.parametrize(
    ("over", "said"),
    [(0, "DER of another kind"), (1, "a signature of more than 1048576 bytes")],
)
def test_a_signature_is_of_bounded_length(over: int, said: str) -> None:
    """A hostile one of hundreds of megabytes would be taken apart for hours."""
    hexed = b"00" * (cms.MESSAGE_LIMIT + over)
    head = b"/ByteRange [0 %08d %08d 0000000]"
    size = len(head % (0, 0))
    pdf = head % (size, size + len(hexed) + 2) + b"<" + hexed + b">"
    (flaw,) = checked(pdf).flaws
    assert (flaw.name, flaw.found) == ("invalid", said)


def test_numbers_of_a_range_stand_apart() -> None:
    """ISO 32000-2, 7.3.6: four numbers; digits in a row are one, and a very long one is none."""
    for digits in (b"0004000400001", b"1" * 48):
        assert names(checked(b"/ByteRange [" + digits + b"]<30>")) == ["missing"]


def test_a_pdf_that_is_missing_or_broken_is_named_elsewhere(plain: bytes) -> None:
    for bad, there in ((True, True), (False, False)):
        inspection, manifest = inspected(plain, "PAdES")
        name = _pdf(dict.fromkeys(manifest.files, b""))
        if bad:
            inspection.bad.add(name)
        if not there:
            del inspection.container.sizes[name]
        check_pdf(inspection, manifest, Trust(NOW), "")
        assert inspection.checked == Checked("pack")


def test_another_pdf_than_was_signed(signed: bytes) -> None:
    at = signed.index(b"/Type")
    assert names(checked(signed[:at] + b"/type" + signed[at + 5 :])) == ["invalid"]


@pytest.mark.parametrize("text", [b"3" * 40, b"zz" * 20, b"30030201"])
def test_a_signature_that_is_none(signed: bytes, text: bytes) -> None:
    start = signed.rindex(b"/Contents <") + 11
    broken = signed[:start] + text + signed[start + len(text) :]
    assert names(checked(broken)) == ["invalid"]
