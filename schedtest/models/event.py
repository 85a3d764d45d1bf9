from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from schedtest.models.base import Base


class Doer(Protocol):
    @property
    def user_id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


class Event(Base):
    """One thing that was done, by whom, to what: the history. The database refuses to change or delete one.

    action: 'request.withdrawn'.   subject: the table of what it was done to.   organisation_id: whom it concerns.
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject_subject_id", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(default="")

    @classmethod
    def of(
        cls,
        actor: Doer,
        action: str,
        subject: Any,
        *,
        at: datetime,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        reason: str = "",
    ) -> "Event":
        """The entry for a deed on a row that has its id already (flush first), for the organisation of that row."""
        return cls(
            at=at,
            actor_id=actor.user_id,
            actor_name=actor.name,
            organisation_id=getattr(subject, "organisation_id", None),
            action=action,
            subject=subject.__tablename__,
            subject_id=subject.id,
            before=before,
            after=after,
            reason=reason,
        )

    @classmethod
    def belongs_to(cls, organisation_id: int) -> ColumnElement[bool]:
        return cls.organisation_id == organisation_id
