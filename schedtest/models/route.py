import enum
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.calendar import Calendar, Season
from schedtest.models.segment import Segment
from schedtest.models.state import StateResource
from schedtest.models.words import Words


class Use(enum.StrEnum):
    """Exclusive takes the full capacity of every segment, shared takes 1 for each vehicle."""

    SHARED = "shared"
    EXCLUSIVE = "exclusive"


class Surface(enum.StrEnum):
    ANY = "any"
    DRY = "dry"
    WET = "wet"


class Permit(enum.StrEnum):
    """What a driver may drive."""

    GENERAL = "P1"
    RING = "P2"
    RING_FAST = "P3"
    HANDLING = "P4"
    OFF_ROAD = "P5"
    HEAVY = "P6"
    DRIVERLESS = "P7"


class Route(Base):
    """A path over segments, with all that holds for whoever drives it.

    max_vehicles: on a shared route at once, on an exclusive one of the same booking.   categories: vehicles that may.
    calendar: when the control room mans it.   season: none for the whole year.   hour_price: in its currency.
    """

    __tablename__ = "route"
    __table_args__ = (
        CheckConstraint("max_vehicles >= 1", name="max_vehicles_positive"),
        CheckConstraint("hour_price >= 0", name="hour_price_not_negative"),
        CheckConstraint("temp_min_c <= temp_max_c", name="temperatures_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    use: Mapped[Use]
    max_vehicles: Mapped[int]
    categories: Mapped[tuple[str, ...]] = mapped_column(Words)
    surface: Mapped[Surface]
    wind_max_ms: Mapped[int | None]
    temp_min_c: Mapped[int | None]
    temp_max_c: Mapped[int | None]
    daylight: Mapped[bool]
    permit: Mapped[Permit]
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id"))
    hour_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))

    calendar: Mapped[Calendar] = relationship()
    season: Mapped[Season | None] = relationship()
    path: Mapped[list["RouteSegment"]] = relationship(
        cascade="all, delete-orphan", order_by="RouteSegment.position", back_populates="route"
    )
    states: Mapped[list["RouteState"]] = relationship(cascade="all, delete-orphan")

    @property
    def segments(self) -> list[Segment]:
        return [step.segment for step in self.path]

    @property
    def length_m(self) -> int:
        """Of one pass."""
        return sum(segment.length_m for segment in self.segments)


class RouteSegment(Base):
    __tablename__ = "route_segment"
    __table_args__ = (
        UniqueConstraint("route_id", "segment_id"),
        CheckConstraint("position >= 0", name="position_not_negative"),
    )

    route_id: Mapped[int] = mapped_column(ForeignKey("route.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"), index=True)

    route: Mapped[Route] = relationship(back_populates="path")
    segment: Mapped[Segment] = relationship()


class RouteState(Base):
    """The state in which something on the route must be as long as it is driven."""

    __tablename__ = "route_state"

    route_id: Mapped[int] = mapped_column(ForeignKey("route.id", ondelete="CASCADE"), primary_key=True)
    state_resource_id: Mapped[int] = mapped_column(ForeignKey("state_resource.id"), primary_key=True)
    state: Mapped[str]

    state_resource: Mapped[StateResource] = relationship()
