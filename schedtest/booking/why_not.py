"""What would let a left-out test into the plan: changes that were tried, as the core's sentences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from schedtest.booking.snapshot import Snapshot
from schedtest.models.plan import Part
from schedtest.scheduling.solution import Solution

MOST = 3
"""Ways told of one test."""

Ways = Mapping[str, Sequence[str]]
"""By task id."""


def ways_in(snapshot: Snapshot, solution: Solution, over: Callable[[], bool]) -> Ways:
    """For the tests that the solution leaves out, one after the other until `over`; a test without any is missing."""
    out = [entry.task for entry in solution.unscheduled if snapshot.wanted[entry.task].part == Part.TEST]
    if not out:
        return {}
    from schedtest.scheduling.beside import Beside
    from schedtest.scheduling.explain import Explainer
    from schedtest.scheduling.model.lookup import Lookup

    local = replace(snapshot.problem, origin=snapshot.problem.origin.astimezone(snapshot.slots.zone))
    explainer = Explainer(Beside(Lookup(local), solution.assignment_by_task))
    found: dict[str, list[str]] = {}
    for task in out:
        if over():
            break
        ways = [way.text for way in explainer.of(task, thorough=False, most=MOST).ways]
        if ways:
            found[task] = ways
    return found
