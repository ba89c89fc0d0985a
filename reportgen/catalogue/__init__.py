"""The catalogue: ``controls/`` as reportgen carries it, and what an organisation adds to it."""

from reportgen.catalogue.load import Own, load_catalogue
from reportgen.catalogue.model import (
    VERSION,
    Cadence,
    Catalogue,
    Control,
    Example,
    Expected,
    Framework,
    Requirement,
    RuleCondition,
    Support,
    TableRule,
)

__all__ = [
    "VERSION",
    "Cadence",
    "Catalogue",
    "Control",
    "Example",
    "Expected",
    "Framework",
    "Own",
    "Requirement",
    "RuleCondition",
    "Support",
    "TableRule",
    "load_catalogue",
]
