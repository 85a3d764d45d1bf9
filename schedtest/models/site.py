import enum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.calendar import Calendar


class SiteKind(enum.StrEnum):
    """Where vehicles are prepared, and where tests that need no road are done."""

    GARAGE = "garage"
    SOAK = "soak"
    INSPECTION = "inspection"
    CHAMBER = "chamber"
    CORROSION = "corrosion"
    COLD_DYNO = "cold-dyno"
    DYNO = "dyno"
    EMC = "emc"
    LAMP = "lamp"
    CRASH = "crash"
    SLED = "sled"
    RIG = "rig"
    DRUM = "drum"
    ELECTRICS = "electrics"


class PreparationKind(enum.StrEnum):
    """The kinds of sites where a test may be prepared."""

    GARAGE = "garage"
    SOAK = "soak"


class Site(Base):
    """A hall, chamber or bench. capacity: articles at once; an article keeps its place while the work on it pauses."""

    __tablename__ = "site"
    __table_args__ = (CheckConstraint("capacity >= 1", name="capacity_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[SiteKind]
    capacity: Mapped[int]
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))

    calendar: Mapped[Calendar] = relationship()
