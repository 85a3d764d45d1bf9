import pytest

from schedtest.models import State, state_of_campaign
from schedtest.models.database import Sessions, writing
from tests import rows


@pytest.mark.parametrize(
    ("tests", "campaign"),
    [
        ("", "draft"),
        ("draft", "draft"),
        ("submitted submitted", "submitted"),
        ("submitted approved", "submitted"),
        ("approved draft", "draft"),
        ("returned draft submitted booked", "returned"),
        ("approved booked", "approved"),
        ("booked booked", "booked"),
        ("booked not_placed approved", "not_placed"),
        ("booked under_way", "under_way"),
        ("booked done", "under_way"),
        ("approved done", "under_way"),
        ("done done", "done"),
        ("done withdrawn", "done"),
        ("booked withdrawn rejected cancelled", "booked"),
        ("withdrawn withdrawn", "withdrawn"),
        ("withdrawn rejected", "rejected"),
        ("withdrawn rejected cancelled", "cancelled"),
    ],
)
def test_a_campaigns_state_follows_from_its_tests(tests: str, campaign: str) -> None:
    states = [State(word) for word in tests.split()]
    assert state_of_campaign(states) == campaign
    assert state_of_campaign(reversed(states)) == campaign


@pytest.mark.parametrize("state", State)
def test_a_campaign_of_one_test_is_in_its_state(state: State) -> None:
    assert state_of_campaign([state]) == state


def test_a_campaign_knows_its_state(sessions: Sessions) -> None:
    with writing(sessions) as session:
        campaign = rows.a_campaign(session)
        rows.a_request(session, campaign, state=State.BOOKED)
        rows.a_request(session, campaign, state=State.SUBMITTED)
        session.refresh(campaign)
        assert campaign.state == State.SUBMITTED


def test_the_id_of_a_deleted_campaign_is_never_given_again(sessions: Sessions) -> None:
    with writing(sessions) as session:
        first = rows.a_campaign(session)
        session.delete(first)
        session.flush()
        assert rows.a_campaign(session).id > first.id
