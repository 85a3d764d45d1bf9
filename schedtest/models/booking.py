from datetime import datetime
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship
from sqlalchemy.schema import SchemaItem

from schedtest.models.base import NEVER_REUSED, Base
from schedtest.models.plan import Part, Plan
from schedtest.models.request import TestRequest

if TYPE_CHECKING:
    from schedtest.models.site import Site


class Booking(Base):
    """One part of a test as it stands in the published plan now, [starts, ends) in UTC.

    plan: the version that placed it there.
    """

    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("request_id", "part"),
        CheckConstraint("starts < ends", name="not_empty"),
        CheckConstraint("started_at <= finished_at", name="started_before_finished"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("test_request.id"))
    part: Mapped[Part]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    starts: Mapped[datetime] = mapped_column(index=True)
    ends: Mapped[datetime]
    mode: Mapped[str]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    request: Mapped[TestRequest] = relationship()
    plan: Mapped[Plan] = relationship()
    site: Mapped[Optional["Site"]] = relationship()
    device_holds: Mapped[list["DeviceHold"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    road_holds: Mapped[list["RoadHold"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    article_holds: Mapped[list["ArticleHold"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    @property
    def organisation_id(self) -> int:
        return self.request.organisation_id

    @classmethod
    def belongs_to(cls, organisation_id: int) -> ColumnElement[bool]:
        return cls.request.has(TestRequest.belongs_to(organisation_id))


class Hold:
    """Something kept for one booking, [starts, ends) in UTC, and gone with it. No two holds of one thing overlap:
    PostgreSQL has an exclusion constraint for it, SQLite triggers (triggers.py).

    Both look at each row as it is written, so whoever moves holds deletes the old ones before adding the new.
    """

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
    starts: Mapped[datetime]
    ends: Mapped[datetime]

    @declared_attr
    def booking_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)


def _kept_once(table: str, kept: str) -> tuple[SchemaItem, ...]:
    return (
        CheckConstraint("starts < ends", name="not_empty"),
        Index(f"ix_{table}_{kept}_starts", kept, "starts"),
        ExcludeConstraint(
            (kept, "="), (text("tstzrange(starts, ends)"), "&&"), name=f"{table}_once", using="gist"
        ).ddl_if(dialect="postgresql"),
    )


class DeviceHold(Hold, Base):
    __tablename__ = "device_hold"
    __table_args__ = _kept_once("device_hold", "device_id")

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))


class RoadHold(Hold, Base):
    """An exclusive use of a segment, one hold for each piece worked. Shared uses are counted at publishing."""

    __tablename__ = "road_hold"
    __table_args__ = _kept_once("road_hold", "segment_id")

    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))


class ArticleHold(Hold, Base):
    __tablename__ = "article_hold"
    __table_args__ = _kept_once("article_hold", "article_id")

    article_id: Mapped[int] = mapped_column(ForeignKey("test_article.id"))
