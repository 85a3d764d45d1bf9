from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.calendar import Season
from schedtest.models.segment import Segment


class StateResource(Base):
    """Something on the ground that is in one state at a time: a surface, a direction, a basin.

    initial: its state before any use, null for any.
    """

    __tablename__ = "state_resource"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    initial: Mapped[str | None]

    segments: Mapped[list[Segment]] = relationship(secondary="state_segment", order_by=Segment.code)
    changes: Mapped[list["StateChange"]] = relationship(cascade="all, delete-orphan", back_populates="state_resource")


class StateSegment(Base):
    """A segment that is in the state; a route over it says which one it needs."""

    __tablename__ = "state_segment"

    state_resource_id: Mapped[int] = mapped_column(
        ForeignKey("state_resource.id", ondelete="CASCADE"), primary_key=True
    )
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"), primary_key=True)


class StateChange(Base):
    """How long it takes from one state to the other. A change with a season holds in it, one without otherwise."""

    __tablename__ = "state_change"
    __table_args__ = (
        UniqueConstraint("state_resource_id", "before", "after", "season_id"),
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
        CheckConstraint("before <> after", name="two_states"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state_resource_id: Mapped[int] = mapped_column(ForeignKey("state_resource.id", ondelete="CASCADE"))
    before: Mapped[str]
    after: Mapped[str]
    minutes: Mapped[int]
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id"))

    state_resource: Mapped[StateResource] = relationship(back_populates="changes")
    season: Mapped[Season | None] = relationship()
