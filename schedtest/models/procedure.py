import enum
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.calendar import Calendar, Season
from schedtest.models.device import DeviceType
from schedtest.models.route import Route, Surface
from schedtest.models.site import PreparationKind, SiteKind
from schedtest.models.words import Words

VEHICLE_CATEGORIES = ("M1", "M2", "M3", "N1", "N2", "N3", "O", "L")
PART_CATEGORIES = ("belt", "child-seat", "lamp", "pads", "tyre")


class ProcedureKind(enum.StrEnum):
    TRACK = "track"
    BENCH = "bench"
    CHAMBER = "chamber"
    CRASH = "crash"


class Procedure(Base):
    """How one test is done, and all that it takes. Durations include its repeats, not its preparation.

    calendar, season: besides those of its routes and sites; season none for the whole year.
    drivers, engineers: during the test.   technicians: during the preparation.
    prep_site_kind: where it is prepared, none with preparation_min 0.   prep_valid_min: the test starts at most this
    long after its preparation ends.   site_kind: where the test is done, none on the road; a site beside a route
    (the crash hall) is used together with it.   destructive: the article's last test.
    """

    __tablename__ = "procedure"
    __table_args__ = (
        CheckConstraint("duration_min >= 1", name="duration_positive"),
        CheckConstraint("repeats >= 1", name="repeats_positive"),
        CheckConstraint("preparation_min >= 0 AND prep_valid_min >= 0", name="preparation_not_negative"),
        CheckConstraint("(preparation_min > 0) = (prep_site_kind IS NOT NULL)", name="preparation_has_site"),
        CheckConstraint("drivers >= 0 AND engineers >= 0 AND technicians >= 0", name="crew_not_negative"),
        CheckConstraint("temp_min_c <= temp_max_c", name="temperatures_in_order"),
        CheckConstraint("price >= 0", name="price_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    standard: Mapped[str]
    categories: Mapped[tuple[str, ...]] = mapped_column(Words)
    kind: Mapped[ProcedureKind]
    duration_min: Mapped[int]
    repeats: Mapped[int]
    preparation_min: Mapped[int]
    prep_site_kind: Mapped[PreparationKind | None]
    prep_valid_min: Mapped[int]
    site_kind: Mapped[SiteKind | None]
    drivers: Mapped[int]
    engineers: Mapped[int]
    technicians: Mapped[int]
    surface: Mapped[Surface | None]
    wind_max_ms: Mapped[int | None]
    temp_min_c: Mapped[int | None]
    temp_max_c: Mapped[int | None]
    daylight: Mapped[bool]
    destructive: Mapped[bool]
    interruptible: Mapped[bool]
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id"))
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))

    calendar: Mapped[Calendar] = relationship()
    season: Mapped[Season | None] = relationship()
    devices: Mapped[list["ProcedureDevice"]] = relationship(
        cascade="all, delete-orphan", order_by="ProcedureDevice.device_type_id"
    )
    routes: Mapped[list["ProcedureRoute"]] = relationship(
        cascade="all, delete-orphan", order_by="(ProcedureRoute.choice, ProcedureRoute.position)"
    )

    @property
    def route_choices(self) -> dict[int, list[Route]]:
        """By the number of the choice: the routes that it takes together. Empty for what needs no road."""
        choices: dict[int, list[Route]] = {}
        for step in self.routes:
            choices.setdefault(step.choice, []).append(step.route)
        return choices


class ProcedureDevice(Base):
    __tablename__ = "procedure_device"
    __table_args__ = (CheckConstraint("amount >= 1", name="amount_positive"),)

    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id", ondelete="CASCADE"), primary_key=True)
    device_type_id: Mapped[int] = mapped_column(ForeignKey("device_type.id"), primary_key=True)
    amount: Mapped[int]

    device_type: Mapped[DeviceType] = relationship()


class ProcedureRoute(Base):
    """A route of one choice; a choice is one route, or several that are taken together. Any one choice will do.

    choice: a number that stays with its routes, for requests name it.
    """

    __tablename__ = "procedure_route"
    __table_args__ = (
        UniqueConstraint("procedure_id", "choice", "route_id"),
        CheckConstraint("choice >= 1", name="choice_positive"),
        CheckConstraint("position >= 0", name="position_not_negative"),
    )

    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id", ondelete="CASCADE"), primary_key=True)
    choice: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), index=True)

    route: Mapped[Route] = relationship()


class ProcedureOrder(Base):
    """The usual order of two tests of one article, when both are asked for."""

    __tablename__ = "procedure_order"
    __table_args__ = (CheckConstraint("before_id <> after_id", name="two_procedures"),)

    before_id: Mapped[int] = mapped_column(ForeignKey("procedure.id", ondelete="CASCADE"), primary_key=True)
    after_id: Mapped[int] = mapped_column(ForeignKey("procedure.id", ondelete="CASCADE"), primary_key=True, index=True)

    before: Mapped[Procedure] = relationship(foreign_keys=before_id)
    after: Mapped[Procedure] = relationship(foreign_keys=after_id)
