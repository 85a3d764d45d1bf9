"""What stands against a draft: found out by the worker when anything has happened, so that no page waits for it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schedtest.booking.access import SYSTEM, Actor, Refused, allowed, internal
from schedtest.booking.publish import broken_rules, draft_of
from schedtest.booking.rules import Broken
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.plan import DraftCheck, Plan, PlanState

GOOD_FOR = timedelta(minutes=10)
"""The clock alone can break a rule: what was to begin has not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    checked_at: datetime
    broken: Sequence[Broken]


@allowed("manager", "administrator")
def verdict(sessions: Sessions, actor: Actor, plan_id: int, *, now: datetime) -> Verdict:
    """What the last check found, if nothing has happened since; else what a check finds now.

    Raises NotFound, and Refused for a plan that is no draft any more.
    """
    with sessions.begin() as session:
        draft_of(session, plan_id)
        last = session.get(DraftCheck, plan_id)
        if last is not None and _is_good(last, _last_event(session), now):
            return Verdict(last.checked_at, [_read(row) for row in last.broken])
    return Verdict(now, broken_rules(sessions, actor, plan_id, now=now))


@internal
def check_next(sessions: Sessions, now: datetime) -> int | None:
    """Check the newest draft that could be published and has no good verdict. Returns its id, None if there is none."""
    with sessions.begin() as session:
        event_id = _last_event(session)
        published = select(Plan.id).where(Plan.state == PlanState.PUBLISHED).scalar_subquery()
        drafts = session.execute(
            select(Plan.id, DraftCheck)
            .outerjoin(DraftCheck, DraftCheck.plan_id == Plan.id)
            .where(Plan.state == PlanState.DRAFT, Plan.based_on_id.is_not_distinct_from(published))
            .order_by(Plan.number.desc())
        )
        due = (plan_id for plan_id, last in drafts if last is None or not _is_good(last, event_id, now))
        plan_id = next(due, None)
    if plan_id is None:
        return None
    try:
        broken = [_written(one) for one in broken_rules(sessions, SYSTEM, plan_id, now=now)]
    except Refused:  # published or discarded this very moment
        return None
    with writing(sessions) as session:
        session.merge(DraftCheck(plan_id=plan_id, checked_at=now, event_id=event_id, broken=broken))
    return plan_id


def _is_good(last: DraftCheck, event_id: int, now: datetime) -> bool:
    return last.event_id == event_id and now - last.checked_at < GOOD_FOR


def _last_event(session: Session) -> int:
    """Whatever happens leaves an event."""
    return session.scalar(select(func.max(Event.id))) or 0


def _written(broken: Broken) -> dict[str, Any]:
    row = asdict(broken)
    return row | {name: row[name].isoformat() for name in ("starts", "ends") if row[name]}


def _read(row: dict[str, Any]) -> Broken:
    return Broken(
        rule=row["rule"],
        sentence=row["sentence"],
        tests=tuple(row["tests"]),
        things=tuple(row["things"]),
        starts=datetime.fromisoformat(row["starts"]) if row["starts"] else None,
        ends=datetime.fromisoformat(row["ends"]) if row["ends"] else None,
    )
