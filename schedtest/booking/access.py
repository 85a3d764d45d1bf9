"""Who may do what: roles are declared at each deed, ownership is part of each fetch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from schedtest.models.base import Base
from schedtest.models.database import Sessions
from schedtest.models.user import Role, User


class NotFound(LookupError):
    """There is no such thing, or it is another organisation's: the two can't be told apart from outside."""


class Forbidden(Exception):
    """The actor's role may not do this at all."""


class Refused(Exception):
    """A rule of the house says no; the sentence says why and what can be done.

    sentence: English with %(name)s places, translated where it is shown: `_(refused.sentence, **refused.values)`.
    field: the name of the argument it is about, where there is one.
    """

    def __init__(self, sentence: str, *, field: str | None = None, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence = sentence
        self.field = field
        self.values = values


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user as signed in, or the system (no user_id)."""

    user_id: int | None
    name: str
    role: Role
    organisation_id: int | None = None

    @classmethod
    def of(cls, user: User) -> "Actor":
        return cls(user.id, user.name, user.role, user.organisation_id)


SYSTEM = Actor(None, "schedtest", Role.ADMINISTRATOR)

P = ParamSpec("P")
R = TypeVar("R")


def allowed(
    *roles: str,
) -> Callable[[Callable[Concatenate[Sessions, Actor, P], R]], Callable[Concatenate[Sessions, Actor, P], R]]:
    """Declare who may do this; anybody else's call raises Forbidden before anything is read."""
    may = frozenset(Role(role) for role in roles)

    def declare(deed: Callable[Concatenate[Sessions, Actor, P], R]) -> Callable[Concatenate[Sessions, Actor, P], R]:
        @wraps(deed)
        def checked(sessions: Sessions, actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            if actor.role not in may:
                raise Forbidden(f"{deed.__name__} is not for the role {actor.role}")
            return deed(sessions, actor, *args, **kwargs)

        checked.roles = may  # type: ignore[attr-defined]
        return checked

    return declare


Deed = TypeVar("Deed", bound=Callable[..., Any])


def internal(deed: Deed) -> Deed:
    """Declare that no role is asked for: the worker's and the command line's deeds, and signing in."""
    deed.roles = frozenset()  # type: ignore[attr-defined]
    return deed


def mine(actor: Actor, model: type[Any]) -> Select[Any]:
    """The rows the actor may see: a manufacturer those that belong to its organisation, the institute's people all.

    model: one with `belongs_to(organisation_id)`, the condition that a row is that organisation's.
    """
    rows = select(model)
    if actor.role == Role.MANUFACTURER:
        return rows.where(model.belongs_to(actor.organisation_id))
    return rows


M = TypeVar("M", bound=Base)


def own(session: Session, actor: Actor, model: type[M], row_id: int) -> M:
    """The row, if it is the actor's to see (`mine`); raises NotFound, for another organisation's too."""
    row: M | None = session.scalar(mine(actor, model).filter_by(id=row_id))
    if row is None:
        raise NotFound(f"{model.__name__} {row_id}")
    return row
