"""What the clock does to the published plan."""

import pytest
from sqlalchemy import select

from schedtest.booking.progress import advance
from schedtest.models import Booking, Event, Part, State, TestRequest
from schedtest.models.database import Sessions, writing
from tests.rows import a_booking, a_plan, a_request, hours


@pytest.fixture
def request_id(sessions: Sessions) -> int:
    """A test with its preparation at 0 to 2 h and itself at 4 to 8 h."""
    with writing(sessions) as session:
        request = a_request(session, state=State.BOOKED)
        plan = a_plan(session)
        a_booking(session, request=request, plan=plan, part=Part.PREPARATION, starts=hours(0), ends=hours(2))
        a_booking(session, request=request, plan=plan, starts=hours(4), ends=hours(8))
        return request.id


@pytest.mark.parametrize(
    ("hour", "state", "begun", "over"),
    [(-1, State.BOOKED, 0, 0), (1, State.UNDER_WAY, 1, 0), (3, State.UNDER_WAY, 1, 1), (5, State.UNDER_WAY, 2, 1),
     (8, State.DONE, 2, 2), (500, State.DONE, 2, 2)],
)  # fmt: skip
def test_a_test_is_under_way_from_its_preparation_and_done_when_it_is_over(
    sessions: Sessions, request_id: int, hour: float, state: State, begun: int, over: int
) -> None:
    advance(sessions, hours(hour))
    with sessions.begin() as session:
        assert session.get_one(TestRequest, request_id).state == state
        bookings = session.scalars(select(Booking)).all()
    assert sum(booking.started_at is not None for booking in bookings) == begun
    assert sum(booking.finished_at is not None for booking in bookings) == over


def test_the_history_says_when_it_began_and_ended_once(sessions: Sessions, request_id: int) -> None:
    for hour in (1, 1, 9, 9):
        advance(sessions, hours(hour))
    with sessions.begin() as session:
        events = session.execute(select(Event.action, Event.at).where(Event.subject == "test_request")).all()
    assert [tuple(event) for event in events] == [("request.under_way", hours(0)), ("request.done", hours(8))]
