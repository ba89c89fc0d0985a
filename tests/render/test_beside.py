"""Work beside: done at the block's end, in a copy where one is safe, and its failure is told."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from reportgen.errors import RenderError, UsageError
from reportgen.render import beside as module
from reportgen.render.beside import beside
from reportgen.render.pdf import PdfRenderer


def note(path: Path) -> None:
    path.write_text(str(os.getpid()))


@pytest.fixture
def possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_possible", lambda: True)


@pytest.mark.usefixtures("possible")
@pytest.mark.parametrize("worth_it", [True, False])
def test_work_is_done_at_the_end_of_the_block(tmp_path: Path, *, worth_it: bool) -> None:
    with beside(lambda: note(tmp_path / "pid"), worth_it=worth_it):
        pass
    here = (tmp_path / "pid").read_text() == str(os.getpid())
    assert here is not worth_it


def test_beside_another_thread_it_is_done_here(tmp_path: Path) -> None:
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        with beside(lambda: note(tmp_path / "pid"), worth_it=True):
            assert (tmp_path / "pid").read_text() == str(os.getpid())
    finally:
        stop.set()
        other.join()


@pytest.mark.usefixtures("possible")
def test_what_goes_wrong_there_is_raised_here() -> None:
    def fail() -> None:
        raise UsageError("No room.", "Make some.")

    with pytest.raises(UsageError, match="No room"), beside(fail, worth_it=True):
        pass


@pytest.mark.usefixtures("possible")
def test_a_copy_that_dies_is_told() -> None:
    def die() -> None:
        os._exit(1)

    with pytest.raises(RenderError, match="died"), beside(die, worth_it=True):
        pass


@pytest.mark.usefixtures("possible")
def test_a_failure_here_does_not_wait_for_the_copy(tmp_path: Path) -> None:
    def long() -> None:
        threading.Event().wait(60)
        note(tmp_path / "pid")

    with pytest.raises(UsageError, match="here"), beside(long, worth_it=True):
        raise UsageError("here")
    assert not (tmp_path / "pid").exists()


@pytest.mark.usefixtures("possible")
def test_a_pdf_is_made_while_a_copy_runs() -> None:
    # The copy holds the ends of all pipes that were open when it began.
    with PdfRenderer() as renderer:
        stop, stopped = os.pipe()
        with beside(lambda: os.read(stop, 1) and None, worth_it=True):
            html = '<html lang="en"><head><title>t</title></head><body></body></html>'
            found = renderer.render(html, "0" * 64, "2026-09-30T00:00:00Z")
            os.write(stopped, b"x")
    assert found.startswith(b"%PDF")
