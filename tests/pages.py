"""The real application on a database of the test's own, a few people in it, and clients signed in as one of them."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from schedtest.booking import accounts, catalogue
from schedtest.booking.access import SYSTEM
from schedtest.catalogue import folder
from schedtest.models import Facility, Role
from schedtest.models.database import Sessions, open_sessions, writing
from schedtest.settings import Settings
from schedtest.web.app import create_app
from tests import drafts

NOW = datetime(2026, 7, 14, 6, 30, tzinfo=UTC)
PASSWORD = "a quiet test track"
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')

# One of each role, and a second manufacturer that must see nothing of the first.
PEOPLE = {
    "manufacturer": ("leila@ikco.example", "Leila Ahmadi", Role.MANUFACTURER, "Iran Khodro"),
    "other manufacturer": ("reza@saipa.example", "Reza Karimi", Role.MANUFACTURER, "SAIPA"),
    "manager": ("maryam@institute.example", "Maryam Hosseini", Role.MANAGER, None),
    "administrator": ("omid@institute.example", "Omid Rahimi", Role.ADMINISTRATOR, None),
}


class PageClient(FlaskClient):
    """A browser without eyes: it keeps its cookies and sends forms with the page's token."""

    def press(self, url: str, **fields: object) -> TestResponse:
        """Send a form, as its button does."""
        return self.post(url, data={"csrf_token": self.token(), **fields})

    def token(self) -> str:
        found = TOKEN.search(self.get("/settings", follow_redirects=True).text)
        assert found is not None
        return found[1]

    def sign_in(self, who: str, password: str = PASSWORD) -> TestResponse:
        return self.press("/sign-in", email=PEOPLE[who][0], password=password)


def fill(sessions: Sessions) -> None:
    """The institute's row and the people."""
    with writing(sessions) as session:
        session.add(
            Facility(
                code="PG",
                name="Proving ground",
                timezone="Asia/Tehran",
                country="IR",
                latitude=35.7,
                longitude=51.4,
                slot_min=30,
                currency="EUR",
            )
        )
    for email, name, role, organisation in PEOPLE.values():
        belongs_to = None
        if organisation is not None:
            belongs_to = accounts.create_organisation(sessions, SYSTEM, name=organisation, country="IR", now=NOW).id
        accounts.create_user(
            sessions, SYSTEM, email=email, name=name, password=PASSWORD, role=role, organisation_id=belongs_to, now=NOW
        )


@pytest.fixture(scope="session")
def peopled_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people") / "peopled.db"
    shutil.copy(sqlite_template, path)
    sessions = open_sessions(f"sqlite:///{path}")
    fill(sessions)
    sessions.kw["bind"].dispose()
    return path


@pytest.fixture
def settings(peopled_template: Path, tmp_path: Path) -> Settings:
    shutil.copy(peopled_template, tmp_path / "pages.db")
    return Settings(
        instance=tmp_path,
        database=f"sqlite:///{tmp_path / 'pages.db'}",
        queue=f"sqlite:///{tmp_path / 'queue.db'}",
        secret_key="known to the tests alone",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """At NOW, a Tuesday morning at the institute."""
    app = create_app(settings, clock=lambda: NOW)
    app.test_client_class = PageClient
    yield app
    app.extensions["sessions"].kw["bind"].dispose()


@pytest.fixture
def on_the_institute(settings: Settings) -> Iterator[Flask]:
    """The application on the packaged institute, at the time of the drafts."""
    app = create_app(settings, clock=lambda: drafts.NOW)
    app.test_client_class = PageClient
    sessions: Sessions = app.extensions["sessions"]
    with writing(sessions) as session:
        session.delete(session.scalars(select(Facility)).one())
    catalogue.load(sessions, SYSTEM, folder(), now=drafts.NOW)
    yield app
    sessions.kw["bind"].dispose()


@pytest.fixture
def sessions(app: Flask) -> Sessions:
    found: Sessions = app.extensions["sessions"]
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Nobody is signed in."""
    return app.test_client()


@pytest.fixture
def client_as(app: Flask) -> Callable[[str], FlaskClient]:
    """client_as("manager"): somebody of PEOPLE, signed in."""

    def signed_in(who: str) -> FlaskClient:
        client = app.test_client()
        assert client.sign_in(who).status_code == 303
        return client

    return signed_in
