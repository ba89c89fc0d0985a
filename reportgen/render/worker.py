"""The child process of pdf.py: a job as JSON on standard input, the PDF on standard output."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import resource
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pydyf
from weasyprint import CSS, HTML, Attachment
from weasyprint.css.counters import CounterStyle
from weasyprint.html import UA
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reportgen.render.engine import quicken

_MEMORY = 8 * 1024**3


class AssetsOnly(URLFetcher):  # type: ignore[misc]
    """Fetches files below one folder, and data inside the document; nothing else, ever."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            allowed_protocols=["file", "data"], allow_redirects=False, fail_on_errors=True
        )
        self._folder = folder.resolve()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Answer a file below the folder or a data URL; raises ValueError for everything else."""
        if url.startswith("data:image/"):
            return super().fetch(url, headers)
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self._folder):
            raise ValueError(f"the document may not fetch {url}")
        return super().fetch(url, headers)


# What the engine's own style says of every element, in case it has a footnote or a list's marker.
_OF_EVERY = re.compile(r"^::(?:foot)?note-.*\n", re.MULTILINE)
_MARKER = re.compile(r"^::marker\b", re.MULTILINE)
_NOTES = re.compile(r"float\s*:\s*(?:foot)?note|list-item|<summary\b", re.IGNORECASE)


class PlainDocument(HTML):  # type: ignore[misc]
    """A document without footnotes, of which only items of lists have markers.

    The engine keeps a style for each of five pseudo-elements of every element, whether it comes to
    be or not: a quarter of its memory, and a sixth of its time. The PDF is the same without them.
    """

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        del forms
        style = _MARKER.sub("li::marker", _OF_EVERY.sub("", UA))
        # The styles of counters in it are known already: they go nowhere.
        return [CSS(string=style, counter_style=CounterStyle())]


def kind_of(html: str) -> type[HTML]:
    """What reads a document: an organisation's own templates may have footnotes, or other lists."""
    return HTML if _NOTES.search(html) else PlainDocument


# What lies in the XMP beside PDF/A's own: the claim of PDF/UA-1, and the schema that PDF/A wants
# for a property that it does not know (ISO 19005-3, 6.6.2.3).
_UA_CLAIM = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"\
 pdfuaid:part="1"/>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"\
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"\
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>\
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>\
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description></rdf:li></rdf:Seq>\
</pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


class WrittenObject(pydyf.Object):  # type: ignore[misc]
    """An object of a PDF as it will stand in the file."""

    data = b""
    compressible = False

    def __init__(self, given: Any) -> None:
        super().__init__()
        self.number, self.generation, self.free = given.number, given.generation, given.free
        self.data, self.compressible = given.data, given.compressible


def write_once(pdf: Any) -> None:
    """Make the bytes of each object now: the library makes them twice, for the file's id too."""
    pdf.objects[:] = [each if each.free == "f" else WrittenObject(each) for each in pdf.objects]


def finish(_: object, pdf: Any) -> None:
    """Claim PDF/UA-1 beside PDF/A-3a, and list each attachment once.

    The engine writes one claim a file, and its version 70 lists every attachment twice in /AF.
    """
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    metadata.stream = [
        part.replace(b"</rdf:RDF>", _UA_CLAIM + b"</rdf:RDF>", 1) for part in metadata.stream
    ]
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))
    write_once(pdf)


def _attachments(job: dict[str, Any]) -> list[Attachment]:
    moment = datetime.fromisoformat(job["created"])
    return [
        Attachment(
            string=content.encode("utf-8", "surrogatepass"),
            name=name,
            description="Every number of this report, as data",
            created=moment,
            modified=moment,
            relationship="Source",
        )
        for name, content in job["attachments"].items()
    ]


def main() -> None:
    """Render, within limits of memory; warnings of the engine go to standard error."""
    folder = Path(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    logging.getLogger("weasyprint").addHandler(logging.StreamHandler(sys.stderr))
    # Where this process has its own, also if it was forked from one that had another.
    tempfile.tempdir = None
    # One document, of bounded length, then the end: collecting would cost time and save no room.
    gc.disable()
    quicken()
    # The length comes first: another process that was started meanwhile may hold the pipe open.
    length = sys.stdin.buffer.readline()
    if not length:
        return
    job = json.loads(sys.stdin.buffer.read(int(length)))
    document = kind_of(job["html"])(
        string=job["html"],
        base_url=f"{folder.resolve().as_uri()}/",
        url_fetcher=AssetsOnly(folder),
    )
    pdf = document.write_pdf(
        finisher=finish,
        pdf_variant="pdf/a-3a",
        pdf_identifier=job["identifier"][:32].encode(),
        font_config=FontConfiguration(),
        attachments=_attachments(job),
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # To take apart a million objects on the way out costs half a second. What the engine put into
    # its folder for temporary files is the parent's to remove.
    os._exit(0)
