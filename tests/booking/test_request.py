"""The tests of a campaign: chosen, wished for, and waiting for each other."""

from typing import Any

import pytest

from schedtest.booking import request
from schedtest.booking.access import NotFound, Refused
from schedtest.booking.changing import Changed
from schedtest.booking.request import Wishes
from schedtest.models import State, TestRequest
from schedtest.models.database import Sessions, writing
from tests import rows
from tests.booking.desk import NOW, Desk, days, open_desk


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    return open_desk(sessions)


def change(desk: Desk, request_id: int, **wishes: Any) -> bool:
    return request.change(desk.sessions, desk.us, request_id, Wishes(**wishes), now=NOW)


def wait(desk: Desk, after: int, before: int, **lags: int) -> None:
    request.wait_for(desk.sessions, desk.us, after, before, now=NOW, **lags)


def draft(desk: Desk, *codes: str) -> list[int]:
    campaign_id = desk.campaign()
    return desk.choose(campaign_id, desk.article(campaign_id), *codes)


def a_device_type(desk: Desk) -> int:
    with writing(desk.sessions) as session:
        return rows.a_device(session).type_id


def test_each_test_is_asked_for_once_a_vehicle(desk: Desk) -> None:
    campaign_id = desk.campaign()
    tara = desk.article(campaign_id)
    first = desk.choose(campaign_id, tara, "BRAKES", "NOISE")
    assert desk.choose(campaign_id, tara, "BRAKES", "NOISE") == first
    assert desk.choose(campaign_id, tara, "NOISE") == first[1:]
    assert len(desk.events("request.chosen")) == 2
    assert len(desk.events("request.taken_out")) == 1


