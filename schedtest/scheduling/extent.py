"""How far a problem reaches in time, and how much room it takes over slots."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from .problem import Problem

MEMORY = 2**29
"""Bytes that the arrays over slots may take."""

LONGEST = 2**20
"""Slots that the arrays may span."""

LARGEST_AMOUNT = 2**30
"""What the tasks may ask of one resource in all, so that 32 bits hold it."""


def fits(problem: Problem) -> bool:
    """Whether arrays over slots can hold it; if not (a horizon of 10^9 slots), only the CP-SAT model can."""
    horizon = useful_horizon(problem)
    if horizon > LONGEST:
        return False
    if max(asked_at_most(problem).values(), default=0) > LARGEST_AMOUNT:
        return False
    return bytes_over_slots(problem, horizon) <= MEMORY


def bytes_over_slots(problem: Problem, horizon: int) -> int:
    """That tables and one profile take over slots: bits of levels, calendars and devices, what is free of each row."""
    modes = [mode for task in problem.tasks for mode in task.modes]
    levels = {("resource", use) for mode in modes for use in mode.uses}
    levels |= {("type", demand) for mode in modes for demand in mode.devices}
    states = {state for mode in modes for state in mode.states}
    asked, calendars = asked_at_most(problem), len(problem.calendars)
    digits = sum(amount.bit_length() for amount in asked.values() if amount > 1)
    digits += len(states) * len(problem.tasks).bit_length()
    words = -(-horizon // 64)
    bits = 2 * (len(levels) + len(states) + calendars + digits) + 3 * len(problem.devices)
    return 8 * words * bits + 4 * horizon * (len(asked) + len(states)) + 8 * horizon * calendars


def shortened(problem: Problem) -> Problem:
    """Without the slots at the end that no plan gains by, so that both engines know the same places."""
    horizon = max(1, useful_horizon(problem))
    return problem if horizon == problem.horizon else replace(problem, horizon=horizon)


def asked_at_most(problem: Problem) -> dict[tuple[str, str], int]:
    """By ("resource" or "type", id): what all tasks together can ask of it at most."""
    asked: dict[tuple[str, str], int] = defaultdict(int)
    for task in problem.tasks:
        most: dict[tuple[str, str], int] = {}
        for mode in task.modes:
            for kind, demands in (("resource", mode.uses), ("type", mode.devices)):
                for name, amount in demands:
                    most[kind, name] = max(most.get((kind, name), 0), amount)
        for key, amount in most.items():
            if amount:
                asked[key] += amount
    return asked


def useful_horizon(problem: Problem) -> int:
    """Nobody gains by working on after all that happens by itself is over and every task has had its turn."""
    last = [0, *(task.release for task in problem.tasks)]
    last += [calendar.windows[-1].end for calendar in problem.calendars if calendar.windows]
    last += [closure.end for resource in problem.resources for closure in resource.closures]
    last += [closure.end for device in problem.devices for closure in device.closures]
    last += [task.fixed.start for task in problem.tasks if task.fixed is not None]
    last += [placing.start for placing in problem.baseline]
    turn = max((device_type.turnaround for device_type in problem.device_types), default=0)
    change = max((t.slots for resource in problem.state_resources for t in resource.transitions), default=0)
    work = sum(max(mode.duration for mode in task.modes) + turn + change for task in problem.tasks)
    lags = sum(abs(p.min_lag) + abs(p.max_lag or 0) for p in problem.precedences)
    return min(problem.horizon, max(last) + work + lags + change)
