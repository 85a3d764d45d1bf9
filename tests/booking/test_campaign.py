"""A campaign begun, changed, copied and thrown away; and what is tested in it."""

from typing import Any

import pytest
from sqlalchemy import select

from schedtest.booking import article, campaign, request, submit
from schedtest.booking.access import Forbidden, NotFound, Refused
from schedtest.booking.changing import Changed
from schedtest.booking.request import Wishes
from schedtest.models import Campaign, Confidentiality, Dependency, State, TestArticle, TestRequest
from schedtest.models.database import Sessions
from tests.booking.desk import NOW, Desk, days, open_desk

VIN = "NAAM01CA1ME123456"


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    return open_desk(sessions)


def row(desk: Desk, campaign_id: int) -> Campaign:
    with desk.sessions.begin() as session:
        return session.get_one(Campaign, campaign_id)


def labels(desk: Desk, campaign_id: int) -> list[str]:
    with desk.sessions.begin() as session:
        wanted = select(TestArticle.label).where(TestArticle.campaign_id == campaign_id)
        return list(session.scalars(wanted.order_by(TestArticle.id)))


def change(desk: Desk, campaign_id: int, **changes: Any) -> None:
    campaign.change(desk.sessions, desk.us, campaign_id, now=NOW, **changes)


def test_a_campaign_begins_in_two_weeks_unless_told_otherwise(desk: Desk) -> None:
    begun = row(desk, desk.campaign())
    assert (begun.release_on, begun.due_on) == (days(14), days(56))
    assert desk.events("campaign.started")[0].actor_name == "Leila"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "x" * 121}),
        ("category", {"category": "Z9"}),
        ("propulsion", {"propulsion": "steam"}),
        ("due_on", {"release_on": days(9), "due_on": days(8)}),
        ("deadline_on", {"due_on": days(40), "deadline_on": days(39)}),
        ("priority", {"priority": 5}),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(desk: Desk, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        desk.campaign(**given)
    assert refused.value.field == field
    campaign_id = desk.campaign()
    with pytest.raises(Refused) as refused:
        change(desk, campaign_id, **given)
    assert refused.value.field == field


def test_a_change_has_an_entry_of_what_was_and_what_is(desk: Desk) -> None:
    campaign_id = desk.campaign()
    change(desk, campaign_id, due_on=days(60), priority=1)
    change(desk, campaign_id, priority=1)
    [event] = desk.events("campaign.changed")
    assert event.before == {"due_on": days(56).isoformat(), "priority": 2}
    assert event.after == {"due_on": days(60).isoformat(), "priority": 1}


def test_the_second_of_two_who_change_it_is_told(desk: Desk) -> None:
    campaign_id = desk.campaign()
    change(desk, campaign_id, version=1, priority=1)
    with pytest.raises(Changed):
        change(desk, campaign_id, version=1, priority=3)
    assert row(desk, campaign_id).priority == 1


def test_approved_tests_ask_again_when_their_campaign_leaves_less_room(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked()
    desk.put(brakes, State.APPROVED)
    change(desk, campaign_id, due_on=days(90), release_on=days(10), regulation="UN R13-H")
    assert desk.state(brakes) == State.APPROVED
    change(desk, campaign_id, due_on=days(80))
    assert desk.state(brakes) == State.SUBMITTED
    assert desk.mails()[-1] == ("Pavel", "Iran Khodro changed what it asks for: Tara facelift")


def test_a_test_with_days_of_its_own_does_not_ask_again_for_its_campaign_s(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked()
    own_days = Wishes(release_on=days(20), due_on=days(30))
    request.change(desk.sessions, desk.us, brakes, own_days, now=NOW)
    desk.put(brakes, State.APPROVED)
    change(desk, campaign_id, due_on=days(50))
    assert desk.state(brakes) == State.APPROVED


def test_what_is_booked_is_not_left_less_room(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked()
    desk.put(brakes, State.BOOKED)
    with pytest.raises(Refused, match="booked"):
        change(desk, campaign_id, due_on=days(20))
    with pytest.raises(Refused, match="booked"):
        change(desk, campaign_id, confidentiality=Confidentiality.CLOSED)
    change(desk, campaign_id, due_on=days(70))


def test_a_copy_has_the_same_tests_wishes_and_waits_at_later_days(desk: Desk) -> None:
    earlier = desk.campaign(release_on=days(-100), due_on=days(-60))
    [brakes, noise] = desk.choose(earlier, desk.article(earlier, label="Tara", vin=VIN), "BRAKES", "NOISE")
    request.change(
        desk.sessions, desk.us, brakes, Wishes(due_on=days(-70), routes=frozenset({2}), extra_drivers=1), now=NOW
    )
    request.wait_for(desk.sessions, desk.us, noise, brakes, min_lag_min=60, now=NOW)
    copied = campaign.copy(desk.sessions, desk.us, earlier, name="Again", now=NOW)
    with desk.sessions.begin() as session:
        again = session.get_one(Campaign, copied)
        assert (again.release_on, again.due_on, again.state) == (days(14), days(54), State.DRAFT)
        assert [(one.label, one.vin) for one in again.articles] == [("Tara", VIN)]
        first, second = again.requests
        assert (first.due_on, [one.choice for one in first.routes], first.extra_drivers) == (days(44), [2], 1)
        [wait] = session.scalars(select(Dependency).where(Dependency.after_id == second.id))
        assert (wait.before_id, wait.min_lag_min) == (first.id, 60)


def test_a_draft_is_thrown_away_and_what_was_submitted_is_not(desk: Desk) -> None:
    draft = desk.campaign()
    desk.choose(draft, desk.article(draft), "BRAKES")
    campaign.discard(desk.sessions, desk.us, draft, now=NOW)
    submitted, _ = desk.asked()
    with pytest.raises(Refused, match="Withdraw it instead"):
        campaign.discard(desk.sessions, desk.us, submitted, now=NOW)
    with desk.sessions.begin() as session:
        assert list(session.scalars(select(Campaign.id))) == [submitted]


def test_vehicles_are_numbered_where_they_have_no_name(desk: Desk) -> None:
    campaign_id = desk.campaign()
    for given in ({}, {"label": "Tara"}, {}, {"category": "tyre"}):
        desk.article(campaign_id, **given)
    assert labels(desk, campaign_id) == ["Vehicle 1", "Tara", "Vehicle 2", "Part 1"]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("label", {"label": "vehicle 1"}),
        ("label", {"label": "x" * 81}),
        ("category", {"category": "Z9"}),
        ("vin", {"vin": "NAAM01CA1ME12345"}),
        ("vin", {"vin": "NAAM01CA1ME12345O"}),
        ("vin", {"vin": VIN.lower()}),
        ("vin", {"category": "tyre", "vin": "NAAM01CA1ME123457"}),
    ],
)
def test_a_vehicle_s_faults_are_told_at_their_fields(desk: Desk, field: str, given: dict[str, Any]) -> None:
    campaign_id = desk.campaign()
    desk.article(campaign_id, vin=f" {VIN[:8].lower()} {VIN[8:]} ")
    with pytest.raises(Refused) as refused:
        desk.article(campaign_id, **given)
    assert refused.value.field == field
    assert labels(desk, campaign_id) == ["Vehicle 1"]


def test_a_category_is_not_changed_under_the_tests_of_a_vehicle(desk: Desk) -> None:
    campaign_id = desk.campaign()
    tara = desk.article(campaign_id)
    desk.choose(campaign_id, tara, "BRAKES")
    with pytest.raises(Refused, match="BRAKES Brakes is not done on N3"):
        article.change(desk.sessions, desk.us, tara, label="Tara", category="N3", now=NOW)
    desk.choose(campaign_id, tara)
    article.change(desk.sessions, desk.us, tara, label="Tara", category="N3", now=NOW)
    assert labels(desk, campaign_id) == ["Tara"]


def test_a_vehicle_goes_with_its_drafts_but_not_with_what_was_submitted(desk: Desk) -> None:
    campaign_id = desk.campaign()
    tara, samand = desk.article(campaign_id), desk.article(campaign_id)
    desk.choose(campaign_id, tara, "BRAKES")
    article.remove(desk.sessions, desk.us, tara, now=NOW)
    desk.choose(campaign_id, samand, "BRAKES")
    submit.submit(desk.sessions, desk.us, campaign_id, now=NOW)
    with pytest.raises(Refused, match="Withdraw"):
        article.remove(desk.sessions, desk.us, samand, now=NOW)
    with desk.sessions.begin() as session:
        assert len(session.scalars(select(TestRequest.id)).all()) == 1


def test_vehicles_of_the_last_campaign_are_taken_over_once(desk: Desk) -> None:
    earlier = desk.campaign()
    desk.article(earlier, label="Tara", vin=VIN)
    desk.article(earlier, label="Samand")
    later = desk.campaign()
    desk.article(later, label="samand")
    found = campaign.latest(desk.sessions, desk.us, besides=later)
    assert found is not None
    assert found.id == earlier
    assert article.take_over(desk.sessions, desk.us, later, earlier, now=NOW) == 1
    assert article.take_over(desk.sessions, desk.us, later, earlier, now=NOW) == 0
    assert labels(desk, later) == ["samand", "Tara"]


def test_another_organisation_s_campaign_and_vehicles_are_not_found(desk: Desk) -> None:
    ours = desk.campaign()
    tara = desk.article(ours)
    theirs = desk.campaign(desk.them)
    deeds = [
        lambda: campaign.change(desk.sessions, desk.them, ours, name="x", now=NOW),
        lambda: campaign.copy(desk.sessions, desk.them, ours, now=NOW),
        lambda: campaign.discard(desk.sessions, desk.them, ours, now=NOW),
        lambda: campaign.latest(desk.sessions, desk.them, besides=ours),
        lambda: article.add(desk.sessions, desk.them, ours, now=NOW),
        lambda: article.change(desk.sessions, desk.them, tara, label="x", category="M1", now=NOW),
        lambda: article.remove(desk.sessions, desk.them, tara, now=NOW),
        lambda: article.take_over(desk.sessions, desk.them, theirs, ours, now=NOW),
        lambda: request.choose(desk.sessions, desk.them, theirs, {tara: []}, now=NOW),
    ]
    for deed in deeds:
        with pytest.raises(NotFound):
            deed()
    assert campaign.latest(desk.sessions, desk.them) is None
    with pytest.raises(Forbidden):
        campaign.start(desk.sessions, desk.manager, name="x", category="M1", now=NOW)
