"""Impatient presses: a form carries a key, and the same key does its deed once."""

import secrets
import time
from typing import cast

from flask import g, request
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from schedtest.booking import forms
from schedtest.booking.access import Refused
from schedtest.web import kept

PATIENCE_S = 10
REDIRECTS = (301, 302, 303)


def form_keys() -> Markup:
    """The hidden fields every form carries: against forgery, against double presses, and whose it is."""
    fields = {"csrf_token": generate_csrf(), "author": kept.author_token(), "once": secrets.token_urlsafe(12)}
    return Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value) for name, value in fields.items()
    )


def begin() -> Response | None:
    """Before a deed: None when it is to be done now, else to where the earlier one led."""
    key = request.form.get("once") if request.method == "POST" and g.actor and not kept.is_fragment() else None
    if not key:
        return None
    give_up = time.monotonic() + PATIENCE_S
    while True:
        sent = forms.begin(g.sessions, g.actor, key[:64], now=g.now)
        if sent.first:
            g.once = key[:64]
            return None
        if sent.location is not None:
            return redirect(sent.location, 303)
        if time.monotonic() > give_up:
            raise Refused(_("This was sent already and is still being done. Look at the list in a moment."))
        time.sleep(0.1)


def finish(response: Response) -> Response:
    """After a deed: only a redirect says that it was done, anything else may be sent again."""
    done = response.status_code in REDIRECTS
    if key := cast(str | None, g.pop("once", None)):
        if done:
            forms.finish(g.sessions, g.actor, key, response.location or "/")
        else:
            forms.forget(g.sessions, g.actor, key)
    if done and request.method == "POST" and g.actor and request.form.get("kept", "").isdecimal():
        forms.let_go(g.sessions, g.actor, int(request.form["kept"]))
    return response
