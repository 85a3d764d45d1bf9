"""What a draft changes in the plan as it stands, test by test, and how good both are."""

import enum
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from schedtest.booking.names import Names
from schedtest.booking.snapshot import PLANNED_STATES
from schedtest.models.booking import Booking
from schedtest.models.campaign import Campaign, TestArticle
from schedtest.models.facility import Facility
from schedtest.models.organisation import Organisation
from schedtest.models.plan import LeftOut, Part, Placement, Plan
from schedtest.models.procedure import Procedure
from schedtest.models.request import State, TestRequest


class Kind(enum.StrEnum):
    NEW = "new"
    MOVED = "moved"
    GONE = "gone"
    NOT_PLACED = "not_placed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a test stands: [starts, ends) of the test itself, `begins` with its preparation.   mode: the core's."""

    starts: datetime
    ends: datetime
    begins: datetime
    mode: str


@dataclass(frozen=True, slots=True)
class Test:
    """What is said of a test in lists. due_on: the day it is wanted by."""

    __test__ = False  # a name like a test's is no test to pytest

    request_id: int
    state: State
    procedure: str
    article: str
    campaign_id: int
    campaign: str
    organisation_id: int
    organisation: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Change:
    """reason: why it has no place, with names in it."""

    kind: Kind
    test: Test
    before: Place | None
    after: Place | None
    reason: str = ""

    @property
    def is_told(self) -> bool:
        """Its organisation is told once that there is no place, not at each version."""
        return self.kind != Kind.NOT_PLACED or self.test.state != State.NOT_PLACED


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one version: tests with a place and without, how many of them end late and by how many days in all."""

    placed: int
    not_placed: int
    late: int
    days_late: int
    last_end: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """changes: in the order of time.   waiting: tests approved since the draft was made, which it does not know."""

    changes: list[Change]
    before: Figures
    after: Figures
    waiting: int

    def of(self, kind: Kind) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]


def compare(session: Session, plan: Plan) -> Comparison:
    """The draft against the bookings as they stand; a few queries, whatever the size."""
    tests = planned_tests(session)
    standing = _parts(session, select(*_columns(Booking)))
    coming = _parts(session, select(*_columns(Placement)).where(Placement.plan_id == plan.id))
    left = select(LeftOut.request_id, LeftOut.reason).where(LeftOut.plan_id == plan.id)
    left_out = dict(
        session.execute(left).all()
    )  # not of the result itself: it has keys, so it would pass for a mapping
    is_begun = Booking.started_at.is_not(None) & (Booking.part == Part.TEST)
    begun = set(session.scalars(select(Booking.request_id).where(is_begun)))
    names = Names(session, left_out.values())
    changes, after = [], {}
    for test in tests.values():
        old, new = standing.get(test.request_id, {}), coming.get(test.request_id, {})
        if test.request_id in begun:
            after[test.request_id] = old
            continue
        is_left_out = test.request_id in left_out
        after[test.request_id] = {**old, **new} if new and not is_left_out else {}
        kind = _kind(old, new, left_out=is_left_out)
        if kind:
            reason = names.say(left_out.get(test.request_id, ""))
            changes.append(Change(kind, test, _place(old), _place(new), reason))
    zone = session.scalars(select(Facility)).one().zone
    known = {request_id for request_id, parts in coming.items() if parts} | left_out.keys() | begun
    return Comparison(
        changes=sorted(changes, key=_when),
        before=_figures(tests, standing, zone),
        after=_figures(tests, after, zone),
        waiting=len(tests.keys() - known),
    )


def planned_tests(session: Session) -> dict[int, Test]:
    """Every test that a plan may hold, by its request's id."""
    rows = session.execute(
        select(
            TestRequest.id,
            TestRequest.state,
            Procedure.code,
            Procedure.name,
            TestArticle.label,
            Campaign.id,
            Campaign.name,
            Organisation.id,
            Organisation.name,
            TestRequest.due_on,
            Campaign.due_on,
        )
        .join(TestRequest.procedure)
        .join(TestArticle, TestArticle.id == TestRequest.article_id)
        .join(Campaign, Campaign.id == TestRequest.campaign_id)
        .join(Campaign.organisation)
        .where(TestRequest.state.in_(PLANNED_STATES))
        .order_by(TestRequest.id)
    )
    return {
        row[0]: Test(row[0], row[1], f"{row[2]} {row[3]}", row[4], row[5], row[6], row[7], row[8], row[9] or row[10])
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class _Piece:
    starts: datetime
    ends: datetime
    mode: str


_Parts = Mapping[Part, _Piece]


def _columns(model: type[Booking] | type[Placement]) -> tuple[InstrumentedAttribute[Any], ...]:
    return model.request_id, model.part, model.starts, model.ends, model.mode


def _parts(session: Session, rows: Select[Any]) -> dict[int, dict[Part, _Piece]]:
    parts: dict[int, dict[Part, _Piece]] = defaultdict(dict)
    for request_id, part, starts, ends, mode in session.execute(rows):
        parts[request_id][part] = _Piece(starts, ends, mode)
    return parts


def _kind(old: _Parts, new: _Parts, *, left_out: bool) -> Kind | None:
    """What a draft has no word of stays as it is: a preparation that is over, a test that was approved later."""
    if Part.TEST not in new:
        if left_out:
            return Kind.GONE if old else Kind.NOT_PLACED
        return None
    if not old:
        return Kind.NEW
    return Kind.MOVED if any(old.get(part) != piece for part, piece in new.items()) else None


def _place(parts: _Parts) -> Place | None:
    test = parts.get(Part.TEST)
    if test is None:
        return None
    return Place(test.starts, test.ends, min(piece.starts for piece in parts.values()), test.mode)


def _when(change: Change) -> tuple[datetime, int]:
    place = change.after or change.before
    return place.starts if place else datetime.max.replace(tzinfo=UTC), change.test.request_id


def _figures(tests: Mapping[int, Test], parts: Mapping[int, _Parts], zone: tzinfo) -> Figures:
    ends = {
        request_id: parts[request_id][Part.TEST].ends for request_id in tests if Part.TEST in parts.get(request_id, {})
    }
    late = [days for request_id, end in ends.items() if (days := _days_late(tests[request_id].due_on, end, zone)) > 0]
    return Figures(len(ends), len(tests) - len(ends), len(late), sum(late), max(ends.values(), default=None))


def _days_late(due_on: date, ends: datetime, zone: tzinfo) -> int:
    """What ends at midnight is of the day before."""
    return ((ends - timedelta(seconds=1)).astimezone(zone).date() - due_on).days
