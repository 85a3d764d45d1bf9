"""The tests of a version of the plan, as a list: where each stands, what changed, what has no place and why."""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from schedtest.booking.names import Names
from schedtest.booking.snapshot import PLANNED_STATES
from schedtest.models.booking import Booking
from schedtest.models.campaign import Campaign, TestArticle
from schedtest.models.organisation import Organisation
from schedtest.models.plan import LeftOut, Part, Placement, Plan, PlanState
from schedtest.models.procedure import Procedure
from schedtest.models.request import State, TestRequest
from schedtest.models.site import Site

WANTED_BY = func.coalesce(TestRequest.due_on, Campaign.due_on)


class Show(enum.StrEnum):
    """Which tests of a version are listed."""

    ALL = "all"
    NEW = "new"
    MOVED = "moved"
    NOT_PLACED = "not_placed"


@dataclass(frozen=True, slots=True)
class Row:
    """One test of a version. starts, ends: None without a place.   was: the published place of one that is moved."""

    request_id: int
    procedure: str
    article: str
    campaign: str
    organisation: str
    state: str
    wanted_by: date
    starts: datetime | None = None
    ends: datetime | None = None
    was: tuple[datetime, datetime] | None = None
    place: str = ""
    reason: str = ""


def shown_state(plan: Plan, state: str, *, unchanged: bool) -> str:
    """Of a placed test in a version: planned where a draft has another place for it than the published plan."""
    if plan.state == PlanState.PUBLISHED or (plan.state == PlanState.DRAFT and unchanged):
        return state
    return "planned" if plan.state == PlanState.DRAFT else str(plan.state)


def placements_of(plan: Plan) -> ColumnElement[bool]:
    """Which placements a version shows: its own, and for the published one those that stand as bookings now."""
    if plan.state != PlanState.PUBLISHED:
        return Placement.plan_id == plan.id
    standing = aliased(Booking)
    return exists().where(
        standing.plan_id == Placement.plan_id,
        standing.request_id == Placement.request_id,
        standing.part == Placement.part,
    )


def has(plan: Plan, show: Show) -> bool:
    return plan.state == PlanState.DRAFT or show in (Show.ALL, Show.NOT_PLACED)


def read_not_placed(session: Session, plan: Plan) -> list[Row]:
    """Every test without a place, with the reason in words."""
    return read(session, plan, Show.NOT_PLACED, found_in(plan, Show.NOT_PLACED).order_by(TestRequest.id))


def counted(found: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(found.with_only_columns(TestRequest.id).order_by(None).subquery())


def found_in(plan: Plan, show: Show) -> Select[Any]:
    """The tests, with the columns of a Row; those with a place have its placement joined."""
    columns: tuple[ColumnElement[Any], ...] = (
        TestRequest.id.label("request_id"),
        (Procedure.code + " " + Procedure.name).label("procedure"),
        TestArticle.label.label("article"),
        Campaign.name.label("campaign"),
        Organisation.name.label("organisation"),
        TestRequest.state.label("state"),
        WANTED_BY.label("wanted_by"),
    )
    found = (
        select(*columns)
        .select_from(TestRequest)
        .join(Procedure, Procedure.id == TestRequest.procedure_id)
        .join(TestArticle, TestArticle.id == TestRequest.article_id)
        .join(Campaign, Campaign.id == TestRequest.campaign_id)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
    )
    if show == Show.NOT_PLACED:
        without = found.join(LeftOut, and_(LeftOut.request_id == TestRequest.id, LeftOut.plan_id == plan.id))
        without = without.add_columns(LeftOut.reason.label("reason"))
        if plan.state == PlanState.DRAFT:
            return without.where(TestRequest.state.in_(PLANNED_STATES))
        if plan.state == PlanState.PUBLISHED:
            return without.where(TestRequest.state == State.NOT_PLACED)
        return without
    found = (
        found.join(Placement, and_(Placement.request_id == TestRequest.id, Placement.part == Part.TEST))
        .outerjoin(Site, Site.id == Placement.site_id)
        .outerjoin(Booking, and_(Booking.request_id == TestRequest.id, Booking.part == Part.TEST))
        .add_columns(
            Placement.starts.label("starts"),
            Placement.ends.label("ends"),
            Placement.routes.label("routes"),
            Site.code.label("site"),
            Booking.starts.label("was_starts"),
            Booking.ends.label("was_ends"),
            is_changed(plan).label("is_changed"),
        )
        .where(placements_of(plan))
    )
    if show == Show.NEW:
        return found.where(_stands_nowhere())
    if show == Show.MOVED:
        return found.where(is_changed(plan), ~_stands_nowhere())
    return found


def _stands_nowhere() -> ColumnElement[bool]:
    return ~exists().where(Booking.request_id == TestRequest.id).correlate(TestRequest)


def is_changed(plan: Plan) -> ColumnElement[bool]:
    """Whether a draft has any part of the test elsewhere than the published plan, and it has not begun."""
    if plan.state != PlanState.DRAFT:
        return literal(False)
    new, old, begun = aliased(Placement), aliased(Booking), aliased(Booking)
    same = exists().where(
        old.request_id == new.request_id,
        old.part == new.part,
        old.starts == new.starts,
        old.ends == new.ends,
        old.mode == new.mode,
    )
    return and_(
        exists().where(new.plan_id == plan.id, new.request_id == TestRequest.id, ~same).correlate(TestRequest),
        ~exists().where(begun.request_id == TestRequest.id, begun.started_at.is_not(None)).correlate(TestRequest),
    )


def says(text: str, *, with_place: bool) -> ColumnElement[bool]:
    columns: list[Any] = [Procedure.code, Procedure.name, TestArticle.label, Campaign.name, Organisation.name]
    if with_place:
        columns += [Placement.routes, Site.code]
    return and_(*(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in text.split()))


def keys_of(show: Show) -> dict[str, list[Any]]:
    return {
        "when": [WANTED_BY if show == Show.NOT_PLACED else Placement.starts],
        "test": [Procedure.code],
        "whose": [Organisation.name, Campaign.name],
        "due": [WANTED_BY],
    }


def read(session: Session, plan: Plan, show: Show, found: Select[Any]) -> list[Row]:
    rows = [dict(row) for row in session.execute(found).mappings()]
    if show == Show.NOT_PLACED:
        names = Names(session, [row["reason"] for row in rows])
        return [Row(**{**row, "state": State.NOT_PLACED, "reason": names.say(row["reason"])}) for row in rows]
    return [_with_place(plan, row) for row in rows]


def _with_place(plan: Plan, row: dict[str, Any]) -> Row:
    was = row.pop("was_starts"), row.pop("was_ends")
    is_changed, state = row.pop("is_changed"), row.pop("state")
    return Row(
        place=" ".join(filter(None, [row.pop("routes"), row.pop("site")])),
        was=was if is_changed and was[0] and was != (row["starts"], row["ends"]) else None,
        state=shown_state(plan, state, unchanged=not is_changed),
        **row,
    )
