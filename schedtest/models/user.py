import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.organisation import Organisation


class Role(enum.StrEnum):
    MANUFACTURER = "manufacturer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Language(enum.StrEnum):
    ENGLISH = "en"
    RUSSIAN = "ru"
    PERSIAN = "fa"


class User(Base):
    """A person with an account. Never deleted, only deactivated: history keeps the name.

    session_key: random, kept in the browser's session too; a new one ends every session of the user.
    """

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint(
            "(role = 'manufacturer') = (organisation_id IS NOT NULL)", name="manufacturer_has_organisation"
        ),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[Role]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    language: Mapped[Language] = mapped_column(default=Language.ENGLISH)
    timezone: Mapped[str] = mapped_column(default="UTC")
    session_key: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation | None] = relationship()

    @classmethod
    def belongs_to(cls, organisation_id: int) -> ColumnElement[bool]:
        return cls.organisation_id == organisation_id
