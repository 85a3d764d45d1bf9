from sqlalchemy import CheckConstraint, ColumnElement, String
from sqlalchemy.orm import Mapped, mapped_column

from schedtest.models.base import Base


class Organisation(Base):
    """A manufacturer: a maker of vehicles or of parts."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("length(country) = 2", name="country_iso"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    country: Mapped[str] = mapped_column(String(2))
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def organisation_id(self) -> int:
        return self.id

    @classmethod
    def belongs_to(cls, organisation_id: int) -> ColumnElement[bool]:
        return cls.id == organisation_id
