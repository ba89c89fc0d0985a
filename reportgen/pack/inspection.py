"""What the checks of one pack share: its files, and the flaws found so far.

Standard library only: it travels in the pack.
"""

from __future__ import annotations

from reportgen.evidence.seal import Flaw
from reportgen.pack.checked import Checked
from reportgen.pack.container import BROKEN, Container, content_of


class Inspection:
    """One pack on its way through the checks.

    ``bad`` has the files that are flawed already: one file, one flaw.
    """

    def __init__(self, container: Container, checked: Checked) -> None:
        self.container = container
        self.checked = checked
        self.bad: set[str] = {flaw.place.partition(": ")[2] for flaw in container.flaws}

    def flaw(self, name: str, place: str, expected: str, found: str) -> None:
        """Note a flaw at a file of the pack."""
        # What cannot be read is not also of the wrong size.
        self.bad.add(place)
        where = f"{self.checked.place}: {place}"
        self.checked.flaws.append(Flaw(name, where, expected, found))

    def note(self, text: str) -> None:
        """Note what is no flaw."""
        self.checked.notes.append(text)

    def small(self, name: str, limit: int) -> bytes | None:
        """A file that is read whole; None, and a flaw, where that is not possible."""
        if name not in self.container.sizes:
            self.flaw("missing", name, "a file of the pack", "no such file")
            return None
        try:
            return content_of(self.container, name, limit)
        except BROKEN as error:
            if name not in self.bad:
                self.flaw("invalid", name, "a file that can be read", str(error))
            return None
