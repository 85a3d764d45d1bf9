"""A version of the plan as the board draws it: rows of roads, devices or people, and who has them when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from schedtest.booking.access import Actor, allowed
from schedtest.booking.charts import CHARTS, Closed, Line, Rows, Span, Taken, holidays_in
from schedtest.booking.commitments import FROZEN_FOR
from schedtest.booking.planned import Row, placements_of, read_not_placed, shown_state
from schedtest.booking.plans import read_plan
from schedtest.models.booking import Booking
from schedtest.models.campaign import Campaign
from schedtest.models.database import Sessions
from schedtest.models.facility import Facility
from schedtest.models.plan import Part, Placement, Plan
from schedtest.models.request import TestRequest


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a test, on one row once it is known.

    pieces: the intervals worked, where it is interrupted.   was: its published place, if that is another.
    """

    request_id: int
    part: Part
    starts: datetime
    ends: datetime
    pieces: Sequence[Span] | None
    label: str
    organisation: str
    campaign: str
    state: str
    fixed: bool
    was: Span | None
    row: str = ""


@dataclass(frozen=True)
class Board:
    plan_id: int
    zone: str
    starts: datetime
    ends: datetime
    lines: Sequence[Line]
    bars: Sequence[Bar]
    closed: Sequence[Closed]
    not_placed: Sequence[Row]


@allowed("manager", "administrator")
def read_board(sessions: Sessions, actor: Actor, plan_id: int, rows: Rows, *, now: datetime) -> Board:
    """Raises NotFound."""
    with sessions.begin() as session:
        plan = read_plan(session, plan_id)
        facility = session.scalars(select(Facility)).one()
        chart = CHARTS[rows](session, plan, facility)
        bars: list[Bar] = []
        taken: dict[str, list[Taken]] = defaultdict(list)
        for placement, bar in _bars(session, plan, now):
            for row, amount in chart.rows_of(placement):
                bars.append(replace(bar, row=row))
                taken[row].extend((*piece, amount) for piece in bar.pieces or [(bar.starts, bar.ends)])
        return Board(
            plan_id=plan.id,
            zone=facility.timezone,
            starts=plan.starts,
            ends=plan.ends,
            lines=[_with_load(line, taken[line.id]) for line in chart.lines],
            bars=bars,
            closed=[*holidays_in(session, plan, facility), *chart.closed],
            not_placed=read_not_placed(session, plan),
        )


def _bars(session: Session, plan: Plan, now: datetime) -> Iterator[tuple[Placement, Bar]]:
    """Each placement of the version, and its bar, on no row yet."""
    request = joinedload(Placement.request)
    campaign = request.joinedload(TestRequest.campaign)
    placements = session.scalars(
        select(Placement)
        .where(placements_of(plan))
        .options(
            request.joinedload(TestRequest.procedure),
            request.joinedload(TestRequest.article),
            campaign.joinedload(Campaign.organisation),
        )
        .order_by(Placement.starts, Placement.id)
    ).all()
    bookings = {
        (row.request_id, row.part): row
        for row in session.execute(
            select(Booking.request_id, Booking.part, Booking.starts, Booking.ends, Booking.mode, Booking.started_at)
        )
    }
    for placement in placements:
        test, booking = placement.request, bookings.get((placement.request_id, placement.part))
        span = placement.starts, placement.ends
        unmoved = booking is not None and (booking.starts, booking.ends, booking.mode) == (*span, placement.mode)
        published = (booking.starts, booking.ends) if booking is not None else None
        pieces = [(datetime.fromisoformat(starts), datetime.fromisoformat(ends)) for starts, ends in placement.pieces]
        bar = Bar(
            request_id=placement.request_id,
            part=placement.part,
            starts=placement.starts,
            ends=placement.ends,
            pieces=pieces if len(pieces) > 1 else None,
            label=f"{test.procedure.code} {test.procedure.name}",
            organisation=test.campaign.organisation.name,
            campaign=f"{test.campaign.name}, {test.article.label}",
            state=shown_state(plan, test.state, unchanged=unmoved),
            fixed=booking is not None and (booking.started_at is not None or booking.starts < now + FROZEN_FOR),
            was=published if published != span else None,
        )
        yield placement, bar


def _with_load(line: Line, taken: Iterable[Taken]) -> Line:
    """With the sum of what is taken at each time, where anything is."""
    changes: dict[datetime, int] = defaultdict(int)
    for starts, ends, amount in taken:
        changes[starts] += amount
        changes[ends] -= amount
    load: list[Taken] = []
    level, since = 0, None
    for moment in sorted(changes):
        if changes[moment] == 0:
            continue
        if level and since is not None:
            load.append((since, moment, level))
        level, since = level + changes[moment], moment
    return replace(line, load=load)
