"""A form whose session was lost on the way: what was typed is kept for its writer, who sends it after signing in."""

from urllib.parse import urlsplit

from flask import current_app, g, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from schedtest.booking import forms

OURS = ("csrf_token", "author", "once", "kept")


def author_token() -> str:
    """Goes out with every form, so that a form which comes back without a session still tells whose it is."""
    return "" if g.actor is None else _signer().dumps(g.actor.user_id)


def keep() -> int | None:
    """Keep what this request carries; the id of the user it is kept for, None when nobody wrote it."""
    try:
        author: int = _signer().loads(request.form.get("author", ""))
    except BadSignature:
        return None
    fields = [
        (name, value) for name, value in request.form.items(multi=True) if name not in OURS and "password" not in name
    ]
    if fields:
        forms.keep(g.sessions, author, path=request.full_path.rstrip("?"), page=_page(), fields=fields, now=g.now)
    return author


def sign_in_first() -> Response:
    """To the sign-in page, and from there back: to the page wanted, or to what had been typed."""
    if request.method == "POST":
        keep()
        return go(url_for("account.sign_in", next=_page()))
    wanted = _page() if is_fragment() else request.full_path.rstrip("?")
    return go(url_for("account.sign_in", next=wanted))


def is_fragment() -> bool:
    """htmx asks for a part of a page."""
    return "HX-Request" in request.headers


def go(location: str) -> Response:
    """To another page, also when only a part of one was asked for."""
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": location})
    return redirect(location, 303)


def own_path(address: str | None) -> str | None:
    """The address without its host if it is one of our pages; None otherwise, so that nobody is led elsewhere."""
    if not address or "\\" in address:
        return None
    parts = urlsplit(address)
    if (parts.netloc and parts.netloc != request.host) or not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _page() -> str:
    return own_path(request.headers.get("HX-Current-URL") or request.referrer) or "/"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="author")
