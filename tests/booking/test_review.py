"""What waits for a manager, and what becomes of it."""

import threading
from datetime import timedelta

import pytest

from schedtest.booking import campaign, request, review, submit
from schedtest.booking.access import Forbidden, NotFound, Refused
from schedtest.booking.changing import Changed
from schedtest.booking.request import Wishes
from schedtest.models import Confidentiality, State
from schedtest.models.database import Sessions
from tests.booking.desk import NOW, Desk, days, open_desk

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    return open_desk(sessions)


def queue(desk: Desk) -> list[review.Waiting]:
    return review.queue(desk.sessions, desk.manager, now=LATER)


def remarks(desk: Desk) -> list[str]:
    return [remark.kind for waiting in queue(desk) for remark in waiting.remarks if remark.kind != "no_vin"]


def approve(desk: Desk, *tests: int) -> None:
    review.approve(desk.sessions, desk.manager, tests, now=LATER)


def test_what_waits_longest_stands_first(desk: Desk) -> None:
    newer, _ = desk.asked(now=NOW + timedelta(minutes=5))
    older, _ = desk.asked("BRAKES", "NOISE", who=desk.them, due_on=days(30))
    desk.campaign()
    waiting = queue(desk)
    assert [(one.campaign.id, one.campaign.organisation.name) for one in waiting] == [
        (older, "SAIPA"), (newer, "Iran Khodro"),
    ]  # fmt: skip
    assert (len(waiting[0].tests), waiting[0].wanted_by, waiting[0].since) == (2, days(30), NOW)


