"""The child process of pdf.py: an id and HTML on standard input, PDF on standard output."""

from __future__ import annotations

import gc
import logging
import resource
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

_MEMORY = 8 * 1024**3


class AssetsOnly(URLFetcher):  # type: ignore[misc]
    """Fetches files below one folder and nothing else: whatever a document asks for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=["file"], allow_redirects=False, fail_on_errors=True)
        self._folder = folder.resolve()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Answer a file below the folder; raises ValueError for everything else."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self._folder):
            raise ValueError(f"the document may not fetch {url}")
        return super().fetch(url, headers)


def main() -> None:
    """Render, within limits of memory; warnings of the engine go to standard error."""
    folder = Path(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    logging.getLogger("weasyprint").addHandler(logging.StreamHandler(sys.stderr))
    # Most of the extra time past some thousand rows is the garbage collector's.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    identifier, _, html = sys.stdin.buffer.read().decode("utf-8").partition("\n")
    if not identifier:
        return
    document = HTML(
        string=html,
        base_url=f"{folder.resolve().as_uri()}/",
        url_fetcher=AssetsOnly(folder),
    )
    pdf = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=identifier[:32].encode(),
        font_config=FontConfiguration(),
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
