"""Who is signed in: the session names the user and their session key, and ends when either changes."""

import hmac
from dataclasses import dataclass

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import UserMixin, login_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from schedtest.booking.access import Actor
from schedtest.models.user import User
from schedtest.web.kept import is_fragment


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):
    """The user as read for this request, apart from any transaction."""

    user: User

    def get_id(self) -> str:
        return f"{self.user.id}.{self.user.session_key}"

    @property
    def actor(self) -> Actor:
        return Actor.of(self.user)


class PageSessions(SecureCookieSessionInterface):
    """Sessions that last as long after a page as after signing in. What a page asks for beside itself leaves the cookie
    alone: its answer may come late, and would take away what the next page has to say.
    """

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        is_page = not is_fragment() and "text/html" in dict(request.accept_mimetypes)
        return session.modified or (session.permanent and is_page)


def load(identity: str) -> SignedIn | None:
    """The user a session names; None once the password has changed, or the account or its organisation is closed."""
    user_id, _, session_key = identity.partition(".")
    if not user_id.isdecimal():
        return None
    with g.sessions.begin() as transaction:
        user = transaction.scalar(
            select(User).where(User.id == int(user_id), User.active).options(joinedload(User.organisation))
        )
    if user is None or not hmac.compare_digest(user.session_key.encode(), session_key.encode()):
        return None
    if user.organisation is not None and not user.organisation.active:
        return None
    return SignedIn(user)


def remember(user: User) -> None:
    """Begin a session of the user's, with nothing in it of whoever was here before."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(user))