def test_a_test_wanted_sooner_than_its_campaign_gives_the_day(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked()
    request.change(desk.sessions, desk.us, brakes, Wishes(due_on=days(20)), now=NOW)
    assert queue(desk)[0].wanted_by == days(20)
    assert queue(desk)[0].campaign.id == campaign_id


def test_an_approved_test_has_left_the_queue_and_its_organisation_knows(desk: Desk) -> None:
    _, [brakes] = desk.asked()
    approve(desk, brakes)
    assert queue(desk) == []
    assert desk.state(brakes) == State.APPROVED
    assert desk.mails()[-1] == ("Leila", "Approved: Tara facelift")
    [event] = desk.events("request.approved")
    assert (event.actor_name, event.after) == ("Maryam", {"state": "approved"})


def test_some_tests_of_a_campaign_can_be_decided_on_alone(desk: Desk) -> None:
    _, [brakes, noise] = desk.asked("BRAKES", "NOISE")
    approve(desk, brakes)
    review.reject(desk.sessions, desk.manager, [noise], reason="The noise track is rebuilt.", now=LATER)
    assert desk.states(brakes, noise) == [State.APPROVED, State.REJECTED]


def test_a_return_says_what_has_to_change_and_the_test_can_be_submitted_again(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked()
    review.send_back(desk.sessions, desk.manager, [brakes], reason="Which tyres?", now=LATER)
    assert desk.state(brakes) == State.RETURNED
    assert desk.events("request.returned")[0].reason == "Which tyres?"
    submit.submit(desk.sessions, desk.us, campaign_id, now=LATER)
    assert [one.campaign.id for one in queue(desk)] == [campaign_id]


@pytest.mark.parametrize("decide", [review.send_back, review.reject])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_test_is_not_returned_or_rejected_without_a_reason(desk: Desk, decide: object, reason: str) -> None:
    _, [brakes] = desk.asked()
    with pytest.raises(Refused) as refused:
        decide(desk.sessions, desk.manager, [brakes], reason=reason, now=LATER)  # type: ignore[operator]
    assert refused.value.field == "reason"
    assert desk.state(brakes) == State.SUBMITTED


def test_one_letter_tells_of_all_that_was_decided_in_a_campaign(desk: Desk) -> None:
    _, tests = desk.asked("BRAKES", "NOISE")
    _, theirs = desk.asked(who=desk.them)
    approve(desk, *tests, *theirs)
    assert desk.mails()[-2:] == [("Leila", "Approved: Tara facelift"), ("Reza", "Approved: Tara facelift")]


def test_the_second_of_two_managers_is_told_who_was_first(desk: Desk) -> None:
    _, [brakes, noise] = desk.asked("BRAKES", "NOISE")
    approve(desk, brakes)
    with pytest.raises(Refused, match="Maryam has decided on BRAKES Brakes"):
        review.reject(desk.sessions, desk.other_manager, [brakes, noise], reason="No.", now=LATER)
    assert desk.states(brakes, noise) == [State.APPROVED, State.SUBMITTED]


def test_of_two_managers_at_the_same_moment_one_decides(desk: Desk) -> None:
    _, [brakes] = desk.asked()
    together, outcomes = threading.Barrier(2), []

    def decide(who: object) -> None:
        together.wait()
        try:
            review.approve(desk.sessions, who, [brakes], now=LATER)  # type: ignore[arg-type]
            outcomes.append("approved")
        except Refused as refused:
            outcomes.append(refused.sentence)

    managers = [threading.Thread(target=decide, args=(who,)) for who in (desk.manager, desk.other_manager)]
    for manager in managers:
        manager.start()
    for manager in managers:
        manager.join(30)
    assert sorted(outcomes) == ["%(actor)s has decided on %(test)s already. Nothing was changed.", "approved"]
    assert len(desk.events("request.approved")) == 1


def test_a_test_changed_while_it_was_read_is_not_decided_on(desk: Desk) -> None:
    _, [brakes] = desk.asked()
    read = desk.version(brakes)
    request.change(desk.sessions, desk.us, brakes, Wishes(routes=frozenset({1})), now=NOW)
    with pytest.raises(Changed):
        review.approve(desk.sessions, desk.manager, [brakes], versions={brakes: read}, now=LATER)
    review.approve(desk.sessions, desk.manager, [brakes], versions={brakes: desk.version(brakes)}, now=LATER)


def test_a_withdrawn_test_is_not_decided_on(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked()
    submit.withdraw(desk.sessions, desk.us, campaign_id, now=NOW)
    with pytest.raises(Refused, match="withdrawn meanwhile"):
        approve(desk, brakes)


def test_an_approval_is_undone_as_if_it_had_not_been(desk: Desk) -> None:
    _, [brakes] = desk.asked()
    before = desk.mails()
    approve(desk, brakes)
    review.undo_approval(desk.sessions, desk.manager, [brakes], now=LATER + timedelta(seconds=10))
    assert desk.state(brakes) == State.SUBMITTED
    assert queue(desk)[0].since == NOW
    assert desk.mails() == before


def test_an_approval_is_undone_by_its_manager_and_at_once_only(desk: Desk) -> None:
    _, [brakes] = desk.asked()
    approve(desk, brakes)
    with pytest.raises(Refused, match="too late"):
        review.undo_approval(desk.sessions, desk.other_manager, [brakes], now=LATER)
    with pytest.raises(Refused, match="too late"):
        review.undo_approval(desk.sessions, desk.manager, [brakes], now=LATER + timedelta(minutes=1))
    assert desk.state(brakes) == State.APPROVED


def test_a_lapsed_test_says_so_and_can_be_returned_or_rejected_only(desk: Desk) -> None:
    _, [brakes] = desk.asked(due_on=days(40), deadline_on=days(41))
    later = NOW + timedelta(days=42)
    [waiting] = review.queue(desk.sessions, desk.manager, now=later)
    assert waiting.lapsed
    with pytest.raises(Refused, match="can only be returned or rejected"):
        review.approve(desk.sessions, desk.manager, [brakes], now=later)
    review.send_back(desk.sessions, desk.manager, [brakes], reason="Give other days.", now=later)
    assert desk.state(brakes) == State.RETURNED


def test_the_queue_warns_of_what_stands_out(desk: Desk) -> None:
    desk.asked("NOISE", release_on=days(20), due_on=days(120))
    assert remarks(desk) == ["season_ends"]
    desk.asked("NOISE", release_on=days(120), due_on=days(150), now=NOW + timedelta(minutes=1))
    assert remarks(desk) == ["season_ends", "out_of_season"]
    closed, _ = desk.asked(confidentiality=Confidentiality.CLOSED, now=NOW + timedelta(minutes=2))
    assert remarks(desk) == ["season_ends", "out_of_season", "closed"]
    campaign.change(desk.sessions, desk.us, closed, release_on=days(-9), due_on=days(-1), now=NOW)
    assert remarks(desk) == ["season_ends", "out_of_season", "late", "closed"]


def test_deciding_is_for_the_institute_s_people(desk: Desk) -> None:
    _, tests = desk.asked()
    with pytest.raises(Forbidden):
        review.queue(desk.sessions, desk.us, now=NOW)
    with pytest.raises(Forbidden):
        review.approve(desk.sessions, desk.us, tests, now=NOW)
    with pytest.raises(NotFound):
        approve(desk, *tests, 4711)
