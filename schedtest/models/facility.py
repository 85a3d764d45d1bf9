from datetime import tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schedtest.models.base import Base


class Facility(Base):
    """The institute itself: one row. Plans are made in slots of `slot_min` in its zone.

    dusk_margin_min: work that needs daylight stops this long before sunset.
    """

    __tablename__ = "facility"
    __table_args__ = (
        CheckConstraint("slot_min BETWEEN 1 AND 1440", name="slot_within_a_day"),
        CheckConstraint("dusk_margin_min >= 0", name="dusk_margin_not_negative"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str]
    country: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]
    slot_min: Mapped[int]
    currency: Mapped[str]
    dusk_margin_min: Mapped[int] = mapped_column(default=30)

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.timezone)
