"""The real application on the packaged institute, with the people of tests/pages.py."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from schedtest.booking import accounts, article, campaign, catalogue, request, submit
from schedtest.booking.access import SYSTEM, Actor
from schedtest.catalogue import folder
from schedtest.models import Procedure, User
from schedtest.models.database import Sessions, open_sessions
from tests.pages import NOW, PASSWORD, PEOPLE

TODAY = date(2026, 7, 14)


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


@pytest.fixture(scope="session")
def institute_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the packaged institute and the people in it."""
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("institute") / "schedtest.db"))
    sessions = open_sessions(f"sqlite:///{path}")
    catalogue.load(sessions, SYSTEM, folder(), datetime(2026, 1, 1, tzinfo=UTC))
    for email, name, role, organisation in PEOPLE.values():
        belongs_to = None
        if organisation is not None:
            belongs_to = accounts.create_organisation(sessions, SYSTEM, name=organisation, country="IR", now=NOW).id
        accounts.create_user(
            sessions, SYSTEM, email=email, name=name, password=PASSWORD, role=role, organisation_id=belongs_to, now=NOW
        )
    sessions.kw["bind"].dispose()
    return path


def actor(sessions: Sessions, who: str) -> Actor:
    with sessions.begin() as session:
        return Actor.of(session.scalars(select(User).where(User.email == PEOPLE[who][0])).one())


def asked(
    sessions: Sessions,
    *codes: str,
    who: str = "manufacturer",
    vehicles: int = 1,
    submitted: bool = True,
    now: datetime = NOW,
    **given: Any,
) -> tuple[int, list[int]]:
    """A campaign with the tests on each of so many vehicles; its id and the ids of its tests."""
    us = actor(sessions, who)
    given = {"name": "Tara facelift", "category": "M1", "release_on": days(14), "due_on": days(56), **given}
    campaign_id = campaign.start(sessions, us, now=now, **given)
    with sessions.begin() as session:
        wanted = [session.scalars(select(Procedure.id).where(Procedure.code == code)).one() for code in codes]
    articles = [article.add(sessions, us, campaign_id, make="IKCO", model="Tara", now=now) for _ in range(vehicles)]
    found = request.choose(sessions, us, campaign_id, dict.fromkeys(articles, wanted), now=now)
    if submitted:
        submit.submit(sessions, us, campaign_id, now=now)
    return campaign_id, [found[number, procedure] for number in articles for procedure in wanted]
