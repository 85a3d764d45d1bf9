import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base, where
from schedtest.models.user import User


class RunState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Run(Base):
    """One run of the solver: what was asked of it, how far it is, and enough to repeat it.

    weights: the objective's five integers.   total, bound: of the best plan so far.
    trace: [[seconds, total, bound], ...].   problem, solution: gzipped files of the scheduling core.
    heartbeat_at: a running run whose heart is silent is dead.   At most one run waits and one runs.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index("uq_run_active", "state", unique=True, **where("state IN ('queued', 'running')")),
        CheckConstraint("weeks >= 1", name="weeks_positive"),
        CheckConstraint("seconds >= 1", name="seconds_positive"),
        CheckConstraint("workers >= 1", name="workers_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[RunState] = mapped_column(default=RunState.QUEUED)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    starts_on: Mapped[date]
    weeks: Mapped[int]
    seconds: Mapped[int]
    preset: Mapped[str]
    weights: Mapped[dict[str, Any]]
    seed: Mapped[int] = mapped_column(default=1)
    workers: Mapped[int] = mapped_column(default=1)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    phase: Mapped[str] = mapped_column(default="")
    asked: Mapped[int | None]
    placed: Mapped[int | None]
    days_late: Mapped[int | None]
    total: Mapped[int | None] = mapped_column(BigInteger)
    bound: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str] = mapped_column(default="")
    problem: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    solution: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    trace: Mapped[list[Any]] = mapped_column(default=list)

    requested_by: Mapped[User] = relationship()
