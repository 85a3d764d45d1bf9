"""What a person types is never lost, and a deed is done once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from flask import Flask, g, redirect, request
from flask.testing import FlaskClient
from sqlalchemy import func, select

from schedtest.booking.access import Refused
from schedtest.models import KeptForm
from schedtest.models.database import Sessions
from schedtest.settings import Settings
from schedtest.web.app import create_app
from schedtest.web.permission import permitted
from tests.pages import NOW, PageClient

EVERY_ROLE = ("manufacturer", "manager", "administrator")
LONG_TEXT = "The brakes squeal on the wet lane.\r\n" * 200


@pytest.fixture
def deeds(app: Flask) -> list[str]:
    """What the view /deed has done, each time it was asked."""
    return add_deed(app)


def add_deed(app: Flask) -> list[str]:
    done: list[str] = []

    @app.post("/deed")
    @permitted(*EVERY_ROLE)
    def deed() -> object:
        if request.form["note"] == "wrong":
            return "write it otherwise", 422
        if request.form["note"] == "refused":
            raise Refused("Route %(route)s is closed.", route="R26")
        if request.form["note"] == "broken":
            raise RuntimeError("a mistake of ours")
        done.append(f"{g.actor.name}: {request.form['note']}")
        return redirect(f"/done/{len(done)}", 303)

    return done


def keys(client: FlaskClient) -> dict[str, str]:
    """The hidden fields of a form as the page shows it."""
    page = client.get("/settings").text
    found = dict(re.findall(r'<input type="hidden" name="(csrf_token|author|once)" value="([^"]*)">', page))
    return {name: unescape(value) for name, value in found.items()}


def hidden_form(page: str) -> dict[str, str]:
    """All that the page's Send button would send."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    fields |= dict(re.findall(r'<textarea hidden name="([^"]+)">\n(.*?)</textarea>', page, re.DOTALL))
    return {name: unescape(value) for name, value in fields.items()}


def test_the_same_form_sent_eleven_times_is_one_deed(
    app: Flask, deeds: list[str], client_as: Callable[[str], FlaskClient]
) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "note": "once"}
    places = [client.post("/deed", data=form).location for _ in range(11)]
    assert deeds == ["Leila Ahmadi: once"]
    assert places == ["/done/1"] * 11


def test_the_same_form_sent_at_the_same_moment_is_one_deed(
    app: Flask, deeds: list[str], client_as: Callable[[str], FlaskClient]
) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "note": "once"}
    session = client.get_cookie("session")
    assert session is not None

    def send(_: int) -> str | None:
        hand = app.test_client()
        hand.set_cookie("session", session.value)
        return hand.post("/deed", data=form).location

    with ThreadPoolExecutor(4) as hands:
        places = list(hands.map(send, range(11)))
    assert deeds == ["Leila Ahmadi: once"]
    assert places == ["/done/1"] * 11


@pytest.mark.parametrize("fault", ["wrong", "refused", "broken"])
def test_a_form_that_was_not_accepted_can_be_sent_again(
    deeds: list[str], client_as: Callable[[str], FlaskClient], fault: str
) -> None:
    client = client_as("manufacturer")
    form = keys(client)
    assert client.post("/deed", data={**form, "note": fault}).status_code in (422, 409, 500)
    assert client.post("/deed", data={**form, "note": "right"}).location == "/done/1"


def test_what_was_typed_is_there_after_signing_in_and_one_press_sends_it(
    deeds: list[str], client_as: Callable[[str], FlaskClient]
) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "note": LONG_TEXT}
    client.delete_cookie("session")
    assert client.post("/deed", data=form).location.startswith("/sign-in")
    assert client.sign_in("manufacturer").location == "/kept"
    page = client.get("/kept").text
    assert "The brakes squeal" in page
    kept = hidden_form(page)
    assert kept["note"] == LONG_TEXT
    assert client.post("/deed", data=kept).location == "/done/1"
    assert deeds == [f"Leila Ahmadi: {LONG_TEXT}"]
    assert client.get("/kept").location != "/kept"


def test_it_is_there_after_the_server_was_restarted(
    settings: Settings, client_as: Callable[[str], FlaskClient]
) -> None:
    form = {**keys(client_as("manufacturer")), "note": "kept"}
    restarted = create_app(settings, clock=lambda: NOW)
    restarted.test_client_class = PageClient
    done = add_deed(restarted)
    client = restarted.test_client()
    assert client.post("/deed", data=form).location.startswith("/sign-in")
    client.sign_in("manufacturer")
    client.post("/deed", data=hidden_form(client.get("/kept").text))
    assert done == ["Leila Ahmadi: kept"]


def test_another_user_sees_nothing_of_what_was_kept(
    deeds: list[str], client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "note": "for our eyes only"}
    client.delete_cookie("session")
    answer = client.post("/deed", data=form, follow_redirects=True)
    assert "for our eyes only" not in answer.text
    assert client.sign_in("other manufacturer").location != "/kept"
    assert "for our eyes only" not in client.get("/kept", follow_redirects=True).text
    # A page left open by the one is sent by the other, who has signed in meanwhile: refused, and kept for its writer.
    assert client.post("/deed", data=form).status_code == 400
    assert deeds == []
    with sessions.begin() as session:
        assert session.scalars(select(KeptForm.user_id).distinct()).all() == [1]


def test_a_page_from_before_signing_in_again_is_sent_by_one_press(
    deeds: list[str], client_as: Callable[[str], FlaskClient]
) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "note": "from the other tab"}
    client.press("/sign-out")
    client.sign_in("manufacturer")
    assert client.post("/deed", data=form).location == "/kept"
    client.post("/deed", data=hidden_form(client.get("/kept").text))
    assert deeds == ["Leila Ahmadi: from the other tab"]


def test_a_part_of_a_page_asked_for_without_a_session_leads_to_the_sign_in_page(
    deeds: list[str], client_as: Callable[[str], FlaskClient]
) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "note": "kept"}
    client.delete_cookie("session")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/campaigns/3"}
    answer = client.post("/deed", data=form, headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in?next=/campaigns/3")
    assert client.sign_in("manufacturer").location == "/kept"


def test_passwords_are_never_kept(client_as: Callable[[str], FlaskClient], sessions: Sessions) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "password": "secret one", "new_password": "secret two", "note": "harmless"}
    client.delete_cookie("session")
    client.post("/settings/password", data=form)
    with sessions.begin() as session:
        assert session.scalars(select(KeptForm.fields)).all() == [[["note", "harmless"]]]


def test_what_was_typed_is_kept_when_something_breaks(
    deeds: list[str], client_as: Callable[[str], FlaskClient]
) -> None:
    client = client_as("manufacturer")
    answer = client.post("/deed", data={**keys(client), "note": "broken"})
    assert answer.status_code == 500
    assert 'href="/kept"' in answer.text
    assert "broken" in client.get("/kept").text


def test_a_stranger_can_keep_nothing(deeds: list[str], client: FlaskClient, sessions: Sessions) -> None:
    for author in ("", "1", "IjEi.forged"):
        client.post("/deed", data={"author": author, "note": "rubbish"})
    with sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(KeptForm)) == 0


def test_what_is_not_wanted_any_more_is_let_go(deeds: list[str], client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("manufacturer")
    form = {**keys(client), "note": "old news"}
    client.delete_cookie("session")
    client.post("/deed", data=form)
    client.sign_in("manufacturer")
    client.press("/kept/1/let-go")
    assert "old news" not in client.get("/kept", follow_redirects=True).text
