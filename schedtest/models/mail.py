from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base, where
from schedtest.models.user import User


class Mail(Base):
    """A mail to a user, written in the transaction of the deed it tells of and sent by the worker."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_unsent", "created_at", **where("sent_at IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    to_user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")

    to_user: Mapped[User] = relationship()
