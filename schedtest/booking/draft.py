"""Between a `Solution` and a plan of placements: the other door to the scheduling core, both ways."""

from collections.abc import Iterable, Iterator

from babel.dates import format_date
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schedtest.booking.opening import Windows, intersection
from schedtest.booking.season import next_open, open_days, seasons_of
from schedtest.booking.snapshot import PLANNED_STATES, Snapshot, Wanted
from schedtest.booking.ways import is_interruptible
from schedtest.booking.why_not import Ways
from schedtest.models.booking import Booking
from schedtest.models.plan import LeftOut, Part, Placement, Plan, PlanState
from schedtest.models.request import TestRequest
from schedtest.models.run import Run
from schedtest.scheduling.check import cost_of
from schedtest.scheduling.solution import Assignment, Solution, Status, Unscheduled


def write_draft(session: Session, run: Run, snapshot: Snapshot, solution: Solution, ways: Ways) -> Plan:
    """A new draft plan from a run's solution, with what the published plan holds outside the run's horizon.

    ways: what would let in what it leaves out. A test that was withdrawn meanwhile, or returned, is not in it.
    """
    published = session.scalar(select(Plan).where(Plan.state == PlanState.PUBLISHED))
    planned = set(session.scalars(select(TestRequest.id).where(TestRequest.state.in_(PLANNED_STATES))))
    plan = Plan(
        number=1 + (session.scalar(select(func.max(Plan.number))) or 0),
        run_id=run.id,
        based_on_id=published.id if published else None,
        created_at=run.finished_at,
        created_by_id=run.requested_by_id,
        starts=snapshot.slots.origin,
        ends=snapshot.slots.ends,
        placements=[row for row in placements_of(snapshot, solution) if row.request_id in planned],
        left_out=[row for row in _left_out(snapshot, solution, ways) if row.request_id in planned],
    )
    plan.placements += _carried_over(session, {wanted.request.id for wanted in snapshot.wanted.values()} & planned)
    session.add(plan)
    session.flush()
    return plan


def placements_of(snapshot: Snapshot, solution: Solution) -> Iterator[Placement]:
    """Where the solution puts each part of each test. What is decided keeps the times of its booking, uncut."""
    slots = snapshot.slots
    for assignment in solution.assignments:
        wanted = snapshot.wanted[assignment.task]
        way = wanted.ways[assignment.mode]
        starts, ends = slots.instant(assignment.start), slots.instant(assignment.end)
        devices = dict(assignment.devices)
        if wanted.fixed and wanted.booking:
            starts, ends = wanted.booking.starts, wanted.booking.ends
            devices = dict(wanted.devices)
        pauses = is_interruptible(wanted.request, wanted.part)
        worked: Windows = intersection(((starts, ends),), way.windows) if pauses else ((starts, ends),)
        yield Placement(
            request_id=wanted.request.id,
            part=wanted.part,
            starts=starts,
            ends=ends,
            mode=way.id,
            routes=way.route_codes,
            site_id=way.site.id if way.site else None,
            devices={device_type: list(names) for device_type, names in devices.items() if names},
            pieces=[[start.isoformat(), end.isoformat()] for start, end in worked],
        )


def _left_out(snapshot: Snapshot, solution: Solution, ways: Ways) -> Iterator[LeftOut]:
    for entry in solution.unscheduled:
        wanted = snapshot.wanted[entry.task]
        if wanted.part == Part.TEST:
            yield LeftOut(
                request_id=wanted.request.id,
                reason=_out_of_season(snapshot, wanted) or entry.reason,
                blocking=list(entry.blocking),
                ways=list(ways.get(entry.task, ())),
            )


def _out_of_season(snapshot: Snapshot, wanted: Wanted) -> str | None:
    """What the core can only call too little working time, when it is the season that leaves none."""
    task = snapshot.problem.task_by_id[wanted.task_id]
    end = snapshot.problem.horizon if task.deadline is None else task.deadline
    if task.release >= end:
        return None
    seasons, last = seasons_of(wanted.request), snapshot.slots.day(end - 1)
    if open_days(seasons, snapshot.slots.day(task.release), last) is not None:
        return None
    opens = next_open(seasons, last)
    return f"it is out of season until {format_date(opens, 'EEE d MMM y', locale='en')}" if opens else None


def _carried_over(session: Session, planned_now: Iterable[int]) -> list[Placement]:
    """Placements like those of the bookings that the new plan says nothing of, and that are not over."""
    known = set(planned_now)
    standing = session.scalars(
        select(Placement)
        .join(
            Booking,
            (Booking.plan_id == Placement.plan_id)
            & (Booking.request_id == Placement.request_id)
            & (Booking.part == Placement.part),
        )
        .where(Booking.finished_at.is_(None))
    )
    return [
        Placement(
            request_id=row.request_id,
            part=row.part,
            starts=row.starts,
            ends=row.ends,
            mode=row.mode,
            routes=row.routes,
            site_id=row.site_id,
            devices=row.devices,
            pieces=row.pieces,
        )
        for row in standing
        if row.request_id not in known
    ]


def solution_of(snapshot: Snapshot, placements: Iterable[Placement]) -> Solution:
    """What the placements say, as a solution of the snapshot's problem; tests without one are left out."""
    by_part = {(row.request_id, row.part): row for row in placements}
    assignments, missing = [], []
    for task, wanted in snapshot.wanted.items():
        placement = by_part.get((wanted.request.id, wanted.part))
        if placement is None:
            missing.append(Unscheduled(task=task, reason="The plan has no place for it."))
        else:
            assignments.append(_assignment(snapshot, task, wanted, placement))
    return Solution(
        status=Status.FEASIBLE,
        objective=cost_of(snapshot.problem, assignments),
        assignments=tuple(assignments),
        unscheduled=tuple(missing),
    )


def published_solution(session: Session, snapshot: Snapshot) -> Solution:
    """What is published, as far as it can still be said in the snapshot's terms; it may break rules by now."""
    published = select(Plan.id).where(Plan.state == PlanState.PUBLISHED).scalar_subquery()
    ways = {(wanted.request.id, wanted.part): wanted.ways for wanted in snapshot.wanted.values()}
    rows = session.scalars(select(Placement).where(Placement.plan_id == published))
    return solution_of(snapshot, [row for row in rows if row.mode in ways.get((row.request_id, row.part), ())])


def _assignment(snapshot: Snapshot, task: str, wanted: Wanted, placement: Placement) -> Assignment:
    booking, slots = wanted.booking, snapshot.slots
    unmoved = booking is not None and (placement.starts, placement.mode) == (booking.starts, booking.mode)
    if wanted.fixed and unmoved:
        start, end = wanted.fixed.start, wanted.fixed.end
    else:
        start, end = slots.floor(placement.starts), slots.ceiling(placement.ends)
    named = () if wanted.fixed else placement.devices.items()
    devices = tuple((device_type, tuple(names)) for device_type, names in named)
    return Assignment(task=task, start=start, end=end, mode=placement.mode, devices=devices)
