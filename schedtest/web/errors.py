"""Whatever goes wrong becomes a page, or a part of one, that says what it is and what to do. Never a traceback."""

import secrets
from dataclasses import dataclass

from flask import Flask, current_app, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge, TooManyRequests
from werkzeug.wrappers import Response

from schedtest.booking.access import Forbidden, NotFound, Refused
from schedtest.models.request import WrongState
from schedtest.web import account, kept, places, states


@dataclass(frozen=True, slots=True)
class Trouble:
    """status: HTTP's.   title: what happened.   sentence: what to do about it."""

    status: int
    title: str
    sentence: str
    number: str | None = None


def init_app(app: Flask) -> None:
    app.register_error_handler(CSRFError, _stale_page)
    app.register_error_handler(Exception, _show)


def trouble_of(error: Exception) -> Trouble:
    """What a person is told about an exception."""
    match error:
        case NotFound() | HTTPException(code=404) | MethodNotAllowed():
            return Trouble(
                404,
                _("There is nothing here"),
                _("The address is mistyped, or what was here is gone or not yours to see."),
            )
        case Forbidden() | HTTPException(code=403):
            return Trouble(
                403,
                _("This is not for your account"),
                _("Your role does not include this page. If it should, ask an administrator."),
            )
        case Refused():
            return Trouble(409, _("This cannot be done"), _(error.sentence, **error.values))
        case WrongState():
            now = states.look(error.before).word
            return Trouble(
                409,
                _("This is no longer possible"),
                _("It is %(state)s by now. Go back and look at how it stands.", state=now),
            )
        case StaleDataError():
            return Trouble(
                409,
                _("Somebody was faster"),
                _("This was changed while you were reading it. Go back, look at how it stands, and do it again."),
            )
        case TooManyRequests():
            return Trouble(429, _("Too many attempts"), _("Wait a minute, then try again."))
        case RequestEntityTooLarge():
            return Trouble(413, _("This is too large"), _("Send less at once: a smaller file, or the text in parts."))
        case HTTPException(code=code) if code is not None and 400 <= code < 500:
            return Trouble(code, _("This was not understood"), _("Go back, load the page again and try once more."))
        case OperationalError():
            return _logged(
                error, 503, _("The database is busy"), _("Nothing was changed. Wait a moment and try again.")
            )
        case _:
            return _logged(
                error,
                500,
                _("This is our fault"),
                _("Something went wrong inside schedtest; nothing was changed. Try again in a moment."),
            )


def _logged(error: Exception, status: int, title: str, sentence: str) -> Trouble:
    number = secrets.token_hex(3)
    current_app.logger.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    return Trouble(status, title, sentence, number)


def _show(error: Exception) -> Response | tuple[str, int]:
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()
    trouble = trouble_of(error)
    if kept.is_fragment():
        return render_template("trouble_toast.html", trouble=trouble), trouble.status
    was_kept = trouble.status >= 500 and request.method == "POST" and kept.keep() is not None
    home = places.home_of(g.actor.role) if g.actor else url_for("account.sign_in")
    page = render_template("trouble.html", trouble=trouble, home=home, was_kept=was_kept)
    return page, trouble.status


def _stale_page(error: CSRFError) -> Response | tuple[str, int]:
    """The form is older than the session. What was typed is kept for its writer, whoever is signed in now."""
    if request.endpoint == "account.do_sign_in":
        return account.sign_in_again()
    author = kept.keep()
    if g.actor is not None and g.actor.user_id == author:
        return kept.go(url_for("account.show_kept"))
    if g.actor is None:
        return kept.go(url_for("account.sign_in", stale=1))
    trouble = Trouble(
        400,
        _("This page was opened before you signed in"),
        _("Nothing was changed. Load the page again and do it once more."),
    )
    if kept.is_fragment():
        return render_template("trouble_toast.html", trouble=trouble), trouble.status
    return render_template("trouble.html", trouble=trouble, home=places.home_of(g.actor.role), was_kept=False), 400
