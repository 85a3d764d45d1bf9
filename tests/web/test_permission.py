"""Every address of the application: who gets in, and who does not."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from schedtest.models import Role
from schedtest.web.permission import EVERYBODY

ONE_OF = {
    Role.MANUFACTURER: "manufacturer",
    Role.MANAGER: "manager",
    Role.ADMINISTRATOR: "administrator",
}
SAMPLES = {"RowId": 1, "UnicodeConverter": "x", "PathConverter": "x"}


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, path with something in its places) of every view."""
    adapter = app.url_map.bind("localhost")
    return [
        (rule.endpoint, method, adapter.build(rule.endpoint, values(rule), method))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def values(rule: Rule) -> dict[str, object]:
    return {name: SAMPLES[type(converter).__name__] for name, converter in rule._converters.items()}


def permission(app: Flask, endpoint: str) -> object:
    return getattr(app.view_functions[endpoint], "permission", None)


def test_every_view_declares_who_may_use_it(app: Flask) -> None:
    undeclared = [endpoint for endpoint in app.view_functions if not permission(app, endpoint)]
    assert undeclared == []


def test_a_view_without_a_declaration_is_for_nobody(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    client = app.test_client()
    assert client.get("/forgotten").status_code == 303
    client.sign_in("administrator")
    assert client.get("/forgotten").status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_turned_away_from_what_is_not_its_own(
    app: Flask, client_as: Callable[[str], FlaskClient], role: Role
) -> None:
    client = client_as(ONE_OF[role])
    token = client.token()
    for endpoint, method, path in addresses(app):
        may = permission(app, endpoint)
        if may != EVERYBODY and role not in may:
            answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
            assert answer.status_code == 403, f"{role} got {answer.status_code} at {method} {path}"


def test_a_stranger_is_asked_to_sign_in_wherever_an_account_is_needed(app: Flask, client: FlaskClient) -> None:
    token = client.token()
    for endpoint, method, path in addresses(app):
        if permission(app, endpoint) != EVERYBODY:
            answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
            assert answer.status_code == 303, f"{method} {path} answered {answer.status_code}"
            assert answer.location.startswith("/sign-in")


def test_every_change_needs_the_page_s_token(app: Flask, client_as: Callable[[str], FlaskClient]) -> None:
    """Whatever the role, a form that another site sends in one's name is refused."""
    for role in Role:
        client = client_as(ONE_OF[role])
        for endpoint, method, path in addresses(app):
            may = permission(app, endpoint)
            if method != "GET" and may != EVERYBODY and role in may:
                answer = client.open(path, method=method, data={"reason": "forged"})
                assert answer.status_code == 400, f"{method} {path} answered {answer.status_code}"


def test_nothing_is_changed_by_a_link(app: Flask) -> None:
    """A view that answers both GET and POST would be one whose reading may change something."""
    both = [rule.endpoint for rule in app.url_map.iter_rules() if rule.methods and {"GET", "POST"} <= set(rule.methods)]
    assert both == []
