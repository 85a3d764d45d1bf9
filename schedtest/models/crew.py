import enum
from collections.abc import Iterable

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.calendar import Calendar
from schedtest.models.route import Permit

HEAVY_CATEGORIES = ("M2", "M3", "N2", "N3")


class CrewKind(enum.StrEnum):
    DRIVER = "driver"
    ENGINEER = "engineer"
    TECHNICIAN = "technician"


class Crew(Base):
    """People of one kind on one shift; drivers of one permit. people: on duty at once.

    Crews of one kind and permit stand in for each other: at the change of shift one takes over from the other.
    """

    __tablename__ = "crew"
    __table_args__ = (
        CheckConstraint("people >= 1", name="people_positive"),
        CheckConstraint("(kind = 'driver') = (permit IS NOT NULL)", name="drivers_have_permits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[CrewKind]
    permit: Mapped[Permit | None]
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))
    people: Mapped[int]

    calendar: Mapped[Calendar] = relationship()


def permit_for(category: str, permits: Iterable[Permit]) -> Permit:
    """What drivers of an article must hold on roads with these permits: the highest, or that for heavy vehicles.

    Off the road, on a dynamometer, the general one is enough.
    """
    if category in HEAVY_CATEGORIES:
        return Permit.HEAVY
    return max(permits, default=Permit.GENERAL)
