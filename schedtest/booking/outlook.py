"""When a campaign's tests that have no date could be done: beside what is published, of which nothing moves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from schedtest.booking.access import Actor, allowed, own
from schedtest.booking.changing import AGREED, BEING_WRITTEN, today
from schedtest.booking.draft import published_solution
from schedtest.booking.institute import read_institute
from schedtest.booking.run import LONGEST_WEEKS
from schedtest.booking.snapshot import Snapshot, read_situation, take_snapshot
from schedtest.models.booking import Booking
from schedtest.models.campaign import Campaign
from schedtest.models.database import Sessions
from schedtest.models.plan import Part
from schedtest.models.request import State
from schedtest.models.user import Role
from schedtest.scheduling.problem import Objective
from schedtest.scheduling.solution import Solution

if TYPE_CHECKING:
    from schedtest.scheduling.recommend import Offer

WEEKS_AFTER = 8
"""Looked at beyond the day by which all is wanted; as far as may be if a test finds no place by then: its season may
be over."""

WAITING = AGREED | {State.SUBMITTED}

ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Prospect:
    """A way in which the tests without a date fit in: first and last day of work.

    aim: of schedtest.scheduling.recommend.   left_out: tests without a place.
    """

    aim: str
    starts_on: date
    ends_on: date
    left_out: int

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True)
class Outlook:
    """due_on: when the campaign is wanted by.   tests: those without a date; for the institute's people those that are
    submitted, not those still written.   prospects: the earliest, then the one with the shortest stay if that is
    another; none if no test finds a place.
    """

    due_on: date
    tests: int
    prospects: Sequence[Prospect]


@allowed("manufacturer", "manager", "administrator")
def outlook(sessions: Sessions, actor: Actor, campaign_id: int, *, now: datetime) -> Outlook:
    """Raises NotFound."""
    with sessions.begin() as session:
        campaign = own(session, actor, Campaign, campaign_id)
        booked = set(session.scalars(select(Booking.request_id)))
        shown = WAITING | BEING_WRITTEN if actor.role == Role.MANUFACTURER else WAITING
        asked = {test.id for test in campaign.requests if test.state in shown and test.id not in booked}
        if not asked:
            return Outlook(campaign.due_on, 0, [])
        institute, starts_on = read_institute(session), today(session, now)
        last = max(campaign.release_on, campaign.due_on, starts_on)
        soon = min(LONGEST_WEEKS, (last - starts_on).days // 7 + 1 + WEEKS_AFTER)
        found: list[Prospect] = []
        for weeks in dict.fromkeys([soon] if campaign.deadline_on else [soon, LONGEST_WEEKS]):
            situation = read_situation(
                session,
                institute,
                starts_on=starts_on,
                weeks=weeks,
                now=now,
                only=booked | asked,
                also=asked,
            )
            snapshot = take_snapshot(situation, Objective())
            found = _prospects(snapshot, asked, published_solution(session, snapshot))
            if found and not found[0].left_out:
                break
        return Outlook(campaign.due_on, len(asked), found)


def _prospects(snapshot: Snapshot, asked: Collection[int], published: Solution) -> list[Prospect]:
    from schedtest.scheduling.beside import Beside
    from schedtest.scheduling.model.lookup import Lookup
    from schedtest.scheduling.recommend import Aim, recommend

    own_tasks = {task for task, wanted in snapshot.wanted.items() if wanted.request.id in asked}
    if not own_tasks:
        return []
    # a booking that cannot stand as it does, after a change of the roads, is as if it were not there
    there = own_tasks.union(published.assignment_by_task)
    tasks = tuple(
        replace(task, campaign=ASKED) if task.id in own_tasks else task
        for task in snapshot.problem.tasks
        if task.id in there
    )
    precedences = tuple(one for one in snapshot.problem.precedences if {one.before, one.after} <= there)
    problem = replace(snapshot.problem, tasks=tasks, precedences=precedences, baseline=())
    beside = Beside(Lookup(problem), published.assignment_by_task)
    found = {offer.aim: offer for offer in recommend(beside, ASKED)}
    told: list[Prospect] = []
    for aim in (Aim.EARLIEST, Aim.SHORTEST):
        if aim in found:
            prospect = _prospect(snapshot, found[aim])
            if not told or (prospect.left_out, prospect.days) < (told[0].left_out, told[0].days):
                told.append(prospect)
    return told


def _prospect(snapshot: Snapshot, offer: "Offer") -> Prospect:
    slots = snapshot.slots
    left_out = sum(snapshot.wanted[task].part == Part.TEST for task in offer.left_out)
    first = min(assignment.start for assignment in offer.assignments)
    return Prospect(offer.aim, slots.day(first), slots.day(offer.finish - 1), left_out)
