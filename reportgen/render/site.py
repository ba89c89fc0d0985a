"""The catalogue as a static site: a page for each control and framework, and a search over them.

Plain files that a browser opens from a folder: no server, no network, nothing from elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reportgen.assess.parameters import described
from reportgen.assess.run import find_check
from reportgen.assess.thresholds import crosswalk
from reportgen.catalogue import Catalogue, Control, Framework
from reportgen.catalogue.coverage import coverage_of, reach_of
from reportgen.files import write_private
from reportgen.resources import data_folder

_FILES = ("site.css", "search.js")


def site(catalogue: Catalogue) -> dict[str, str]:
    """The text of every file of the site by its path; the same catalogue gives the same bytes."""
    templates = _environment()
    templates.filters["anchor"] = anchor

    def page(template: str, root: str, **told: Any) -> str:
        return templates.get_template(f"site/{template}.html").render(
            root=root, catalogue=catalogue, **told
        )

    folder = data_folder("templates") / "site"
    files = {name: (folder / name).read_text(encoding="utf-8") for name in _FILES}
    files["index.js"] = f"const PAGES = {_script(list(_entries(catalogue)))};\n"
    coverage = {key: coverage_of(f) for key, f in catalogue.frameworks.items()}
    files["index.html"] = page("index", "", coverage=coverage)
    files["crosswalk.html"] = page("crosswalk", "", thresholds=crosswalk(catalogue))
    for control in catalogue.controls.values():
        files[f"controls/{control.id}.html"] = page(
            "control",
            "../",
            control=control,
            commands=_commands(control),
            kinds=described(find_check(catalogue, control)),
            supported=_supported(catalogue, control),
        )
    for key, framework in catalogue.frameworks.items():
        files[f"frameworks/{key}.html"] = page(
            "framework", "../", framework=framework, coverage=coverage[key], reach_of=reach_of
        )
    return files


def write_site(catalogue: Catalogue, out: Path) -> int:
    """Write the site into the folder ``out``; returns how many files it has."""
    files = site(catalogue)
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, text.encode("utf-8"))
    return len(files)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(data_folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def anchor(own_id: str) -> str:
    """The anchor of a requirement: an HTML id has no white space."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", own_id).strip("-")


def _commands(control: Control) -> list[tuple[str, str]]:
    """Commands by kind of resource; one without a kind where all are the same."""
    cli = control.remediation.cli
    if isinstance(cli, dict):
        return list(cli.items())
    return [("", cli)] if cli else []


def _supported(catalogue: Catalogue, control: Control) -> list[tuple[Framework, list[str]]]:
    """Frameworks and ids of the requirements that a control supports."""
    found = []
    for framework in catalogue.frameworks.values():
        ids = [
            r.id for r in framework.requirements if any(s.control == control.id for s in r.controls)
        ]
        if ids:
            found.append((framework, ids))
    return found


def _entries(catalogue: Catalogue) -> Iterator[tuple[str, str, str, str]]:
    """What the search goes over: address, name, what is shown, and words that are not shown."""
    for control in catalogue.controls.values():
        words = " ".join((control.family, control.statement, control.why, control.check))
        yield f"controls/{control.id}.html", control.id, control.title, words
    for framework in catalogue.frameworks.values():
        address = f"frameworks/{framework.id}.html"
        yield address, framework.short, framework.title, framework.publisher
        for requirement in framework.requirements:
            name = f"{framework.short} {requirement.id}"
            yield f"{address}#{anchor(requirement.id)}", name, requirement.text, requirement.group


def _script(value: Any) -> Markup:
    # Text in a script must not end it.
    return Markup(json.dumps(value, ensure_ascii=True).replace("<", "\\u003c"))  # noqa: S704
