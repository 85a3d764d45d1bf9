"""What the search returns: immutable, as plain as the problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple


class Status(StrEnum):
    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A task's place: slots [start, end), the mode, and the devices by type: ((type, (device, …)), …)."""

    task: str
    start: int
    end: int
    mode: str
    devices: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscheduled:
    """A task left out, why in a manager's words, and the ids of what stood in its way."""

    task: str
    reason: str
    blocking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The objective's five parts, each already multiplied by its coefficient."""

    unscheduled: int = 0
    tardiness: int = 0
    stay: int = 0
    cost: int = 0
    move: int = 0

    @property
    def total(self) -> int:
        return self.unscheduled + self.tardiness + self.stay + self.cost + self.move


class Progress(NamedTuple):
    """Seconds since the start, the best total and the proven bound then; None while there is none."""

    seconds: float
    total: int | None
    bound: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A small set of tasks and of resources, device types or state resources that cannot stand together."""

    tasks: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A plan, or the word that there is none. `objective` is None without a plan."""

    status: Status
    objective: Cost | None = None
    bound: int | None = None
    assignments: tuple[Assignment, ...] = ()
    unscheduled: tuple[Unscheduled, ...] = ()
    conflict: Conflict | None = None
    trace: tuple[Progress, ...] = field(default=())
    seconds: float = 0.0

    @cached_property
    def assignment_by_task(self) -> dict[str, Assignment]:
        return {assignment.task: assignment for assignment in self.assignments}
