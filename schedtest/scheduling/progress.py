"""What a search tells while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .solution import Progress


class ProgressReport(NamedTuple):
    """phase: preparing, constructing, improving, proving or explaining. total, bound: None while there is none.

    ends: by task id, the slot in which it ends in the best plan so far; those left out are missing.
    """

    phase: str
    placed: int
    asked: int
    total: int | None
    bound: int | None
    seconds: float
    ends: Mapping[str, int]


class Recorder:
    """Keeps the best total and bound, a row of the trace whenever either improves, and passes every report on."""

    def __init__(
        self, asked: int, seconds: Callable[[], float], progress: Callable[[ProgressReport], None] | None
    ) -> None:
        self.phase = "preparing"
        self.total: int | None = None
        self.bound: int | None = None
        self.trace: list[Progress] = []
        self._ends: Mapping[str, int] = {}
        self._asked = asked
        self._seconds = seconds
        self._progress = progress

    def enter(self, phase: str) -> None:
        self.phase = phase
        self.report()

    def found(self, total: int, ends: Mapping[str, int]) -> None:
        if self.total is None or total < self.total:
            self.total, self._ends = total, ends
            self._note()

    def proved(self, bound: int) -> None:
        """One above the total would be a mistake: it is kept as it is, so that the check of the whole tells of it."""
        if self.bound is None or bound > self.bound:
            self.bound = bound
            self._note()

    @property
    def closed(self) -> bool:
        return self.total is not None and self.total == self.bound

    def _note(self) -> None:
        self.trace.append(Progress(round(self._seconds(), 3), self.total, self.bound))
        self.report()

    def report(self) -> None:
        if self._progress is not None:
            self._progress(
                ProgressReport(
                    self.phase, len(self._ends), self._asked, self.total, self.bound, self._seconds(), self._ends
                )
            )
