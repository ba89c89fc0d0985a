"""The catalogue as a site: a page for each control and framework, links, and the search."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reportgen.catalogue import load_catalogue
from reportgen.render.site import anchor, site, write_site
from tests.catalogue.test_own import CONTROL, RULE, write
from tests.conftest import Run

CATALOGUE = load_catalogue()
FILES = site(CATALOGUE)
LINK = re.compile(r'(?:href|src)="([^"]+)"')


def test_each_control_and_framework_has_its_page() -> None:
    """What the YAML says now stands on its page: there is no second copy to become stale."""
    for control in CATALOGUE.controls.values():
        page = html.unescape(FILES[f"controls/{control.id}.html"])
        assert control.statement in page
        assert control.test in page
    for framework in CATALOGUE.frameworks.values():
        page = html.unescape(FILES[f"frameworks/{framework.id}.html"])
        for requirement in framework.requirements:
            assert f'id="{anchor(requirement.id)}"' in page
            assert requirement.text in page
        for row in framework.counted:
            assert ", ".join(row.ids) in page


def test_every_link_leads_somewhere() -> None:
    for name, text in FILES.items():
        if not name.endswith(".html"):
            continue
        for link in LINK.findall(text):
            address, _, place = html.unescape(link).partition("#")
            if address.startswith("https://"):
                continue
            path = (Path("/") / name).parent / address
            target = path.resolve().relative_to("/").as_posix()
            assert target in FILES, f"{name}: {link}"
            assert not place or f'id="{place}"' in html.unescape(FILES[target]), link


def test_nothing_comes_from_elsewhere() -> None:
    for name, text in FILES.items():
        if name.endswith(".html"):
            assert not re.search(r'(?:src|stylesheet" href)="(?:https?:)?//', text)
            assert "default-src 'none'" in text


def test_the_same_catalogue_gives_the_same_bytes(tmp_path: Path) -> None:
    assert site(CATALOGUE) == FILES
    assert write_site(CATALOGUE, tmp_path) == len(FILES)
    written = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {name: p.read_text(encoding="utf-8") for name, p in written.items()} == FILES


def test_text_of_ones_own_is_text_alone(tmp_path: Path) -> None:
    title = "title: </script><img src=x onerror=alert(1)>"
    text = (CONTROL % RULE).replace("title: Users carry a cost centre", title)
    files = site(load_catalogue(own=write(tmp_path, controls__ACME_01=text)))
    for name in ("controls/ACME-01.html", "index.html", "index.js"):
        assert "<img src=x" not in files[name]
    entries = json.loads(files["index.js"].removeprefix("const PAGES = ").rstrip(";\n"))
    assert any(entry[2] == title.removeprefix("title: ") for entry in entries)


def test_command_writes_it(run: Run, tmp_path: Path) -> None:
    done = run("controls", "site", "--out", "site")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "index.html").is_file()
    assert (tmp_path / "site" / "controls" / "MFA-01.html").is_file()


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(BROWSER is None, reason="no browser here")
def test_a_browser_searches(tmp_path: Path) -> None:
    """Chromium opens the folder's index, types, and shows what fits first."""
    write_site(CATALOGUE, tmp_path / "site")
    page = tmp_path / "site" / "index.html"
    typed = (
        "<script>document.getElementById('search').value = 'ISM-1648 45 days';"
        "show();</script></body>"
    )
    text = page.read_text(encoding="utf-8")
    # The test's own script; the page itself allows none that is inline.
    text = re.sub(r"<meta http-equiv[^>]*>", "", text).replace("</body>", typed)
    page.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
         f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    found = re.search(r'<ul id="found"[^>]*>(.*?)</ul>', done.stdout, re.DOTALL)
    assert found, done.stderr[-500:]
    links = re.findall(r'<a href="([^"]+)">([^<]+)</a>', found[1])
    assert {link for link, _ in links} == {
        "frameworks/essential-eight.html#ISM-1648", "frameworks/ism.html#ISM-1648",
    }  # fmt: skip
