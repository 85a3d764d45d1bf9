"""A plan as arrays: what both engines improve in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arrays import Arrays
from .solution import Cost, Solution


@dataclass(frozen=True, slots=True)
class Incumbent:
    """A plan, not to be changed once made.

    start: int64 (tasks,), slots, -1 for a task left out.   mode: int32 (tasks,), number among the task's modes, -1.
    held: int32, device numbers task after task (arrays knows where), -1 for none; None while no device is named.
    """

    start: NDArray[np.int64]
    mode: NDArray[np.int32]
    held: NDArray[np.int32] | None = None


def cost(arrays: Arrays, incumbent: Incumbent) -> Cost:
    """The objective's five parts, exact. Says nothing about whether the plan keeps the rules."""
    raise NotImplementedError


def missing(arrays: Arrays, incumbent: Incumbent) -> tuple[int, ...]:
    """Tasks that may not be left out (mandatory, fixed, or needed by such) but are: empty for a valid plan."""
    raise NotImplementedError


def end_of(arrays: Arrays, task: int, mode: int, start: int) -> int | None:
    """The end in slots, pauses counted; None where that mode of the task cannot start (closed, or past the horizon)."""
    raise NotImplementedError


def incumbent_of(arrays: Arrays, solution: Solution) -> Incumbent:
    """The plan of a solution, with its named devices."""
    raise NotImplementedError
