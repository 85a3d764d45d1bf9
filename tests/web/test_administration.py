"""People, the catalogue and the system, as an administrator sees them."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import delete, event, select

from schedtest.booking import accounts, catalogue
from schedtest.booking.access import SYSTEM
from schedtest.catalogue import folder
from schedtest.models import Facility, Mail, User
from schedtest.models.database import Sessions, writing
from tests.browser import check_accessible, screenshot, sign_in
from tests.pages import NOW, PASSWORD, PEOPLE

NEW = {"name": "Sara Noori", "email": "sara@institute.example", "role": "manager", "organisation_id": ""}


@pytest.fixture
def institute(sessions: Sessions) -> None:
    with writing(sessions) as session:
        session.execute(delete(Facility))
    catalogue.load(sessions, SYSTEM, folder(), NOW)


def test_a_new_account_gets_a_first_password_that_is_shown_once(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    client = client_as("administrator")
    shown = re.search(r'<code dir="ltr">([^<]+)</code>', client.press("/people/new", **NEW).text)
    assert shown is not None
    assert accounts.authenticate(sessions, NEW["email"], shown[1]) is not None
    assert shown[1] not in client.get("/people").text


def test_who_has_forgotten_their_password_gets_a_new_one_and_is_out_everywhere(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    email = PEOPLE["manager"][0]
    manager, client = client_as("manager"), client_as("administrator")
    with sessions.begin() as session:
        address = f"/people/{session.scalar(select(User.id).where(User.email == email))}/password"
    assert address in client.get("/people").text
    assert client.get(address).status_code == 200
    assert manager.get("/settings").status_code == 200
    shown = re.search(r'<code dir="ltr">([^<]+)</code>', client.press(address).text)
    assert shown is not None
    assert manager.get("/settings").status_code == 303
    assert accounts.authenticate(sessions, email, PASSWORD) is None
    assert accounts.authenticate(sessions, email, shown[1]) is not None


def test_an_address_that_is_taken_is_told_at_its_field(client_as: Callable[[str], FlaskClient]) -> None:
    answer = client_as("administrator").press("/people/new", **{**NEW, "email": PEOPLE["manager"][0]})
    assert answer.status_code == 422
    assert 'id="email-fault"' in answer.text


def test_a_closed_account_is_signed_out_and_can_be_opened_again(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    manager, client = client_as("manager"), client_as("administrator")
    with sessions.begin() as session:
        user_id = session.scalar(select(User.id).where(User.email == PEOPLE["manager"][0]))
    client.press(f"/people/{user_id}/close")
    assert manager.get("/settings").status_code == 303
    client.press(f"/people/{user_id}/open")
    assert client_as("manager").get("/settings").status_code == 200


def test_a_new_organisation_can_be_chosen_for_an_account(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("administrator")
    assert client.press("/people/organisations/new", name="Crouse", country="ir").status_code == 303
    assert "Crouse" in client.get("/people/new").text


@pytest.mark.slow
@pytest.mark.parametrize("table", ["segments", "routes", "devices", "procedures", "sites"])
def test_the_catalogue_is_looked_through_page_by_page_in_few_questions(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, institute: None, table: str
) -> None:
    client = client_as("administrator")
    asked: list[str] = []
    listen = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(sessions.kw["bind"], "before_cursor_execute", listen)
    assert client.get(f"/catalogue/{table}").status_code == 200
    event.remove(sessions.kw["bind"], "before_cursor_execute", listen)
    assert len(asked) <= 30
    assert "Nothing found" in client.get(f"/catalogue/{table}?q=no-such-thing").text
    assert client.get("/catalogue/users").status_code == 404


def test_mails_that_wait_are_seen_under_system(client_as: Callable[[str], FlaskClient], sessions: Sessions) -> None:
    with writing(sessions) as session:
        user = session.scalars(select(User).limit(1)).one()
        session.add(Mail(to_user_id=user.id, subject="Booked: Tara", body="", created_at=NOW, attempts=7, error="no"))
    client = client_as("administrator")
    page = client.get("/system").text
    assert "Booked: Tara" in page
    assert "given up" in page
    client.press("/system/mails/try-again")
    assert "given up" not in client.get("/system").text


@pytest.mark.browser
def test_the_pages_look_as_they_should(page: Page, institute: None) -> None:
    sign_in(page, "administrator")
    for address, name in [
        ("/people", "people"),
        ("/people/new", "person-new"),
        ("/people/1/password", "new-password"),
        ("/catalogue", "catalogue"),
        ("/catalogue/devices", "catalogue-devices"),
        ("/system", "system"),
    ]:
        page.goto(address)
        screenshot(page, name)
        check_accessible(page)
