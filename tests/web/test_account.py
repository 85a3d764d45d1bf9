from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from schedtest.booking import accounts
from schedtest.booking.access import SYSTEM
from schedtest.models import Language, Organisation, User
from schedtest.models.database import Sessions, writing
from tests.pages import NOW, PASSWORD, PEOPLE

NEW_PASSWORD = "gravel in the morning"


def test_a_stranger_is_sent_to_the_sign_in_page_and_then_where_they_wanted(client: FlaskClient) -> None:
    answer = client.get("/settings?from=mail")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/settings?from%3Dmail"
    token = client.token()
    answer = client.post(
        answer.location, data={"csrf_token": token, "email": PEOPLE["manager"][0], "password": PASSWORD}
    )
    assert answer.location == "/settings?from=mail"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "///evil.example", "javascript:alert(1)"],
)
def test_nobody_is_led_to_another_site(client: FlaskClient, elsewhere: str) -> None:
    form = {"csrf_token": client.token(), "email": PEOPLE["manager"][0], "password": PASSWORD}
    answer = client.post("/sign-in", query_string={"next": elsewhere}, data=form)
    assert answer.status_code == 303
    there = urlsplit(urljoin("http://localhost/sign-in", answer.location))
    assert (there.scheme, there.netloc) == ("http", "localhost")


def test_a_wrong_password_says_so_and_keeps_the_address(client: FlaskClient) -> None:
    answer = client.press("/sign-in", email="leila@ikco.example", password="wrong")
    assert answer.status_code == 422
    assert "Email and password do not fit together" in answer.text
    assert 'value="leila@ikco.example"' in answer.text
    assert "wrong" not in answer.text.partition('type="password"')[2].partition(">")[0]


def test_guessing_is_slowed_down_for_the_account_and_nobody_else(client: FlaskClient) -> None:
    for _ in range(6):
        assert client.press("/sign-in", email="leila@ikco.example", password="wrong").status_code == 422
    answer = client.press("/sign-in", email="Leila@ikco.example", password=PASSWORD)
    assert answer.status_code == 429
    assert "Wait a minute" in answer.text
    assert client.sign_in("manager").status_code == 303


def test_signing_in_rightly_is_never_throttled(app: Flask) -> None:
    for _ in range(10):
        assert app.test_client().sign_in("manager").status_code == 303


def test_a_stale_sign_in_page_keeps_the_address(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": "leila@ikco.example", "password": PASSWORD})
    assert answer.status_code == 422
    assert 'value="leila@ikco.example"' in answer.text
    assert "press once more" in answer.text


def test_a_changed_password_ends_all_other_sessions_at_once(client_as: Callable[[str], FlaskClient]) -> None:
    here, elsewhere = client_as("manager"), client_as("manager")
    answer = here.press(
        "/settings/password", password=PASSWORD, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD
    )
    assert answer.status_code == 303
    assert here.get("/settings").status_code == 200
    assert elsewhere.get("/settings").status_code == 303


def test_a_wrong_present_password_is_said_at_its_field(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("manager")
    answer = client.press(
        "/settings/password", password="not this", new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD
    )
    assert answer.status_code == 422
    assert "This is not the password you have now." in answer.text
    assert 'value="Maryam Hosseini"' in answer.text


def test_a_closed_account_is_out_at_once(client_as: Callable[[str], FlaskClient], sessions: Sessions) -> None:
    client = client_as("manager")
    with sessions.begin() as session:
        user_id = session.scalar(select(User.id).where(User.email == PEOPLE["manager"][0]))
    accounts.deactivate(sessions, SYSTEM, user_id, now=NOW)
    assert client.get("/settings").status_code == 303
    assert client.sign_in("manager").status_code == 422


def test_a_closed_organisation_s_people_are_out_at_once(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    ours, theirs = client_as("manufacturer"), client_as("other manufacturer")
    with writing(sessions) as session:
        session.execute(update(Organisation).where(Organisation.name == "SAIPA").values(active=False))
    assert theirs.get("/settings").status_code == 303
    assert ours.get("/settings").status_code == 200


def test_signing_out_ends_the_session(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("manager")
    answer = client.press("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert client.get("/settings").status_code == 303


def test_nothing_of_the_last_person_is_left_in_a_session(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("manufacturer")
    with client.session_transaction() as session:
        session["draft"] = "theirs"
    client.get("/sign-in")
    client.press("/sign-out")
    client.sign_in("other manufacturer")
    with client.session_transaction() as session:
        assert "draft" not in session


def test_a_page_renews_the_session_and_what_it_asks_for_beside_itself_leaves_it_alone(
    client_as: Callable[[str], FlaskClient],
) -> None:
    """A part of a page that is answered late would bring back the cookie of before, without what was said since."""
    client = client_as("manager")
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert "session=" in client.get("/review", headers=page).headers["Set-Cookie"]
    for asked in ({**page, "HX-Request": "true"}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        assert "Set-Cookie" not in client.get("/review", headers=asked).headers


def test_settings_are_saved(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("manager")
    answer = client.press("/settings", name=" Maryam H. ", language="ru", timezone="Europe/Moscow")
    assert answer.status_code == 303
    page = client.get("/settings").text
    assert 'value="Maryam H."' in page
    assert '<html lang="ru" dir="ltr"' in page


def test_faulty_settings_are_said_at_their_fields_and_stay(client_as: Callable[[str], FlaskClient]) -> None:
    answer = client_as("manager").press("/settings", name="", language="xx", timezone="Mars/Olympus")
    assert answer.status_code == 422
    assert "Write your name." in answer.text
    assert answer.text.count('aria-invalid="true"') == 3


@pytest.mark.parametrize(("asked", "language"), [("fa-IR,fa;q=0.9", "fa"), ("ru", "ru"), ("de", "en"), ("", "en")])
def test_a_stranger_s_browser_says_the_language(client: FlaskClient, asked: str, language: str) -> None:
    page = client.get("/sign-in", headers={"Accept-Language": asked}).text
    assert f'<html lang="{language}"' in page


def test_a_user_s_own_language_counts_more(client_as: Callable[[str], FlaskClient], sessions: Sessions) -> None:
    client = client_as("manager")
    with writing(sessions) as session:
        session.execute(update(User).values(language=Language.PERSIAN))
    assert '<html lang="fa" dir="rtl"' in client.get("/settings", headers={"Accept-Language": "en"}).text
