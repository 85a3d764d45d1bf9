import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base, where
from schedtest.models.request import TestRequest
from schedtest.models.run import Run
from schedtest.models.user import User

if TYPE_CHECKING:
    from schedtest.models.site import Site


class PlanState(enum.StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class Part(enum.StrEnum):
    """A test is two tasks: its preparation (fitting, soaking, conditioning) and the test itself."""

    PREPARATION = "preparation"
    TEST = "test"


class Plan(Base):
    """A version of the plan over its horizon [starts, ends); old versions stay. At most one is published."""

    __tablename__ = "plan"
    __table_args__ = (
        Index("uq_plan_published", "state", unique=True, **where("state = 'published'")),
        CheckConstraint("starts < ends", name="not_empty"),
        CheckConstraint(
            "state NOT IN ('published', 'superseded') OR published_at IS NOT NULL", name="published_at_some_time"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[PlanState] = mapped_column(default=PlanState.DRAFT)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), unique=True)
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    version_id: Mapped[int] = mapped_column()

    run: Mapped[Run | None] = relationship()
    based_on: Mapped[Optional["Plan"]] = relationship(remote_side=id)
    created_by: Mapped[User | None] = relationship(foreign_keys=created_by_id)
    published_by: Mapped[User | None] = relationship(foreign_keys=published_by_id)
    placements: Mapped[list["Placement"]] = relationship(
        back_populates="plan", cascade="all, delete-orphan", passive_deletes=True
    )
    left_out: Mapped[list["LeftOut"]] = relationship(
        back_populates="plan", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version_id}  # noqa: RUF012


class Placement(Base):
    """Where a version of the plan puts one part of a test, [starts, ends) in UTC.

    mode: the id of the core's mode.   routes: codes, with a space between.   devices: {type code: [device code, ...]}.
    pieces: [[starts, ends], ...] in ISO 8601, the intervals worked; one when it is not interrupted.
    """

    __tablename__ = "placement"
    __table_args__ = (
        UniqueConstraint("plan_id", "request_id", "part"),
        CheckConstraint("starts < ends", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    request_id: Mapped[int] = mapped_column(ForeignKey("test_request.id"), index=True)
    part: Mapped[Part]
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    mode: Mapped[str]
    routes: Mapped[str] = mapped_column(default="")
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    devices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pieces: Mapped[list[Any]] = mapped_column(default=list)

    plan: Mapped[Plan] = relationship(back_populates="placements")
    request: Mapped[TestRequest] = relationship()
    site: Mapped[Optional["Site"]] = relationship()


class LeftOut(Base):
    """A test that a version of the plan has no place for, why, the codes of what is in its way, and what would let it
    in, as far as that was tried."""

    __tablename__ = "left_out"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("test_request.id"), primary_key=True, index=True)
    reason: Mapped[str]
    blocking: Mapped[list[Any]] = mapped_column(default=list)
    ways: Mapped[list[Any]] = mapped_column(default=list)

    plan: Mapped[Plan] = relationship(back_populates="left_out")
    request: Mapped[TestRequest] = relationship()


class DraftCheck(Base):
    """What was last found to stand against a draft, as things were after the event: rows of booking.rules.Broken."""

    __tablename__ = "draft_check"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    checked_at: Mapped[datetime]
    event_id: Mapped[int]
    broken: Mapped[list[Any]]
