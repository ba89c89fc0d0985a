"""All outputs of all three reports: the same numbers, form, safety, and odd inputs."""

from __future__ import annotations

import csv
import html as html_module
import io
import json
import math
import re
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from jinja2 import Environment

from reportgen import pipeline, reporting
from reportgen.errors import ConfigError, RenderError
from reportgen.render.look import Look, load_look
from reportgen.render.report import exceptions, render_html
from reportgen.render.templates import sections
from reportgen.report.summary import from_json
from reportgen.report.words import Disposition, Moved
from reportgen.resources import data_folder
from tests.given import short_form, store_with
from tests.models import finding
from tests.reports import Reports

PERIODS = {
    "monthly": (date(2026, 9, 30), 2, 4),
    "quarterly": (date(2026, 9, 30), 10, 20),
    "annual": (date(2026, 6, 30), 30, 80),
}


@pytest.fixture(scope="module", params=PERIODS)
def made(request: pytest.FixtureRequest, sample_report: Reports) -> reporting.Written:
    """Each of the sample's reports, in every format."""
    return sample_report(request.param)


def pdf_text(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().replace("\u00a0", " ").split())


def page_text(path: Path) -> str:
    body = path.read_text().split("<main>")[1].split("</main>")[0]
    text = html_module.unescape(re.sub(r"<[^>]+>", " ", body))
    return " ".join(text.replace("\u00a0", " ").split())


