"""Slots in a manager's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from .problem import Problem


def moment(problem: Problem, slot: int) -> datetime:
    """The instant at which a slot begins, in the zone of the problem's origin."""
    passed = timedelta(minutes=slot * problem.slot_minutes)
    return (problem.origin.astimezone(UTC) + passed).astimezone(problem.origin.tzinfo)


def at(problem: Problem, slot: int) -> str:
    when = moment(problem, slot)
    return f"{day(when)} {when:%H:%M}"


def day(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b %Y}"


def span(problem: Problem, slots: int) -> str:
    minutes = slots * problem.slot_minutes
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def days_between(problem: Problem, start: int, end: int) -> Iterator[tuple[datetime, int, int]]:
    """Each day that [start, end) touches, by an instant in it, and its slots; days begin at midnight there."""
    minutes = problem.origin.hour * 60 + problem.origin.minute
    per_day = 24 * 60 // problem.slot_minutes
    first = -(minutes // problem.slot_minutes)
    for number in range((start - first) // per_day, -(-(end - first) // per_day)):
        begun = first + number * per_day
        yield moment(problem, max(begun, 0)), begun, begun + per_day


def listed(names: Iterable[str]) -> str:
    return ", ".join(names)
