"""The check of a draft is made when something has happened, and told again until something else does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from schedtest.booking import verdict as service
from schedtest.booking.access import Actor, Refused
from schedtest.booking.closing import close
from schedtest.booking.publish import discard, publish
from schedtest.booking.verdict import GOOD_FOR, check_next, verdict
from schedtest.models import Device, Part, Placement
from schedtest.models.database import Sessions, writing
from tests.drafts import NOW, Draft, asked, at


@pytest.fixture
def sessions(institute_sessions: Sessions) -> Sessions:
    return institute_sessions


@pytest.fixture
def draft(sessions: Sessions) -> int:
    with writing(sessions) as session:
        draft = Draft(session)
        draft.place(asked(session, "T06"), at(7, 11))
        return draft.plan.id


def break_its_device(sessions: Sessions, manager: Actor, draft: int) -> None:
    with sessions.begin() as session:
        row = session.scalars(select(Placement).where(Placement.plan_id == draft, Placement.part == Part.TEST)).one()
        code = next(iter(row.devices.values()))[0]
        device = session.scalars(select(Device.id).where(Device.code == code)).one()
    close(sessions, manager, "device", device, starts=at(7, 0), ends=at(8, 0), reason="broken", now=NOW)


def no_check(*_: object, **__: object) -> None:
    raise AssertionError("checked anew")


def test_a_draft_is_checked_once_for_as_long_as_nothing_happens(
    sessions: Sessions, manager: Actor, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_next(sessions, NOW) == draft
    assert check_next(sessions, NOW) is None
    monkeypatch.setattr(service, "broken_rules", no_check)
    told = verdict(sessions, manager, draft, now=NOW + timedelta(minutes=2))
    assert (told.checked_at, told.broken) == (NOW, [])


def test_whatever_happens_makes_a_new_check(sessions: Sessions, manager: Actor, draft: int) -> None:
    check_next(sessions, NOW)
    break_its_device(sessions, manager, draft)
    later = NOW + timedelta(minutes=1)
    [now] = verdict(sessions, manager, draft, now=later).broken
    assert now.rule == "device closure"
    assert check_next(sessions, later) == draft
    told = verdict(sessions, manager, draft, now=later + timedelta(minutes=1))
    assert (told.checked_at, list(told.broken)) == (later, [now])


def test_time_alone_makes_a_new_check(sessions: Sessions, draft: int) -> None:
    check_next(sessions, NOW)
    assert check_next(sessions, NOW + GOOD_FOR) == draft


def test_what_is_no_draft_is_not_checked(sessions: Sessions, manager: Actor, draft: int) -> None:
    publish(sessions, manager, draft, now=NOW)
    assert check_next(sessions, NOW) is None
    with pytest.raises(Refused, match="no draft any more"):
        verdict(sessions, manager, draft, now=NOW)
    with writing(sessions) as session:
        other = Draft(session).plan.id
    discard(sessions, manager, other, now=NOW)
    assert check_next(sessions, NOW) is None
