"""A change after approval: what asks for less keeps its approval, what asks for more or for other days asks again."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from schedtest.booking.access import Actor, internal
from schedtest.booking.changing import lines_of
from schedtest.booking.notify import ASKED_AGAIN, tell_managers
from schedtest.models.event import Event
from schedtest.models.request import State, TestRequest

Days = tuple[date, date, date | None]
"""Earliest day, wanted by, last day."""


def narrows(*, days_before: Days, days_after: Days, priority_before: int, priority_after: int) -> bool:
    """Whether the later wish leaves less room than the earlier one: fewer days, or a place nearer the front."""
    release_before, due_before, deadline_before = days_before
    release_after, due_after, deadline_after = days_after
    return (
        release_after > release_before
        or due_after < due_before
        or (deadline_after is not None and (deadline_before is None or deadline_after < deadline_before))
        or priority_after < priority_before
    )


@internal
def ask_again(session: Session, actor: Actor, requests: Sequence[TestRequest], *, now: datetime) -> None:
    """Put approved tests of one campaign back into the managers' queue, and tell the managers."""
    if not requests:
        return
    for request in requests:
        before = request.state
        request.move(State.SUBMITTED, now)
        session.add(
            Event.of(
                actor, "request.asked_again", request, at=now, before={"state": before}, after={"state": request.state}
            )
        )
    campaign = requests[0].campaign
    tell_managers(
        session,
        ASKED_AGAIN,
        now=now,
        actor=actor.name,
        organisation=campaign.organisation.name,
        campaign=campaign.name,
        tests=lines_of(requests),
    )
