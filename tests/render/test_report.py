"""The quarterly PDF: its numbers, its form, and what hostile text does to it (nothing)."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest

from reportgen import pipeline, reporting
from reportgen.errors import RenderError
from reportgen.render.look import Look
from reportgen.render.pdf import PdfRenderer
from reportgen.render.report import FULL_PAGES, SCRIPTS, render_html
from reportgen.report.summary import from_json
from reportgen.resources import data_folder
from tests.given import short_form, store_with
from tests.reports import Reports

END = date(2026, 9, 30)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(sample_report: Reports) -> tuple[Path, dict[str, Any]]:
    """The sample's report and its summary."""
    written = sample_report("quarterly")
    return written.of(".pdf"), json.loads(written.of("summary.json").read_text())


def text_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True)
    return done.stdout.decode().replace("\u00a0", " ")


def test_same_bytes_again(
    made: tuple[Path, Any], sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PDF too by an engine that is started for it, as it is but for the tests."""
    monkeypatch.setattr(
        "reportgen.render.pdf.ENGINE", (sys.executable, "-m", "reportgen.render.worker")
    )
    judged = pipeline.prepare(sample / "reportgen.yaml")
    written = reporting.write_report(sample / "store", judged, "quarterly", END, tmp_path)
    for name, path in written.files.items():
        assert path.read_bytes() == (made[0].parent / name).read_bytes(), name
        assert path.stat().st_mode & 0o077 == 0, name


def test_form(made: tuple[Path, Any]) -> None:
    with pikepdf.open(made[0]) as pdf:
        assert pdf.Root.Lang == "en-AU"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
            assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("3", "A")
            assert about["dc:title"].startswith("IAM compliance report, July to September 2026")
        with pdf.open_outline() as outline:
            titles = [item.title for item in outline.root]
        assert any("What we did not look at" in title for title in titles)
        box = [float(v) for v in pdf.pages[0].mediabox]
        assert [round(v) for v in box] == [0, 0, 595, 842]
        assert 10 <= len(pdf.pages) <= 20
        assert list(pdf.attachments) == ["summary.json"]
        attached = pdf.attachments["summary.json"]
        assert json.loads(attached.get_file().read_bytes()) == made[1]
        assert len(pdf.Root.AF) == 1
        assert pdf.Root.AF[0].AFRelationship == "/Source"
        assert len(pdf.Root.OutputIntents) == 1
        assert len(re.findall(rb"<rdf:RDF", pdf.Root.Metadata.read_bytes())) == 1
        figures = [tag for tag in tags(pdf.Root.StructTreeRoot) if tag.get("/S") == "/Figure"]
        assert figures
        assert all(str(tag.get("/Alt", "")) for tag in figures)
    done = subprocess.run(["qpdf", "--check", made[0]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def tags(node: Any) -> list[Any]:
    """Every structure element below a node."""
    children = node.get("/K", [])
    children = list(children) if isinstance(children, pikepdf.Array) else [children]
    found = []
    for child in children:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            found += [child, *tags(child)]
    return found


def test_only_bundled_fonts(made: tuple[Path, Any]) -> None:
    done = subprocess.run(["pdffonts", made[0]], capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert names
    assert all(re.match(r"[A-Z]{6}\+Report-(Sans|Serif|Mono)", name) for name in names), names


def test_numbers_are_those_of_the_summary(made: tuple[Path, Any]) -> None:
    pdf, summary = made
    text = " ".join(text_of(pdf).split())
    found = summary["findings"]
    high = found["open_by_severity"]["high"]
    assert f"The score is {summary['score']['now']:.1f} of 100" in text
    assert f"4 critical findings and {high} high ones are open" in text
    assert f"{summary['coverage']['now']:.1f} % of what applies could be evaluated" in text
    assert f"{found['open']} findings are open, {found['accepted']} more accepted" in text
    assert summary["report"]["fingerprint"] in text
    for account in summary["accounts"]:
        row = f"{account['environment'].capitalize()} {account['score']:.1f}"
        assert row in text, row
    for framework in summary["frameworks"]:
        row = f"{framework['short']} {framework['score']:.1f} {framework['requirements_total']}"
        assert row in text, row
    # Item by item the manifest is in the attached summary; the page has a digest of each account.
    by_account: dict[str, list[str]] = {}
    for evidence in summary["evidence"]:
        line = f"{evidence['id']} {evidence['sha256']}\n"
        by_account.setdefault(evidence["account_id"], []).append(line)
    for lines in by_account.values():
        assert hashlib.sha256("".join(sorted(lines)).encode()).hexdigest() in text
    serious = [p for p in summary["finding_pages"] if p["severity"] in ("critical", "high")]
    for number, page in enumerate(serious):
        if number < FULL_PAGES["quarterly"]:
            assert f"{page['number']} {page['headline']}" in text
        else:
            shown = f"{page['failing']} of {page['population']} tested, in" in text
            assert shown or number >= FULL_PAGES["quarterly"] + 8
    assert "requirement" in text
    assert "complies" not in text


HOSTILE = [
    "<img src=file:///etc/passwd>",
    "=HYPERLINK(1)",
    "x" * 64,
    "שלום-עולם",
    "田中太郎",
    "{{ 7*7 }}",
    "a\u202ecod.exe",
    "<link rel=attachment href=file:///etc/passwd>",
]


def test_hostile_names_are_text(tmp_path: Path) -> None:
    rows = [{"user": n, "password_enabled": "true", "mfa_active": "false"} for n in HOSTILE]
    store, _ = store_with(
        tmp_path,
        dict(short_form({"credential-report": rows})),
        collected_at=datetime(2026, 9, 30, 1, tzinfo=UTC),
    )
    judged = pipeline.prepare(None)
    written = reporting.write_report(store.place, judged, "quarterly", END, tmp_path / "out")
    pdf = written.of(".pdf")
    read = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=True)
    text = "".join(read.stdout.decode().split())
    for name in ("<imgsrc=file:///etc/passwd>", "=HYPERLINK(1)", "田中太郎", "{{7*7}}"):
        assert name in text, name
    assert "root:x:" not in text
    assert "\u202e" not in text
    with pikepdf.open(pdf) as document:
        assert list(document.attachments) == ["summary.json"]
    page = written.of(".html").read_text()
    assert "<img src=file" not in page
    assert "&lt;img src=file" in page
    book = openpyxl.load_workbook(written.of(".xlsx"))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f" or c.hyperlink]
    assert any(c.value == "=HYPERLINK(1)" for c in cells)
    rows = (tmp_path / "out" / "iam-quarterly-2026-09-30-csv" / "users.csv").read_text()
    assert "'=HYPERLINK(1)" in rows
    assert ",=HYPERLINK" not in rows
    fonts = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout
    assert "Report-Hebrew" in fonts
    assert "Report-Japanese" in fonts
    assert all("Report-" in line for line in fonts.splitlines()[2:])


@pytest.mark.parametrize(
    "asks",
    [
        '<link rel="stylesheet" href="{url}">',
        '<link rel="attachment" href="{url}">',
        '<style>@import "{url}";</style>',
        "<style>body {{ background: url({url}) }}</style>",
    ],
)
@pytest.mark.parametrize("where", ["file", "http"])
def test_engine_refuses_everything_else(asks: str, where: str, tmp_path: Path) -> None:
    """Should a template ever let markup through, the report fails; nothing is fetched."""
    secret = tmp_path / "secret.css"
    secret.write_text("body::after { content: 'LEAKED' }")
    url = secret.as_uri() if where == "file" else "http://127.0.0.1:9/x.css"
    html = (
        f'<html lang="en"><head><title>t</title>{asks.format(url=url)}'
        '<link rel="stylesheet" href="styles/fonts.css"></head>'
        "<body style=\"font-family: 'Report Sans'\">seen</body></html>"
    )
    with PdfRenderer() as renderer, pytest.raises(RenderError, match="could not be made"):
        renderer.render(html, "0" * 32, "2026-09-30T00:00:00Z")


def test_every_script_has_its_fonts() -> None:
    for name in SCRIPTS:
        assert (data_folder("templates") / "styles" / f"fonts-{name}.css").exists()


def test_broken_own_template(made: tuple[Path, Any], tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "10-cover.html").write_text("{% if %}")
    with pytest.raises(RenderError, match=r"10-cover\.html:1"):
        render_html(from_json(made[1]), Look(templates=tmp_path))


def test_wheel_alone_makes_the_sample_report(tmp_path: Path) -> None:
    build = "import hatchling.build as b, sys; print(b.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    wheel = tmp_path / done.stdout.strip().splitlines()[-1]
    site, cache = tmp_path / "site", tmp_path / "cache"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # One report reads a part of it: the wheel holds every file, as it is.
    carried = {"reportgen": "reportgen"}
    carried |= {name: f"reportgen/_data/{name}" for name in ("templates", "controls", "samples")}
    for name, place in carried.items():
        for path in (ROOT / name).rglob("*"):
            if path.is_file() and path.parent.name != "__pycache__":
                copy = site / place / path.relative_to(ROOT / name)
                assert copy.read_bytes() == path.read_bytes(), path
    command = (
        "import reportgen, sys; assert reportgen.__file__.startswith(sys.argv[1]), "
        "reportgen.__file__; sys.argv = ['reportgen', *sys.argv[2:]]; "
        "from reportgen.cli import main; main()"
    )

    def reportgen(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", command, str(site), *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(cache)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert reportgen("init", "--sample", "demo").returncode == 0
    done = reportgen(
        "report", "--config", "demo/reportgen.yaml", "--store", "demo/store",
        "--period", "monthly", "--ending", "2026-09-30", "--out", "out",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "iam-monthly-2026-09-30.pdf").read_bytes().startswith(b"%PDF")


def test_samples_are_what_the_script_writes(tmp_path: Path) -> None:
    script = tmp_path / "samples" / "make_samples.py"
    script.parent.mkdir()
    for part in (ROOT / "samples").glob("*.py"):
        shutil.copy(part, script.parent)
    subprocess.run([sys.executable, script], check=True)
    kept = ROOT / "samples" / "organisation"
    made = script.parent / "organisation"
    names = {p.relative_to(kept) for p in kept.rglob("*") if p.is_file()}
    assert names == {p.relative_to(made) for p in made.rglob("*") if p.is_file()}
    assert all((kept / n).read_bytes() == (made / n).read_bytes() for n in names)
    assert sum((kept / n).stat().st_size for n in names) < 10_000_000