def test_numbers_are_equal_everywhere(made: reporting.Written) -> None:
    summary = json.loads(made.of("summary.json").read_text())
    assert from_json(summary) == made.summary
    book = openpyxl.load_workbook(made.of(".xlsx"))
    figures = {row[0].value: row[1].value for row in book["Summary"].iter_rows(min_row=2)}
    found, serious = summary["findings"], summary["findings"]["open_by_severity"]
    assert figures["Score"] == summary["score"]["now"]
    assert figures["Coverage, %"] == summary["coverage"]["now"]
    assert figures["Findings open"] == found["open"]
    assert (figures["Critical open"], figures["High open"]) == (
        serious["critical"],
        serious["high"],
    )
    assert figures["Findings new"] == summary["movement"]["new"]
    dispositions = Counter(row["disposition"] for row in summary["register"])
    assert dispositions["open"] == found["open"]
    assert book["Findings"].max_row - 1 == len(summary["register"])
    assert book["Users"].max_row - 1 == len(summary["access"]["users"])
    assert book["Evidence"].max_row - 1 == len(summary["evidence"])
    # Commands of a fix are several lines in one cell.
    text = made.of("findings.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) - 1 == len(summary["register"])
    text, page = pdf_text(made.of(".pdf")), page_text(made.of(".html"))
    for place in (text, page):
        assert f"{summary['score']['now']:.1f}" in place
        assert f"{summary['coverage']['now']:.1f} % of what applies" in place
        assert summary["report"]["fingerprint"] in place
        for framework in summary["frameworks"]:
            assert re.search(
                rf"{re.escape(framework['short'])} {framework['score']:.1f} ", place
            ), framework["short"]
    for account in summary["access"]["accounts"]:
        row = f"{account['account']} {account['users']} {account['console']} "
        assert row in text
        assert row in page


def test_form(made: reporting.Written) -> None:
    kind = made.summary.report.kind
    done = subprocess.run(["qpdf", "--check", made.of(".pdf")], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    with pikepdf.open(made.of(".pdf")) as pdf:
        _, least, most = PERIODS[kind]
        assert least <= len(pdf.pages) <= most
        assert pdf.Root.Lang == "en-AU"
        with pdf.open_metadata() as about:
            assert (about["pdfuaid:part"], about["pdfaid:part"]) == ("1", "3")
        assert list(pdf.attachments) == ["summary.json"]
        with pdf.open_outline() as outline:
            assert outline.root
    fonts = subprocess.run(
        ["pdffonts", made.of(".pdf")], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts
    assert all(re.match(r"[A-Z]{6}\+Report-(Sans|Serif|Mono)", line) for line in fonts), fonts


def beyond_margins(path: Path) -> list[tuple[int, str]]:
    """Page and text of each word that leaves the 17 mm at the sides; the cover has none."""
    side = 17 / 25.4 * 72 - 0.3
    told = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, check=True)
    number = 0
    width = math.inf
    outside = []
    for line in told.stdout.decode().splitlines():
        if page := re.search(r'<page width="([\d.]+)"', line):
            number, width = number + 1, float(page[1])
        word = re.search(r'<word xMin="([-\d.]+)" .*xMax="([-\d.]+)" .*>(.*)</word>', line)
        if word and number > 1 and not side <= float(word[1]) < float(word[2]) <= width - side:
            outside.append((number, word[3]))
    assert number > 1
    return outside


def test_no_word_leaves_the_margins(made: reporting.Written) -> None:
    assert beyond_margins(made.of(".pdf")) == []


def faults(html: str) -> list[str]:
    """What PDF/UA-1 forbids and a template could do wrong (facts measured with a validator)."""
    found = []
    if not re.search(r'<html lang="[A-Za-z-]+">', html) or "<title>" not in html:
        found.append("no language or title")
    found += [f"in a link: {m}" for m in re.findall(r"<a\b[^>]*>[^<]*<(?!/a)[^>]*>", html)]
    found += [f"svg: {m[:60]}" for m in re.findall(r"<svg\b[^>]*>(?!\s*<title>)[^<]*<\w*", html)]
    found += [f"img: {m}" for m in re.findall(r"<img\b(?![^>]*\balt=)[^>]*>", html)]
    found += [f"form: {m}" for m in re.findall(r"<(?:input|select|textarea|button)\b", html)]
    found += [f"scope: {m}" for m in re.findall(r"<th\b(?![^>]*\bscope=)[^>]*>", html)]
    if re.search(r"opacity\s*:", html):
        found.append("opacity")
    level = 0
    for name in re.findall(r"<h([1-6])\b", html):
        if int(name) > level + 1:
            found.append(f"h{name} after h{level}")
        level = int(name)
    return found


def test_templates_keep_the_rules_of_tagging(made: reporting.Written, sample: Path) -> None:
    look = load_look(pipeline.prepare(sample / "reportgen.yaml").config)
    html = render_html(made.summary, look)
    assert faults(html) == []
    assert "opacity" not in (data_folder("templates") / "styles" / "report.css").read_text()


@pytest.mark.parametrize(
    "bad",
    ["<a href='#x'><b>x</b></a>", "<svg><rect/></svg>", "<img src='x'>", "<input>", "<h3>x</h3>",
     "<th>x</th>", "<p style='opacity: .5'>x</p>"],
)  # fmt: skip
def test_the_rules_can_be_broken(bad: str) -> None:
    assert faults(f'<html lang="en-AU"><title>t</title>{bad}')


def test_exceptions_of_a_month() -> None:
    rows = [
        finding(movement=Moved.REPEAT),
        finding(movement=Moved.NEW),
        finding(movement=Moved.REOPENED, overdue=True),
        finding(movement=Moved.REPEAT, lapsed_waiver="W-1"),
        finding(movement=Moved.NEW, disposition=Disposition.ACCEPTED),
    ]
    shown = [(e.finding, e.why) for e in exceptions(rows)]
    assert shown == [
        (rows[1], ("new",)),
        (rows[2], ("came back", "overdue")),
        (rows[3], ("waiver lapsed",)),
    ]


# -- the page, in a browser ---------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[str]]]:
    """A folder served over HTTP, its address, and the paths asked for."""
    folder = tmp_path_factory.mktemp("site")
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def browse(*arguments: str) -> str:
    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", *arguments],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout.decode()


SCRIPTED = """
var results = {}, search = document.getElementById("search");
function visible() {
  return Array.from(document.querySelectorAll("table.register tbody tr:not(.group)"))
    .filter(function (row) { return !row.hidden; });
}
results.all = visible().length;
search.value = "user/"; search.dispatchEvent(new Event("input"));
results.searched = visible().length;
results.every = visible().every(function (r) { return /user\\//.test(r.textContent); });
search.value = ""; search.dispatchEvent(new Event("input"));
var level = document.getElementById("severity");
level.value = "critical"; level.dispatchEvent(new Event("change"));
results.critical = visible().length;
level.value = ""; level.dispatchEvent(new Event("change"));
results.back = visible().length;
var table = Array.from(document.querySelectorAll("table")).find(function (t) {
  return t.tHead && t.tHead.rows[0].cells[0].textContent === "Account" &&
    t.tHead.rows[0].cells[2].textContent === "Score"; });
function scores() {
  return Array.from(table.tBodies[0].rows).map(function (r) {
    return parseFloat(r.cells[2].textContent); }); }
table.tHead.rows[0].cells[2].click(); results.up = scores();
table.tHead.rows[0].cells[2].click(); results.down = scores();
results.sort = table.tHead.rows[0].cells[2].getAttribute("aria-sort");
document.title = "RESULT" + JSON.stringify(results);
"""


@needs_browser
def test_page_in_a_browser(
    made: reporting.Written, site: tuple[Path, str, list[str]], tmp_path: Path
) -> None:
    if made.summary.report.kind != "quarterly":
        pytest.skip("the page is the same for all periods")
    folder, address, asked = site
    page = made.of(".html").read_text()
    (folder / "page.html").write_text(page)
    dom = browse("--dump-dom", f"{address}/page.html")
    assert 'class="search"' in dom  # The script ran: the box is no longer hidden.
    assert 'class="search" hidden' not in dom
    assert set(asked) <= {"/page.html", "/favicon.ico"}
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)
    # The same page with a script of the test's own, which its policy would not let run.
    policy = re.compile(r"script-src 'sha256-[^']+'")
    assert policy.search(page)
    own = policy.sub("script-src 'unsafe-inline'", page).replace(
        "</body>", f"<script>{SCRIPTED}</script></body>"
    )
    (folder / "own.html").write_text(own)
    dom = browse("--dump-dom", f"{address}/own.html")
    results = json.loads(html_module.unescape(re.search(r"<title>RESULT(.*?)</title>", dom)[1]))  # type: ignore[index]
    register = made.summary.register
    assert results["all"] == results["back"] == len(register)
    users = sum(":user/" in r.resource for r in register)
    assert results["searched"] >= users > 0
    assert results["every"]
    assert results["critical"] == sum(r.severity == "critical" for r in register)
    assert results["up"] == sorted(results["up"])
    assert results["down"] == sorted(results["down"], reverse=True)
    assert results["sort"] == "descending"
    # A script that the policy does not know does not run.
    (folder / "evil.html").write_text(
        page.replace("</body>", "<script>document.title = 'EVIL'</script></body>")
    )
    assert "<title>EVIL" not in browse("--dump-dom", f"{address}/evil.html")
    printed = tmp_path / "printed.pdf"
    browse(f"--print-to-pdf={printed}", f"{address}/page.html")
    assert "Search in all tables" not in pdf_text(printed)
    assert made.summary.report.fingerprint in pdf_text(printed)


# -- the workbook ---------------------------------------------------------------------------------


# -- odd inputs -----------------------------------------------------------------------------------


def report_of(tmp_path: Path, rows: list[dict[str, str]], kind: str) -> reporting.Written:
    store, _ = store_with(
        tmp_path,
        dict(short_form({"credential-report": rows})),
        collected_at=datetime(2026, 9, 30, 1, tzinfo=UTC),
    )
    judged = pipeline.prepare(None)
    formats = ("pdf", "html", "xlsx")
    return reporting.write_report(
        store.place, judged, kind, date(2026, 9, 30), tmp_path / "out", formats=formats
    )


@pytest.mark.parametrize("kind", PERIODS)
def test_one_snapshot_only(kind: str, tmp_path: Path) -> None:
    name = "n" * 500
    made = report_of(tmp_path, [{"user": name, "password_enabled": "true"}], kind)
    assert made.summary.score.change is None
    text = pdf_text(made.of(".pdf"))
    assert not re.search(r"None(?! (?:is|has|of)\b|:)", text)
    read = subprocess.run(["pdftotext", made.of(".pdf"), "-"], capture_output=True, check=True)
    part = name if kind != "monthly" else name[:60]  # Its row breaks over two pages there.
    assert part in "".join(read.stdout.decode().split())


def test_nothing_could_be_evaluated(tmp_path: Path) -> None:
    """Every template says something sensible then; how it is set, one document shows."""
    denied = "An error occurred (AccessDenied) when calling the GetCredentialReport operation: no"
    moment = datetime(2026, 9, 30, 1, tzinfo=UTC)
    store, _ = store_with(tmp_path, {"credential-report": denied}, collected_at=moment)
    rules, end = pipeline.prepare(None), date(2026, 9, 30)
    for kind in PERIODS:
        formats = [f for f in reporting.FORMATS if f != "pdf" or kind == "quarterly"]
        made = reporting.write_report(
            store.place, rules, kind, end, tmp_path / kind, formats=formats
        )
        assert made.summary.held.held == 0
        assert made.summary.rating in ("not tested", "not effective")
        html = render_html(made.summary, load_look(rules.config))
        assert faults(html) == []
        assert "None" not in re.sub(r"\bNone (?:is|has|of)\b|None:", "", html)


def config_with(tmp_path: Path, text: str) -> pipeline.Rules:
    (tmp_path / "reportgen.yaml").write_text(text)
    return pipeline.prepare(tmp_path / "reportgen.yaml")


@pytest.mark.parametrize(
    ("branding", "said"),
    [
        ("logo: missing.png", r"missing\.png cannot be read"),
        ("logo: reportgen.yaml", "neither PNG nor JPEG"),
    ],
)
def test_bad_logo(branding: str, said: str, tmp_path: Path) -> None:
    judged = config_with(tmp_path, f"branding: {{{branding}}}\n")
    with pytest.raises(ConfigError, match=said):
        load_look(judged.config)


@pytest.mark.parametrize("accent", ["'#FFFFFF'", "red", "'#12'", "'#000;} body{'"])
def test_bad_accent(accent: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"reportgen\.yaml:\d+"):
        config_with(tmp_path, f"branding: {{accent: {accent}}}\n")


def test_own_template_replaces_a_section_and_a_broken_one_writes_nothing(
    sample: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample, tmp_path / "own")
    path = tmp_path / "own" / "reportgen.yaml"
    path.write_text(path.read_text() + "templates: mine\n")
    section = tmp_path / "own" / "mine" / "report" / "17-month-review.html"
    section.parent.mkdir(parents=True)
    section.write_text("{# for: monthly #}<h1>Our own page for {{ s.report.organisation }}</h1>")
    judged = pipeline.prepare(path)
    end = date(2026, 9, 30)
    store = tmp_path / "own" / "store"
    made = reporting.write_report(store, judged, "monthly", end, tmp_path / "a", formats=("html",))
    assert "Our own page for Wattle Bay Mutual" in made.of(".html").read_text()
    section.write_text("{# for: monthly #}\n{{ s.no_such_thing.at_all }}")
    with pytest.raises(RenderError, match=r"17-month-review\.html:2"):
        reporting.write_report(store, judged, "monthly", end, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_sections_by_first_line() -> None:
    from jinja2 import DictLoader

    templates = Environment(
        loader=DictLoader(
            {
                "report/20-b.html": "{# for: annual; contents: b = The second #}",
                "report/10-a.html": "no header",
                "report/base.html": "",
            }
        ),
        autoescape=True,
    )
    found = sections(templates, "annual")
    assert [(s.template, s.anchor, s.title) for s in found] == [
        ("report/10-a.html", "", ""),
        ("report/20-b.html", "b", "The second"),
    ]
    assert [s.template for s in sections(templates, "monthly")] == ["report/10-a.html"]


def test_one_file_of_a_user_adds_a_section(sample: Path, tmp_path: Path) -> None:
    """The example of docs/contributing-sections.md, as it stands there."""
    guide = Path(__file__).parents[2] / "docs" / "contributing-sections.md"
    example = re.search(r"```jinja\n(.*?)```", guide.read_text(), re.DOTALL)
    assert example
    section = tmp_path / "report" / "52-partners.html"
    section.parent.mkdir()
    section.write_text(example[1])
    judged = pipeline.prepare(sample / "reportgen.yaml")
    summary = reporting.summary_of(sample / "store", judged, "quarterly", date(2026, 9, 30))
    html = render_html(summary, Look(templates=tmp_path))
    assert f"{len(summary.accounts)} accounts of Wattle Bay Mutual</h1>" in html
    assert '<a href="#partners">Partners</a>' in html
    places = [html.index(f'id="{anchor}"') for anchor in ("accounts", "partners", "findings")]
    assert places == sorted(places)
