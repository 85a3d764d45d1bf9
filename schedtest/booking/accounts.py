"""Accounts: who has one, who they are when they sign in, and their passwords."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from schedtest.booking.access import Actor, NotFound, Refused, allowed, internal
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.organisation import Organisation
from schedtest.models.user import Language, Role, User

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

hasher = PasswordHasher()


@internal
def authenticate(sessions: Sessions, email: str, password: str) -> User | None:
    """The active user with this address and password, or None, whatever it was that did not fit."""
    with sessions.begin() as session:
        user = session.scalar(
            select(User).where(User.email == _normal(email)).options(joinedload(User.organisation)),
        )
    fits = _fits(user.password_hash if user else _nobodys_hash(), password)
    if user is None or not fits or not user.active or (user.organisation and not user.organisation.active):
        return None
    return user


@allowed("administrator")
def people(sessions: Sessions, actor: Actor) -> Sequence[User]:
    """Everybody with an account, closed ones too, by organisation (the institute's people first) and name."""
    with sessions.begin() as session:
        everybody = select(User).outerjoin(User.organisation).options(joinedload(User.organisation))
        return session.scalars(everybody.order_by(Organisation.name.nulls_first(), User.name, User.id)).all()


@allowed("administrator")
def person(sessions: Sessions, actor: Actor, user_id: int) -> User:
    """Raises NotFound for nobody."""
    with sessions.begin() as session:
        return _user(session, user_id)


@allowed("administrator")
def organisations(sessions: Sessions, actor: Actor) -> Sequence[Organisation]:
    with sessions.begin() as session:
        return session.scalars(select(Organisation).order_by(Organisation.name)).all()


@allowed("administrator")
def create_organisation(sessions: Sessions, actor: Actor, *, name: str, country: str, now: datetime) -> Organisation:
    """country: its ISO 3166 code of two letters. Raises Refused for a name that is taken."""
    try:
        with writing(sessions) as session:
            organisation = Organisation(name=name.strip(), country=country.upper())
            session.add(organisation)
            session.flush()
            session.add(Event.of(actor, "organisation.created", organisation, at=now, after={"name": name}))
            return organisation
    except IntegrityError as error:
        raise Refused("There is an organisation with this name already.", field="name") from error


@allowed("administrator")
def create_user(
    sessions: Sessions,
    actor: Actor,
    *,
    email: str,
    name: str,
    password: str,
    role: Role,
    organisation_id: int | None = None,
    language: Language = Language.ENGLISH,
    timezone: str = "UTC",
    now: datetime,
) -> User:
    """A manufacturer's people belong to its organisation, the institute's to none.

    Raises Refused for an address that is taken or none, a weak password, an unknown zone.
    """
    address = _normal(email)
    _check_address(address)
    _check_timezone(timezone)
    if (role == Role.MANUFACTURER) != (organisation_id is not None):
        raise Refused(
            "Choose an organisation for a manufacturer's account, and none otherwise.", field="organisation_id"
        )
    user = User(
        email=address,
        name=name.strip(),
        password_hash=_hash(password, address, field="password"),
        role=role,
        organisation_id=organisation_id,
        language=language,
        timezone=timezone,
        session_key=secrets.token_urlsafe(),
        created_at=now,
    )
    try:
        with writing(sessions) as session:
            if organisation_id is not None and session.get(Organisation, organisation_id) is None:
                raise NotFound(f"Organisation {organisation_id}")
            session.add(user)
            session.flush()
            session.add(Event.of(actor, "user.created", user, at=now, after={"email": address, "role": role.value}))
            return user
    except IntegrityError as error:
        raise Refused("There is an account with this address already.", field="email") from error


@allowed("manufacturer", "manager", "administrator")
def change_own_settings(
    sessions: Sessions, actor: Actor, *, name: str, language: Language, timezone: str, now: datetime
) -> None:
    """Raises Refused for an unknown zone."""
    _check_timezone(timezone)
    with writing(sessions) as session:
        user = _user(session, actor.user_id)
        before = {"name": user.name, "language": user.language.value, "timezone": user.timezone}
        user.name, user.language, user.timezone = name.strip(), language, timezone
        after = {"name": user.name, "language": language.value, "timezone": timezone}
        session.add(Event.of(actor, "user.settings_changed", user, at=now, before=before, after=after))


@allowed("manufacturer", "manager", "administrator")
def change_own_password(sessions: Sessions, actor: Actor, password: str, new_password: str, *, now: datetime) -> User:
    """Every session of the user's ends; the user returned has the key for a new one.

    Raises Refused when `password` is not the present one, or the new one is weak.
    """
    with sessions.begin() as session:
        user = _user(session, actor.user_id)
    if not _fits(user.password_hash, password):
        raise Refused("This is not the password you have now.", field="password")
    return _set_password(sessions, actor, user, new_password, field="new_password", now=now)


@allowed("administrator")
def reset_password(sessions: Sessions, actor: Actor, user_id: int, new_password: str, *, now: datetime) -> User:
    """Give somebody a new password; every session of theirs ends. Raises Refused for a weak one."""
    with sessions.begin() as session:
        user = _user(session, user_id)
    return _set_password(sessions, actor, user, new_password, field="new_password", now=now)


@allowed("administrator")
def deactivate(sessions: Sessions, actor: Actor, user_id: int, *, now: datetime) -> None:
    """Close an account: its sessions end at once, its name stays in the history. Raises Refused for one's own."""
    if user_id == actor.user_id:
        raise Refused("Your own account can only be closed by another administrator.")
    with writing(sessions) as session:
        user = _user(session, user_id)
        if user.active:
            user.active = False
            user.session_key = secrets.token_urlsafe()
            session.add(Event.of(actor, "user.deactivated", user, at=now))


@allowed("administrator")
def reactivate(sessions: Sessions, actor: Actor, user_id: int, *, now: datetime) -> None:
    """Open a closed account again, with the password it had."""
    with writing(sessions) as session:
        user = _user(session, user_id)
        if not user.active:
            user.active = True
            session.add(Event.of(actor, "user.reactivated", user, at=now))


def _user(session: Session, user_id: int | None) -> User:
    user = session.get(User, user_id) if user_id is not None else None
    if user is None:
        raise NotFound(f"User {user_id}")
    return user


def _set_password(sessions: Sessions, actor: Actor, user: User, password: str, *, field: str, now: datetime) -> User:
    password_hash = _hash(password, user.email, field=field)
    with writing(sessions) as session:
        user = _user(session, user.id)
        user.password_hash = password_hash
        user.session_key = secrets.token_urlsafe()
        session.add(Event.of(actor, "user.password_changed", user, at=now))
        return user


def _normal(email: str) -> str:
    return email.strip().lower()


def _check_address(address: str) -> None:
    local, _, domain = address.partition("@")
    if not local or not domain or "@" in domain or any(character.isspace() for character in address):
        raise Refused("Write an email address such as name@example.com.", field="email")


def _check_timezone(timezone: str) -> None:
    if timezone not in available_timezones():
        raise Refused("There is no time zone %(timezone)s.", field="timezone", timezone=timezone)


def _hash(password: str, address: str, *, field: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused(
            "A password has %(shortest)d to %(longest)d characters.",
            field=field,
            shortest=SHORTEST_PASSWORD,
            longest=LONGEST_PASSWORD,
        )
    if _normal(password) == address:
        raise Refused("Choose a password that is not your email address.", field=field)
    return hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    """An unknown address costs the same work as a known one, so that the time tells nobody which it was."""
    return hasher.hash(secrets.token_urlsafe())


def _fits(password_hash: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        password = ""  # nobody's, and not worth hashing
    try:
        return hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False
