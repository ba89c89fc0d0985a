"""HTML to PDF, in a child process with limits and with nothing but our own fonts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from reportgen.errors import RenderError
from reportgen.resources import data_folder

SECONDS = 300
_NO_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>{cache}</cachedir></fontconfig>
"""


def render_pdf(html: str, identifier: str) -> bytes:
    """Return the PDF of ``html``: tagged (PDF/UA-1), the same bytes for the same input.

    ``identifier`` becomes the file's id. The child reads only the fonts and styles of
    ``templates/``, from no network. Raises RenderError when it fails or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="reportgen-") as folder:
        settings = Path(folder) / "fonts.conf"
        settings.write_text(_NO_FONTS.format(cache=folder))
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "FONTCONFIG_FILE": str(settings),
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "PYTHONUTF8": "1",
        }
        command = [sys.executable, "-m", "reportgen.render.worker", identifier]
        command.append(str(data_folder("templates")))
        try:
            done = subprocess.run(  # noqa: S603 - our own module, no shell
                command,
                input=html.encode("utf-8", "replace"),
                capture_output=True,
                env=environment,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RenderError(f"The PDF was not ready after {SECONDS} seconds.") from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RenderError(
            f"The PDF could not be made: {said[-1] if said else 'no reason given'}",
            "Are the system libraries of WeasyPrint there? `make report` installs them.",
        )
    return done.stdout
