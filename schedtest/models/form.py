from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from schedtest.models.base import Base


class SentForm(Base):
    """A form that was sent; its key is once in the table, so pressing eleven times does the deed once.

    location: where the deed led; null while it is being done.
    """

    __tablename__ = "sent_form"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    sent_at: Mapped[datetime] = mapped_column(index=True)
    location: Mapped[str | None]


class KeptForm(Base):
    """What a person had typed when the session was lost: theirs alone, until they send it or let it go.

    path: where it was going.   page: where it was typed.   fields: [[name, value], …] in the form's order.
    """

    __tablename__ = "kept_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    path: Mapped[str]
    page: Mapped[str]
    fields: Mapped[list[Any]]
    kept_at: Mapped[datetime]
