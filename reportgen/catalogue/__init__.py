"""The catalogue: ``controls/`` as reportgen carries it, and what an organisation adds to it."""

from reportgen.catalogue.load import Own, load_catalogue
from reportgen.catalogue.model import (
    VERSION,
    Cadence,
    Catalogue,
    Condition,
    Control,
    Example,
    Expected,
    Framework,
    Requirement,
    Rule,
    Support,
)

__all__ = [
    "VERSION",
    "Cadence",
    "Catalogue",
    "Condition",
    "Control",
    "Example",
    "Expected",
    "Framework",
    "Own",
    "Requirement",
    "Rule",
    "Support",
    "load_catalogue",
]
