"""A draft becomes the plan only while every rule holds, all of it at once, and everybody concerned is told."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from schedtest.booking.access import Actor, Forbidden, NotFound, Refused
from schedtest.booking.changes import Kind
from schedtest.booking.progress import advance
from schedtest.booking.publish import broken_rules, discard, preview, publish, take_up
from schedtest.models import (
    ArticleHold,
    Booking,
    Closure,
    Device,
    DeviceHold,
    Event,
    Mail,
    Part,
    Placement,
    Plan,
    PlanState,
    RoadHold,
    Role,
    State,
    TestRequest,
)
from schedtest.models.database import Sessions, writing
from tests.drafts import NOW, Draft, asked, at
from tests.rows import a_user

Published = tuple[int, int, int]
HOUR = timedelta(hours=1)
HALF_PAST_ELEVEN = at(7, 11.5)


@pytest.fixture
def sessions(institute_sessions: Sessions) -> Sessions:
    return institute_sessions


def count(sessions: Sessions, model: Any, *conditions: Any) -> int:
    with sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def kinds(sessions: Sessions, actor: Actor, draft: Draft) -> dict[int, Kind]:
    changes = preview(sessions, actor, draft.plan.id).comparison.changes
    return {change.test.request_id: change.kind for change in changes}


def state_of(sessions: Sessions, model: Any, row_id: int) -> Any:
    with sessions.begin() as session:
        return session.get_one(model, row_id).state


@pytest.fixture
def published(sessions: Sessions, manager: Actor) -> Published:
    """Ids of a published plan and of two tests in it: one next Monday, one next Tuesday."""
    with writing(sessions) as session:
        first, second = asked(session, "T06"), asked(session, "T06")
        draft = Draft(session)
        draft.place(first, at(7, 11))
        draft.place(second, at(8, 11))
        ids = draft.plan.id, first.id, second.id
    publish(sessions, manager, ids[0], now=NOW)
    return ids


def next_draft(sessions: Sessions, published: Published, **moved: Any) -> int:
    """A draft with the second test at another time, and the first where it was or left out."""
    plan_id, first, second = published
    with writing(sessions) as session:
        draft = Draft(session)
        if moved.get("first") is None:
            draft.keep([session.get_one(TestRequest, first)], of=session.get_one(Plan, plan_id))
        else:
            draft.leave_out(session.get_one(TestRequest, first), moved["first"])
        draft.place(session.get_one(TestRequest, second), moved.get("second", at(9, 11)))
        return draft.plan.id


def test_publishing_writes_a_booking_for_each_part_and_keeps_device_road_and_article(
    sessions: Sessions, published: Published
) -> None:
    plan_id, first, _ = published
    assert state_of(sessions, Plan, plan_id) == PlanState.PUBLISHED
    assert state_of(sessions, TestRequest, first) == State.BOOKED
    with sessions.begin() as session:
        bookings = {row.part: row for row in session.scalars(select(Booking).where(Booking.request_id == first))}
        test = bookings[Part.TEST]
        assert (test.starts, test.ends) == (at(7, 11), at(7, 15))
        assert bookings[Part.PREPARATION].ends == at(7, 11)
        assert len(test.device_holds) == 4
        assert {hold.starts for hold in (*test.device_holds, *test.road_holds, *test.article_holds)} == {at(7, 11)}
        assert len(test.road_holds) == 2
        assert len(bookings[Part.PREPARATION].article_holds) == 1


def test_each_organisation_is_told_of_its_own_tests_only(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        placed, left = asked(session, "T06"), asked(session, "T09")
        people = {
            request.id: a_user(
                session,
                role=Role.MANUFACTURER,
                organisation_id=request.campaign.organisation_id,
                name=f"Of {request.procedure.code}",
            ).id
            for request in (placed, left)
        }
        draft = Draft(session)
        draft.place(placed, at(7, 11))
        draft.leave_out(left, f"it has to follow request {left.id} test")
    publish(sessions, manager, draft.plan.id, now=NOW)
    with sessions.begin() as session:
        mails = {mail.to_user_id: mail.body for mail in session.scalars(select(Mail))}
    assert "ESC sine with dwell" in mails[people[placed.id]]
    assert "20 July 2026, 11:00" in mails[people[placed.id]]
    assert left.article.label not in mails[people[placed.id]]
    assert "has no place yet" in mails[people[left.id]]
    assert f"request {left.id}" not in mails[people[left.id]]
    assert placed.article.label not in mails[people[left.id]]
    assert "ESC" not in mails[people[left.id]]


def test_the_next_version_moves_what_it_moves_and_leaves_the_rest_alone(
    sessions: Sessions, manager: Actor, published: Published
) -> None:
    plan_id, first, second = published
    with sessions.begin() as session:
        before = {row.request_id: row.id for row in session.scalars(select(Booking).where(Booking.part == Part.TEST))}
    draft = next_draft(sessions, published)
    publish(sessions, manager, draft, now=NOW)
    assert state_of(sessions, Plan, plan_id) == PlanState.SUPERSEDED
    with sessions.begin() as session:
        after = {row.request_id: row for row in session.scalars(select(Booking).where(Booking.part == Part.TEST))}
        assert after[first].id == before[first]
        assert after[first].plan_id == plan_id
        assert (after[second].starts, after[second].plan_id) == (at(9, 11), draft)
        [event] = session.scalars(select(Event).where(Event.action == "request.moved"))
        assert event.subject_id == second
        assert event.before == {"starts": at(8, 11).isoformat(), "ends": at(8, 15).isoformat()}


def test_a_test_without_a_place_any_more_is_not_placed_and_its_slot_is_free(
    sessions: Sessions, manager: Actor, published: Published
) -> None:
    _, first, _ = published
    publish(sessions, manager, next_draft(sessions, published, first="no room on VDA-01"), now=NOW)
    assert state_of(sessions, TestRequest, first) == State.NOT_PLACED
    assert count(sessions, Booking, Booking.request_id == first) == 0
    with sessions.begin() as session:
        assert session.get_one(TestRequest, first).reason == "no room on VDA-01 Vehicle dynamics area"


def test_two_tests_may_change_places(sessions: Sessions, manager: Actor, published: Published) -> None:
    """The database looks at each hold as it is written, so the old ones must go first."""
    _, first, second = published
    with writing(sessions) as session:
        draft = Draft(session)
        draft.place(session.get_one(TestRequest, first), at(8, 11))
        draft.place(session.get_one(TestRequest, second), at(7, 11))
    publish(sessions, manager, draft.plan.id, now=NOW)
    assert count(sessions, RoadHold) == 4


def test_a_draft_is_stale_once_another_has_been_published(
    sessions: Sessions, manager: Actor, published: Published
) -> None:
    one, other = next_draft(sessions, published), next_draft(sessions, published, second=at(10, 11))
    publish(sessions, manager, one, now=NOW)
    with pytest.raises(Refused, match=r"since this draft was made\. Start a new run"):
        publish(sessions, manager, other, now=NOW)
    assert preview(sessions, manager, other).outdated_by == 2


def test_of_two_who_publish_at_once_one_is_told_that_the_other_was_first(
    sessions: Sessions, manager: Actor, published: Published
) -> None:
    drafts = [next_draft(sessions, published), next_draft(sessions, published, second=at(10, 11))]
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def press(plan_id: int) -> None:
        together.wait()
        try:
            publish(sessions, manager, plan_id, now=NOW)
            outcomes.append("published")
        except Refused as refused:
            outcomes.append(refused.sentence)

    threads = [threading.Thread(target=press, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1] == "published"
    assert "has been published since this draft was made" in sorted(outcomes)[0]
    assert count(sessions, Plan, Plan.state == PlanState.PUBLISHED) == 1
    assert count(sessions, Booking) == 4


def test_one_draft_is_published_once(sessions: Sessions, manager: Actor, published: Published) -> None:
    with pytest.raises(Refused, match=r"Version 1 is no draft any more: Maryam has published it\."):
        publish(sessions, manager, published[0], now=NOW)


def test_a_device_that_broke_meanwhile_stands_against_publishing(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        request = asked(session, "T06")
        draft = Draft(session)
        [robot] = draft.place(request, at(7, 11))["STR-R"]
        device = session.scalars(select(Device).where(Device.code == robot)).one()
        session.add(Closure(device_id=device.id, starts=at(0, 7), ends=at(20, 0), reason="broken", entered_at=NOW))
    [broken] = broken_rules(sessions, manager, draft.plan.id, now=NOW)
    assert broken.rule == "device closure"
    assert "ESC sine with dwell" in broken.tests[0]
    assert robot in broken.things[0]
    assert broken.starts == at(7, 11)
    with pytest.raises(Refused, match="breaks 1 rules as things are now, the first with T06 ESC sine with dwell"):
        publish(sessions, manager, draft.plan.id, now=NOW)
    assert count(sessions, Booking) == 0
    assert state_of(sessions, Plan, draft.plan.id) == PlanState.DRAFT


Broken = tuple[int, int, int, dict[str, list[str]]]


def one_whose_device_broke(sessions: Sessions, manager: Actor, *, begins: datetime, broke: datetime) -> Broken:
    """As things are at half past eleven: ids of the published plan, of a test in it, and of another of the same vehicle
    that waits; and devices like those of the first, with a whole one for the one that broke.
    """
    with writing(sessions) as session:
        first = asked(session, "T06")
        second = asked(session, "T06", campaign=first.campaign, article=first.article)
        draft = Draft(session)
        used = draft.place(first, begins)
        draft.leave_out(second)
        ids = draft.plan.id, first.id, second.id
    publish(sessions, manager, ids[0], now=NOW)
    advance(sessions, HALF_PAST_ELEVEN)
    with writing(sessions) as session:
        device = session.scalars(select(Device).where(Device.code == used["STR-R"][0])).one()
        session.add(Closure(device_id=device.id, starts=broke, ends=at(20, 0), reason="broken", entered_at=broke))
        whole = session.scalars(
            select(Device).where(Device.type_id == device.type_id, Device.code > device.code).order_by(Device.code)
        ).first()
        assert whole is not None
        return *ids, {**used, "STR-R": [whole.code]}


def test_what_a_broken_device_has_ended_keeps_nothing_any_more(sessions: Sessions, manager: Actor) -> None:
    """Its vehicle and its other devices are free for the next test from then on, as the planning takes them to be."""
    now = HALF_PAST_ELEVEN
    plan_id, first, second, devices = one_whose_device_broke(sessions, manager, begins=at(7, 11), broke=now)
    with writing(sessions) as session:
        draft = Draft(session)
        draft.keep([session.get_one(TestRequest, first)], of=session.get_one(Plan, plan_id))
        waiting = session.get_one(TestRequest, second)
        begins = now + timedelta(minutes=waiting.procedure.preparation_min)
        draft.place(waiting, begins, devices=devices)
        booked = session.scalars(select(Booking).where(Booking.request_id == first, Booking.part == Part.TEST)).one()
        assert begins < booked.ends
    publish(sessions, manager, draft.plan.id, now=now)
    assert state_of(sessions, TestRequest, second) == State.BOOKED
    with sessions.begin() as session:
        of_first = select(Booking.id).where(Booking.request_id == first)
        for hold in (ArticleHold, DeviceHold, RoadHold):
            assert session.scalar(select(func.max(hold.ends)).where(hold.booking_id.in_(of_first))) == now


@pytest.fixture
def prepared(sessions: Sessions, manager: Actor) -> Broken:
    """The preparation has begun, and the device broke at eleven."""
    return one_whose_device_broke(sessions, manager, begins=at(7, 14), broke=at(7, 11))


def test_a_test_that_was_prepared_for_moves_and_keeps_its_preparation(
    sessions: Sessions, manager: Actor, prepared: Broken
) -> None:
    plan_id, first, second, devices = prepared
    with writing(sessions) as session:
        was = session.scalars(select(Booking).where(Booking.request_id == first).order_by(Booking.starts)).all()
        before = [(row.id, row.starts) for row in was]
        draft = Draft(session)
        draft.keep([session.get_one(TestRequest, first)], of=session.get_one(Plan, plan_id))
        of_first = select(Placement).where(Placement.plan_id == draft.plan.id, Placement.part == Part.TEST)
        moved = session.scalars(of_first).one()
        moved.starts, moved.ends, moved.devices = moved.starts + HOUR, moved.ends + HOUR, devices
        moved.pieces = [[moved.starts.isoformat(), moved.ends.isoformat()]]
        draft.place(session.get_one(TestRequest, second), at(9, 11), devices=devices)
    assert kinds(sessions, manager, draft) == {first: Kind.MOVED, second: Kind.NEW}
    publish(sessions, manager, draft.plan.id, now=HALF_PAST_ELEVEN)
    assert state_of(sessions, TestRequest, first) == State.UNDER_WAY
    with sessions.begin() as session:
        now = session.scalars(select(Booking).where(Booking.request_id == first).order_by(Booking.starts)).all()
        assert (now[0].id, now[0].starts) == before[0]
        assert now[0].started_at is not None
        assert now[1].starts == before[1][1] + HOUR
        held = {session.get_one(Device, hold.device_id).code for hold in now[1].device_holds}
    assert held == {code for codes in devices.values() for code in codes}


def test_a_test_that_was_prepared_for_and_has_no_place_any_more_keeps_nothing(
    sessions: Sessions, manager: Actor, prepared: Broken
) -> None:
    plan_id, first, second, devices = prepared
    with writing(sessions) as session:
        draft = Draft(session)
        draft.keep([session.get_one(TestRequest, first)], of=session.get_one(Plan, plan_id))
        session.execute(delete(Placement).where(Placement.plan_id == draft.plan.id, Placement.part == Part.TEST))
        draft.leave_out(session.get_one(TestRequest, first), "STR-R is broken")
        draft.place(session.get_one(TestRequest, second), at(8, 11), devices=devices)
    assert kinds(sessions, manager, draft) == {first: Kind.GONE, second: Kind.NEW}
    publish(sessions, manager, draft.plan.id, now=HALF_PAST_ELEVEN)
    assert state_of(sessions, TestRequest, first) == State.NOT_PLACED
    assert state_of(sessions, TestRequest, second) == State.BOOKED
    assert count(sessions, Booking, Booking.request_id == first) == 0


def test_a_test_that_was_prepared_for_last_week_and_has_to_move_is_prepared_for_anew(
    sessions: Sessions, manager: Actor
) -> None:
    """So nothing of it is under way any more."""
    with writing(sessions) as session:
        request = asked(session, "T06")
        draft = Draft(session)
        used = draft.place(request, at(7, 11))
        prepared = session.scalars(
            select(Placement).where(Placement.plan_id == draft.plan.id, Placement.part == Part.PREPARATION)
        ).one()
        prepared.starts, prepared.ends = at(4, 14), at(4, 17)
        prepared.pieces = [[prepared.starts.isoformat(), prepared.ends.isoformat()]]
    publish(sessions, manager, draft.plan.id, now=NOW)
    now = at(7, 8)
    advance(sessions, now)
    assert state_of(sessions, TestRequest, request.id) == State.UNDER_WAY
    with writing(sessions) as session:
        device = session.scalars(select(Device).where(Device.code == used["STR-R"][0])).one()
        session.add(Closure(device_id=device.id, starts=now, ends=at(8, 0), reason="broken", entered_at=now))
        draft = Draft(session, starts=at(7, 0))
        draft.place(session.get_one(TestRequest, request.id), at(8, 12), devices=used)
    publish(sessions, manager, draft.plan.id, now=now)
    assert state_of(sessions, TestRequest, request.id) == State.BOOKED
    with sessions.begin() as session:
        rows = session.scalars(select(Booking).where(Booking.request_id == request.id).order_by(Booking.starts)).all()
        assert [(row.starts, row.started_at) for row in rows] == [(at(8, 9), None), (at(8, 12), None)]


def test_a_test_under_way_whose_road_left_the_catalogue_keeps_what_it_has(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        request = asked(session, "T06")
        draft = Draft(session)
        draft.place(request, at(7, 11))
    publish(sessions, manager, draft.plan.id, now=NOW)
    now = at(7, 11.5)
    advance(sessions, now)
    with writing(sessions) as session:
        booked = session.scalars(
            select(Booking).where(Booking.request_id == request.id, Booking.part == Part.TEST)
        ).one()
        booked.mode = "a road of old"
        draft = Draft(session)
        draft.place(session.get_one(TestRequest, request.id), at(9, 11))
    publish(sessions, manager, draft.plan.id, now=now)
    with sessions.begin() as session:
        for hold in (ArticleHold, DeviceHold, RoadHold):
            assert session.scalar(select(func.max(hold.ends)).where(hold.booking_id == booked.id)) == booked.ends


def test_a_request_withdrawn_meanwhile_is_left_out_of_the_plan(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        stays, goes = asked(session, "T06"), asked(session, "T06")
        draft = Draft(session)
        draft.place(stays, at(7, 11))
        draft.place(goes, at(8, 11))
        goes.move(State.WITHDRAWN, NOW)
    publish(sessions, manager, draft.plan.id, now=NOW)
    assert count(sessions, Booking, Booking.request_id == goes.id) == 0
    assert count(sessions, Booking, Booking.request_id == stays.id) == 2
    assert state_of(sessions, TestRequest, goes.id) == State.WITHDRAWN


def test_what_was_approved_after_the_draft_was_made_waits(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        known, later = asked(session, "T06"), asked(session, "T06")
        draft = Draft(session)
        draft.place(known, at(7, 11))
    assert preview(sessions, manager, draft.plan.id).comparison.waiting == 1
    publish(sessions, manager, draft.plan.id, now=NOW)
    assert state_of(sessions, TestRequest, later.id) == State.APPROVED


def test_what_is_frozen_by_now_is_not_moved(sessions: Sessions, manager: Actor, published: Published) -> None:
    draft = next_draft(sessions, published)
    later = at(7, 0)  # the draft was made a week ago; what it moves begins tomorrow by now
    assert "fixed" in {broken.rule for broken in broken_rules(sessions, manager, draft, now=later)}
    with pytest.raises(Refused):
        publish(sessions, manager, draft, now=later)


def test_a_draft_that_is_too_old_says_that_its_tests_would_begin_in_the_past(
    sessions: Sessions, manager: Actor
) -> None:
    with writing(sessions) as session:
        draft = Draft(session)
        draft.place(asked(session, "T06"), at(7, 11))
    broken = broken_rules(sessions, manager, draft.plan.id, now=at(8, 8))
    assert {row.sentence for row in broken} == {"It would begin too early: in the past, or before what it waits for."}


def test_places_on_a_shared_road_are_counted(sessions: Sessions, manager: Actor) -> None:
    """CMF-03 takes two at once: the third is one too many."""
    with writing(sessions) as session:
        two, three = Draft(session), Draft(session)
        requests = [asked(session, "T34") for _ in range(3)]
        for request in requests[:2]:
            two.place(request, at(7, 11), mode="R33")
        for request in requests:
            three.place(request, at(7, 11), mode="R33")
    assert broken_rules(sessions, manager, two.plan.id, now=NOW) == []
    [broken] = broken_rules(sessions, manager, three.plan.id, now=NOW)
    assert broken.rule == "capacity"
    assert broken.things == ("CMF-03 Squeak and rattle lane",)
    with pytest.raises(Refused):
        publish(sessions, manager, three.plan.id, now=NOW)


def test_a_way_that_is_no_way_any_more_is_told(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        draft = Draft(session)
        draft.place(asked(session, "T06"), at(7, 11), mode="R01")
    [broken] = broken_rules(sessions, manager, draft.plan.id, now=NOW)
    assert broken.rule == "mode"


def test_what_the_check_cannot_see_the_database_refuses(sessions: Sessions, manager: Actor) -> None:
    """A hold that no rule knows of, of a test that is over early."""
    with writing(sessions) as session:
        over, wanted = asked(session, "T06", state=State.DONE), asked(session, "T06")
        draft = Draft(session)
        devices = draft.place(wanted, at(7, 11))
        device = session.scalars(select(Device).where(Device.code == devices["STR-R"][0])).one()
        booking = Booking(
            request_id=over.id, part=Part.TEST, plan_id=draft.plan.id, starts=at(7, 0), ends=at(8, 0), mode="R26"
        )
        booking.device_holds = [DeviceHold(device_id=device.id, starts=at(7, 0), ends=at(8, 0))]
        session.add(booking)
    with pytest.raises(Refused, match="is taken meanwhile"):
        publish(sessions, manager, draft.plan.id, now=NOW)
    assert count(sessions, ArticleHold) == 0


def test_the_preview_says_what_moves_what_is_new_and_what_goes(
    sessions: Sessions, manager: Actor, published: Published
) -> None:
    _, first, second = published
    with writing(sessions) as session:
        draft = Draft(session)
        new, never = asked(session, "T06"), asked(session, "T09")
        draft.place(new, at(10, 11))
        draft.place(session.get_one(TestRequest, second), at(9, 11))
        draft.leave_out(session.get_one(TestRequest, first))
        draft.leave_out(never)
    shown = preview(sessions, manager, draft.plan.id)
    kinds = {change.kind: change.test.request_id for change in shown.comparison.changes}
    assert kinds == {Kind.NEW: new.id, Kind.MOVED: second, Kind.GONE: first, Kind.NOT_PLACED: never.id}
    [moved] = shown.comparison.of(Kind.MOVED)
    assert moved.before is not None
    assert moved.after is not None
    assert (moved.before.starts, moved.after.starts, moved.after.begins) == (at(8, 11), at(9, 11), at(9, 8))
    assert (shown.comparison.before.placed, shown.comparison.after.placed) == (2, 2)
    assert len(shown.audiences) == 4
    assert shown.outdated_by is None


def test_days_late_are_counted_after_the_day_it_is_wanted_by(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        draft = Draft(session)
        due = at(7, 0).date() + timedelta(days=1)
        draft.place(asked(session, "T06", due_on=due), at(9, 11))
    figures = preview(sessions, manager, draft.plan.id).comparison.after
    assert (figures.placed, figures.late, figures.days_late) == (1, 1, 2)


def test_no_place_is_told_once_and_not_at_each_version(sessions: Sessions, manager: Actor) -> None:
    with writing(sessions) as session:
        request = asked(session, "T06")
        first = Draft(session)
        first.leave_out(request)
    publish(sessions, manager, first.plan.id, now=NOW)
    with writing(sessions) as session:
        second = Draft(session)
        second.leave_out(session.get_one(TestRequest, request.id))
    assert preview(sessions, manager, second.plan.id).audiences == []
    publish(sessions, manager, second.plan.id, now=NOW)
    assert count(sessions, Event, Event.action == "request.not_placed") == 1


def test_a_discarded_draft_is_not_published_and_can_be_taken_up_again(
    sessions: Sessions, manager: Actor, published: Published
) -> None:
    draft = next_draft(sessions, published)
    discard(sessions, manager, draft, now=NOW)
    with pytest.raises(Refused, match="has been discarded"):
        publish(sessions, manager, draft, now=NOW)
    take_up(sessions, manager, draft, now=NOW)
    publish(sessions, manager, draft, now=NOW)
    with pytest.raises(NotFound):
        take_up(sessions, manager, draft, now=NOW)


def test_a_manufacturer_neither_previews_nor_publishes(sessions: Sessions, published: Published) -> None:
    maker = Actor(1, "Leila", Role.MANUFACTURER, 1)
    for deed in (
        lambda: preview(sessions, maker, published[0]),
        lambda: publish(sessions, maker, published[0], now=NOW),
    ):
        with pytest.raises(Forbidden):
            deed()
