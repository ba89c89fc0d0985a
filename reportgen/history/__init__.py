"""Every account's position at each month end: planned, judged where it must be, read back."""

from reportgen.history.history import History, HistoryFound
from reportgen.history.plan import Point
from reportgen.history.points import PointJudge

__all__ = ["History", "HistoryFound", "Point", "PointJudge"]