def test_what_the_institute_has_seen_is_not_taken_out_by_choosing(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked()
    with desk.sessions.begin() as session:
        tara = session.get_one(TestRequest, brakes).article_id
    desk.choose(campaign_id, tara, "NOISE")
    assert desk.state(brakes) == State.SUBMITTED


@pytest.mark.parametrize(("category", "code"), [("M1", "TYRE"), ("tyre", "BRAKES")])
def test_only_tests_that_suit_the_category_are_chosen(desk: Desk, category: str, code: str) -> None:
    campaign_id = desk.campaign(category=category)
    with pytest.raises(Refused, match=f"not done on {category}"):
        desk.choose(campaign_id, desk.article(campaign_id), code)


@pytest.mark.parametrize(
    ("field", "wishes"),
    [
        ("due_on", {"release_on": days(30), "due_on": days(20)}),
        ("due_on", {"due_on": days(1)}),
        ("deadline_on", {"deadline_on": days(20)}),
        ("priority", {"priority": 0}),
        ("routes", {"routes": frozenset({4})}),
        ("routes", {"routes": frozenset({3})}),
        ("devices", {"devices": {4711: 1}}),
        ("extra_drivers", {"extra_drivers": 11}),
        ("extra_engineers", {"extra_engineers": -1}),
        ("extra_preparation_min", {"extra_preparation_min": 7201}),
        ("note", {"note": "x" * 4001}),
    ],
)
def test_a_wish_that_makes_no_sense_is_told_at_its_field(desk: Desk, field: str, wishes: dict[str, Any]) -> None:
    [brakes] = draft(desk, "BRAKES")
    with pytest.raises(Refused) as refused:
        change(desk, brakes, **wishes)
    assert refused.value.field == field
    assert desk.events("request.changed") == []


def test_wishes_are_kept_with_an_entry_of_what_changed(desk: Desk) -> None:
    [brakes] = draft(desk, "BRAKES")
    receiver = a_device_type(desk)
    wishes = Wishes(due_on=days(30), routes=frozenset({1, 2}), devices={receiver: 2}, exclusive=True, note="Mind.")
    request.change(desk.sessions, desk.us, brakes, wishes, now=NOW)
    with desk.sessions.begin() as session:
        assert Wishes.of(session.get_one(TestRequest, brakes)) == wishes
    assert not change(desk, brakes, due_on=days(30), routes=frozenset({1}), devices={receiver: 1}, note="Mind.")
    entry = desk.events("request.changed")[1]
    assert entry.before == {"exclusive": True, "routes": [1, 2], "devices": {str(receiver): 2}}
    assert entry.after == {"exclusive": False, "routes": [1], "devices": {str(receiver): 1}}


def test_the_second_of_two_who_change_a_test_is_told_also_when_only_its_roads_changed(desk: Desk) -> None:
    [brakes] = draft(desk, "BRAKES")
    read = desk.version(brakes)
    change(desk, brakes, routes=frozenset({1}))
    with pytest.raises(Changed):
        request.change(desk.sessions, desk.us, brakes, Wishes(note="Mine"), version=read, now=NOW)


@pytest.mark.parametrize(
    "wishes",
    [
        {"note": "Mind the mirrors."},
        {"release_on": days(10)},
        {"due_on": days(70)},
        {"priority": 4},
    ],
)
def test_what_asks_for_less_keeps_its_approval(desk: Desk, wishes: dict[str, Any]) -> None:
    _, [brakes] = desk.asked()
    desk.put(brakes, State.APPROVED)
    assert not change(desk, brakes, **wishes)
    assert desk.state(brakes) == State.APPROVED


@pytest.mark.parametrize(
    "wishes",
    [
        {"release_on": days(20)},
        {"due_on": days(50)},
        {"release_on": days(60), "due_on": days(80)},
        {"deadline_on": days(90)},
        {"priority": 1},
        {"exclusive": True},
        {"routes": frozenset({1})},
        {"extra_drivers": 1},
        {"extra_preparation_min": 60},
    ],
)
@pytest.mark.parametrize("state", [State.APPROVED, State.NOT_PLACED])
def test_what_asks_for_more_or_moves_asks_again(desk: Desk, wishes: dict[str, Any], state: State) -> None:
    _, [brakes] = desk.asked()
    desk.put(brakes, state)
    assert change(desk, brakes, **wishes)
    assert desk.state(brakes) == State.SUBMITTED
    assert desk.mails()[-1] == ("Pavel", "Iran Khodro changed what it asks for: Tara facelift")


@pytest.mark.parametrize("state", [State.BOOKED, State.UNDER_WAY, State.DONE, State.REJECTED, State.WITHDRAWN])
def test_what_is_decided_is_not_changed(desk: Desk, state: State) -> None:
    _, [brakes] = desk.asked()
    desk.put(brakes, state)
    with pytest.raises(Refused, match="decided already"):
        change(desk, brakes, note="Too late")


def test_waits_in_a_circle_are_refused_with_the_tests_in_it(desk: Desk) -> None:
    [brakes, noise, crash] = draft(desk, "BRAKES", "NOISE", "CRASH")
    wait(desk, noise, brakes)
    wait(desk, crash, noise, min_lag_min=60, max_lag_min=120)
    with pytest.raises(Refused) as refused:
        wait(desk, brakes, crash)
    assert refused.value.field == "before_id"
    with pytest.raises(Refused, match=r"BRAKES Brakes.*NOISE Noise.*BRAKES Brakes"):
        wait(desk, brakes, noise)
    request.wait_no_longer(desk.sessions, desk.us, noise, brakes, now=NOW)
    wait(desk, brakes, noise)


@pytest.mark.parametrize(
    ("field", "lags"),
    [("min_lag_min", {"min_lag_min": -1}), ("max_lag_min", {"min_lag_min": 60, "max_lag_min": 30})],
)
def test_a_wait_that_makes_no_sense_is_told_at_its_field(desk: Desk, field: str, lags: dict[str, int]) -> None:
    [brakes, noise] = draft(desk, "BRAKES", "NOISE")
    with pytest.raises(Refused) as refused:
        wait(desk, noise, brakes, **lags)
    assert refused.value.field == field


def test_nothing_waits_for_itself_or_for_what_destroys_its_vehicle(desk: Desk) -> None:
    [brakes, crash] = draft(desk, "BRAKES", "CRASH")
    for before in (brakes, crash):
        with pytest.raises(Refused) as refused:
            wait(desk, brakes, before)
        assert refused.value.field == "before_id"


def test_an_approved_test_that_waits_for_another_asks_again(desk: Desk) -> None:
    _, [brakes, noise] = desk.asked("BRAKES", "NOISE")
    desk.put(noise, State.APPROVED)
    wait(desk, noise, brakes)
    assert desk.state(noise) == State.SUBMITTED


def test_another_organisation_s_test_is_not_found(desk: Desk) -> None:
    _, [brakes, noise] = desk.asked("BRAKES", "NOISE")
    [theirs] = desk.asked("BRAKES", who=desk.them)[1]
    with pytest.raises(NotFound):
        request.change(desk.sessions, desk.them, brakes, Wishes(note="x"), now=NOW)
    with pytest.raises(NotFound):
        request.wait_for(desk.sessions, desk.them, noise, brakes, now=NOW)
    with pytest.raises(NotFound):
        request.wait_no_longer(desk.sessions, desk.them, noise, brakes, now=NOW)
    with pytest.raises(Refused, match="another test of this campaign"):
        wait(desk, brakes, theirs)
