"""Whatever goes wrong, a person reads what it is and what to do, and never a traceback."""

from collections.abc import Callable

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from schedtest.booking.access import Forbidden, NotFound, Refused
from schedtest.models.request import State, WrongState
from schedtest.web.permission import public

TROUBLES: list[tuple[Exception, int, str]] = [
    (NotFound("TestRequest 7"), 404, "There is nothing here"),
    (Forbidden("publish"), 403, "This is not for your account"),
    (Refused("Device %(device)s is away.", device="GNS-R-001"), 409, "Device GNS-R-001 is away."),
    (WrongState(State.WITHDRAWN, State.APPROVED), 409, "It is withdrawn by now."),
    (StaleDataError(), 409, "Somebody was faster"),
    (OperationalError("SELECT secret", {}, Exception("database is locked")), 503, "The database is busy"),
    (ZeroDivisionError("division by zero"), 500, "This is our fault"),
]


@pytest.mark.parametrize(("error", "status", "sentence"), TROUBLES)
def test_an_error_becomes_a_page_that_says_what_to_do(
    app: Flask, client: FlaskClient, error: Exception, status: int, sentence: str
) -> None:
    answer = _asked(app, client, error)
    assert answer.status_code == status
    assert sentence in answer.text
    assert "<h1>" in answer.text
    _tells_nothing(answer.text)


@pytest.mark.parametrize(("error", "status", "sentence"), TROUBLES)
def test_for_a_part_of_a_page_it_becomes_a_sentence(
    app: Flask, client: FlaskClient, error: Exception, status: int, sentence: str
) -> None:
    answer = _asked(app, client, error, headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert sentence in answer.text
    assert "<html" not in answer.text
    _tells_nothing(answer.text)


def test_what_is_our_fault_is_found_in_the_log_by_its_number(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = _asked(app, client, ZeroDivisionError("division by zero"))
    (record,) = [record for record in caplog.records if record.exc_info]
    number = record.getMessage().split()[1]
    assert f"as {number}." in answer.text


@pytest.mark.parametrize("status", [400, 405, 408, 413, 415, 418, 422, 429, 431])
def test_every_refusal_of_the_server_is_a_page_too(app: Flask, client: FlaskClient, status: int) -> None:
    app.add_url_rule("/refused", "refused", public(lambda: abort(status)))
    answer = client.get("/refused")
    assert 400 <= answer.status_code < 500
    assert "<h1>" in answer.text


def test_an_unknown_address_and_a_wrong_method_are_not_found(client: FlaskClient) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.post("/").status_code == 404
    assert client.get("/static/built/../../app.py").status_code == 404


def test_every_answer_carries_the_headers_that_protect(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("manager")
    for path in ("/settings", "/sign-in", "/nowhere", "/static/icon.svg"):
        with client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_assets_are_kept_by_browsers_and_pages_are_not(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("manager")
    with client.get("/static/icon.svg") as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert client.get("/settings").headers["Cache-Control"] == "private, no-cache"


def _asked(app: Flask, client: FlaskClient, error: Exception, **options: object):  # type: ignore[no-untyped-def]
    def wrong() -> None:
        raise error

    app.add_url_rule("/wrong", "wrong", public(wrong))
    return client.get("/wrong", **options)


def _tells_nothing(text: str) -> None:
    for secret in ("Traceback", "SELECT secret", "division by zero", ".py", "TestRequest 7"):
        assert secret not in text
