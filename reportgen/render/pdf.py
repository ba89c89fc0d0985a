"""HTML to PDF, in a child process with limits and with nothing but our own fonts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import RenderError
from reportgen.resources import data_folder

SECONDS = 300
# The child process, but for the folder that it may read.
ENGINE: tuple[str, ...] = (sys.executable, "-m", "reportgen.render.worker")
_NO_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>{cache}</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class PdfJob:
    """A PDF that is to be made, of this ``name``; for the rest see ``PdfRenderer.start``."""

    name: str
    html: str
    identifier: str
    created: str
    attachments: Mapping[str, str]


class PdfRenderer:
    """A child process that turns one HTML document into a PDF.

    It is started at once, so that loading the engine overlaps with making the document. It reads
    only the fonts and styles of ``templates/``, from no network. Use it as a context manager.
    """

    _thread: threading.Thread | None = None

    def __enter__(self) -> PdfRenderer:
        self._folder = tempfile.TemporaryDirectory(prefix="reportgen-")
        settings = Path(self._folder.name) / "fonts.conf"
        settings.write_text(_NO_FONTS.format(cache=self._folder.name))
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "FONTCONFIG_FILE": str(settings),
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "PYTHONUTF8": "1",
            "TMPDIR": self._folder.name,
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [*ENGINE, str(data_folder("templates"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if self._thread is not None:
            self._thread.join()
        else:
            self._process.communicate()
        self._folder.cleanup()

    def render(
        self, html: str, identifier: str, created: str, attachments: Mapping[str, str] | None = None
    ) -> bytes:
        """Start and finish at once; see both."""
        self.start(html, identifier, created, attachments)
        return self.finish()

    def start(
        self, html: str, identifier: str, created: str, attachments: Mapping[str, str] | None = None
    ) -> None:
        """Hand over the document, and return while it is being rendered.

        ``identifier`` becomes the file's id, ``created`` (ISO 8601) the date of the attachments,
        given as text by file name.
        """
        job = {
            "html": html,
            "identifier": identifier,
            "created": created,
            "attachments": dict(attachments or {}),
        }
        content = json.dumps(job).encode()
        self._job = b"%d\n%b" % (len(content), content)
        self._answer: list[tuple[bytes, bytes] | subprocess.TimeoutExpired] = []
        self._thread = threading.Thread(target=self._communicate, daemon=True)
        self._thread.start()

    def _communicate(self) -> None:
        try:
            self._answer.append(self._process.communicate(self._job, timeout=SECONDS))
        except subprocess.TimeoutExpired as error:
            self._answer.append(error)

    def finish(self) -> bytes:
        """Return the PDF: PDF/A-3a and PDF/UA-1, the same bytes for the same input.

        Raises RenderError when it failed or took too long.
        """
        if self._thread is not None:
            self._thread.join()
        answer = self._answer[0] if self._answer else (b"", b"")
        if isinstance(answer, subprocess.TimeoutExpired):
            raise RenderError(f"The PDF was not ready after {SECONDS} seconds.") from answer
        pdf, errors = answer
        if self._process.returncode or not pdf.startswith(b"%PDF"):
            said = errors.decode("utf-8", "replace").strip().splitlines()
            raise RenderError(
                f"The PDF could not be made: {said[-1] if said else 'no reason given'}",
                "Are the system libraries of WeasyPrint there? `make report` installs them.",
            )
        return pdf
