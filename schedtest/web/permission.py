"""Who may use a view. Closed by default: a view that declares nobody is for nobody."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request
from werkzeug.wrappers import Response

from schedtest.booking.access import Forbidden
from schedtest.models.user import Role
from schedtest.web import kept

EVERYBODY = "everybody"

View = TypeVar("View", bound=Callable[..., Any])


def permitted(*roles: str) -> Callable[[View], View]:
    """Declare the roles that may use the view; stands under the route: `@manager.get(…)` above `@permitted(…)`."""
    may = frozenset(Role(role) for role in roles)

    def declare(view: View) -> View:
        view.permission = may  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declare that nobody needs to be signed in."""
    view.permission = EVERYBODY  # type: ignore[attr-defined]
    return view


def check() -> Response | None:
    """Before every request: lets it pass, sends a stranger to the sign-in page, or raises Forbidden."""
    if request.endpoint is None:
        return None
    may: frozenset[Role] | str = getattr(current_app.view_functions[request.endpoint], "permission", frozenset())
    if may == EVERYBODY:
        return None
    if g.actor is None:
        return kept.sign_in_first()
    if g.actor.role not in may:
        raise Forbidden(request.endpoint)
    return None
