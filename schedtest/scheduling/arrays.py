"""The problem as flat numpy arrays over tasks, modes and slots, for the compiled engine."""

from __future__ import annotations

from dataclasses import dataclass

from .problem import Problem


@dataclass(frozen=True, slots=True)
class Arrays:
    """A problem ready for the compiled engine; immutable, pickles. Tasks and modes are numbered as in the problem."""

    problem: Problem

    @classmethod
    def of(cls, problem: Problem) -> Arrays:
        """Raises ValueError if not fits(problem)."""
        raise NotImplementedError


def fits(problem: Problem) -> bool:
    """Whether arrays over slots can hold it; if not (a horizon of 10^9 slots), only the CP-SAT model can."""
    raise NotImplementedError
