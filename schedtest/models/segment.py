import enum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.zone import Zone


class Direction(enum.StrEnum):
    """Which way a segment is driven; the control room may turn a ring round."""

    RING = "ring"
    SWITCHABLE = "switchable"
    ONEWAY = "oneway"
    BOTH = "both"
    FREE = "free"


class Wetting(enum.StrEnum):
    NO = "no"
    SWITCHABLE = "switchable"
    SPRINKLERS = "sprinklers"
    FILLED = "filled"


class Segment(Base):
    """A piece of track; routes meet on the segments that they share. capacity: vehicles at once."""

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("length_m >= 1", name="length_positive"),
        CheckConstraint("lanes >= 1", name="lanes_positive"),
        CheckConstraint("capacity >= 1", name="capacity_positive"),
        CheckConstraint("vmax_kmh >= 1", name="vmax_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), index=True)
    length_m: Mapped[int]
    lanes: Mapped[int]
    capacity: Mapped[int]
    direction: Mapped[Direction]
    surface: Mapped[str]
    vmax_kmh: Mapped[int]
    wetting: Mapped[Wetting]

    zone: Mapped[Zone] = relationship()
