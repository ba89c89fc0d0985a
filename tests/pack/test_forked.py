"""Work in processes that were forked: what it makes comes back, in order, and so do its faults.

In a process without other threads, as the command is one: beside those nothing is forked.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from reportgen.errors import UsageError
from reportgen.pack import forked
from reportgen.pack.forked import apart, each

SCRIPT = """
import os, signal
from reportgen.errors import RenderError, UsageError
from reportgen.pack.forked import apart, each

def fails():
    raise UsageError("No such thing.", "Give another.")

here, held = os.getpid(), list(range(1000))
assert apart(os.getpid, worth_it=True) != here
assert apart(lambda: [sum(held)], worth_it=True) == [499_500]
# It may have processes of its own, as a report has for its workbook.
found = apart(lambda: list(each(lambda name: (name, os.getpid()), ["a", "b"])), worth_it=True)
assert [name for name, _ in found] == ["a", "b"]
assert here not in {pid for _, pid in found}
try:
    apart(fails, worth_it=True)
except UsageError as error:
    assert (error.message, error.hint) == ("No such thing.", "Give another.")
else:
    raise AssertionError("no fault")
try:
    apart(lambda: os.kill(os.getpid(), signal.SIGKILL), worth_it=True)
except RenderError as error:
    assert "died" in error.message
else:
    raise AssertionError("no fault")
print("all of it")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks are made on Linux alone")
def test_what_is_made_apart_comes_back_and_so_do_faults() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.stdout == "all of it\n", done.stderr


def test_what_is_not_worth_a_process_is_made_here() -> None:
    def fails() -> None:
        raise UsageError("No such thing.")

    assert apart(os.getpid, worth_it=False) == os.getpid()
    with pytest.raises(UsageError):
        apart(fails, worth_it=False)


def test_beside_another_thread_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked.threading, "active_count", lambda: 2)
    assert apart(os.getpid, worth_it=True) == os.getpid()
    assert list(each(lambda _: os.getpid(), ["a", "b"])) == [os.getpid()] * 2
