"""The web application: everything every page shares is joined here, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from flask import Flask, current_app, g, request
from flask_babel import Babel, get_locale
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from jinja2 import PackageLoader, StrictUndefined
from werkzeug.wrappers import Response

from schedtest.booking import accounts
from schedtest.booking.queue import Queue
from schedtest.models.database import open_sessions
from schedtest.models.user import Language
from schedtest.settings import Settings
from schedtest.web import (
    account,
    admin,
    assets,
    campaign_steps,
    campaign_test,
    campaigns,
    closures,
    dates,
    errors,
    identity,
    listing,
    manager,
    manufacturer,
    notices,
    once,
    people,
    permission,
    places,
    plan,
    review,
    row_id,
    runs,
    states,
    system,
    throttle,
    today,
    visits,
)

# Their views stand on the blueprints of manufacturer, manager and admin.
VIEWS = (campaign_steps, campaign_test, campaigns, closures, people, plan, review, runs, system, today, visits)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
A_YEAR_S = 365 * 24 * 3600
HTMX = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    "scrollBehavior": "auto",
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},  # a form with its errors takes the form's place
        {"code": "[45]..", "swap": True, "error": True, "target": "#toasts", "swapOverride": "beforeend"},
    ],
}


def create_app(settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Flask:
    """The application on one database. clock: the present instant, aware; asked once a request."""
    app = Flask("schedtest.web")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=14),
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=A_YEAR_S,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its session
        BABEL_TRANSLATION_DIRECTORIES=str(files("schedtest") / "translations"),
        CLOCK=clock,
    )
    app.session_interface = identity.PageSessions()
    app.extensions["sessions"] = open_sessions(settings.database)
    app.extensions["settings"] = settings
    app.extensions["queue"] = Queue(settings.queue)
    app.view_functions["static"] = permission.public(app.view_functions["static"])
    _prepare_templates(app)
    _prepare_requests(app, settings)
    errors.init_app(app)
    app.url_map.converters["int"] = row_id.RowId
    for blueprint in (account.account, manufacturer.manufacturer, manager.manager, admin.admin):
        app.register_blueprint(blueprint)
    return app


def _prepare_requests(app: Flask, settings: Settings) -> None:
    """What happens before and after every request, in this order."""
    login = LoginManager(app, add_context_processor=False)
    login.user_loader(identity.load)
    Babel(app, locale_selector=_language, timezone_selector=lambda: str(dates.facility_zone()))
    app.before_request(_open)
    app.before_request(permission.check)
    CSRFProtect(app)
    throttle.init_app(app, settings)
    app.before_request(once.begin)
    app.after_request(notices.add_to_fragment)
    app.after_request(once.finish)
    app.after_request(_protect)


def _prepare_templates(app: Flask) -> None:
    environment = app.jinja_env
    environment.loader = PackageLoader("schedtest.templates", "")
    environment.undefined = StrictUndefined
    environment.add_extension("jinja2.ext.do")
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update({function.__name__: function for function in dates.FILTERS})
    environment.globals.update({function.__name__: function for function in dates.GLOBALS})
    environment.globals.update(
        asset=assets.asset,
        icon=assets.icon,
        form_keys=once.form_keys,
        here=listing.here,
        htmx_config=HTMX,
        initials=places.initials,
        look=states.look,
        notices=notices.notices,
        role_words=places.ROLE_WORDS,
        shortest_password=accounts.SHORTEST_PASSWORD,
    )
    app.context_processor(_page)


def _page() -> dict[str, object]:
    """What base.html asks of every page."""
    locale = get_locale()
    theme = request.cookies.get("theme")
    return {
        "actor": g.get("actor"),
        "person": current_user.user if g.get("actor") else None,
        "places": places.places_of(g.actor.role) if g.get("actor") else [],
        "home": places.home_of(g.actor.role) if g.get("actor") else "/",
        "language": locale.language if locale else "en",
        "direction": locale.text_direction if locale else "ltr",
        "theme": theme if theme in ("light", "dark") else "auto",
    }


def _open() -> None:
    """Everything a view needs to call a service."""
    g.sessions = current_app.extensions["sessions"]
    g.now = current_app.config["CLOCK"]()
    g.actor = None
    if request.endpoint != "static" and current_user.is_authenticated:
        g.actor = current_user.actor


def _language() -> str | None:
    """The user's own choice, then what the browser asks for."""
    if g.get("actor"):
        return str(current_user.user.language)
    return request.accept_languages.best_match([language.value for language in Language], "en")


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.vary.update(("Cookie", "HX-Request"))
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={A_YEAR_S}")
    return response
