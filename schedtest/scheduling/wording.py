"""Slots in a manager's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from .problem import Problem


def moment(problem: Problem, slot: int) -> datetime:
    """The instant at which a slot begins, in the zone of the problem's origin."""
    passed = timedelta(minutes=slot * problem.slot_minutes)
    return (problem.origin.astimezone(UTC) + passed).astimezone(problem.origin.tzinfo)


def at(problem: Problem, slot: int) -> str:
    try:
        when = moment(problem, slot)
    except OverflowError:  # after the year 9999
        return f"slot {slot}"
    return f"{day(when)} {when:%H:%M}"


def day(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b %Y}"


def span(problem: Problem, slots: int) -> str:
    minutes = slots * problem.slot_minutes
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def slots_in_a_day(problem: Problem) -> int:
    """A slot of more than a day counts as one."""
    return max(1, 24 * 60 // problem.slot_minutes)


def days_between(problem: Problem, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The slots of each day that [start, end) touches; days begin at midnight in the zone of the origin."""
    minutes = problem.origin.hour * 60 + problem.origin.minute
    per_day = slots_in_a_day(problem)
    first = -(minutes // problem.slot_minutes)
    for number in range((start - first) // per_day, -(-(end - first) // per_day)):
        begun = first + number * per_day
        yield begun, begun + per_day
