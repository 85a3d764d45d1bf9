"""What people read in place of the core's ids."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from schedtest.booking.names import Names
from schedtest.models import Procedure
from schedtest.models.database import Sessions, writing
from tests.rows import a_campaign, a_request, an_article, an_organisation


@pytest.fixture
def session(nami_sessions: Sessions) -> Iterator[Session]:
    with writing(nami_sessions) as session:
        yield session


def said(session: Session, sentence: str) -> str:
    return Names(session, [sentence]).say(sentence)


def test_tests_and_articles_are_called_as_their_manufacturer_calls_them(session: Session) -> None:
    campaign = a_campaign(session, name="Tara facelift", organisation=an_organisation(session, name="Iran Khodro"))
    article = an_article(session, campaign, label="Tara 1")
    procedure = session.scalars(select(Procedure).where(Procedure.code == "T01")).one()
    request = a_request(session, campaign, article=article, procedure=procedure)
    session.flush()
    assert (
        said(session, f"no room on article {article.id}, beside request {request.id} preparation")
        == f"no room on Tara 1, beside the preparation of T01 {procedure.name} · Tara 1 (Iran Khodro)"
    )
    assert said(session, f"organisation {campaign.organisation_id} and campaign {campaign.id}") == (
        "Iran Khodro and Tara facelift"
    )


def test_roads_and_people_are_said_with_their_names(session: Session) -> None:
    assert said(session, "no room on VDA-01") == "no room on VDA-01 Vehicle dynamics area"
    assert said(session, "no room on driver P2") == "no room on drivers, permit P2"


def test_a_code_within_a_longer_one_is_left_alone(session: Session) -> None:
    assert said(session, "VDA-011 and X-VDA-01") == "VDA-011 and X-VDA-01"


def test_what_nobody_has_named_keeps_its_id(session: Session) -> None:
    assert said(session, "request 999999 test, article 999999") == "request 999999 test, article 999999"
