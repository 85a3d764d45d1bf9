from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import NEVER_REUSED, Base
from schedtest.models.user import User

CLOSED = ("segment_id", "site_id", "crew_id", "device_id")


class Closure(Base):
    """One segment, site, crew or device that is not to be had, [starts, ends) in UTC."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("starts < ends", name="not_empty"),
        CheckConstraint(
            " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in CLOSED) + " = 1",
            name="of_one_thing",
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crew.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    reason: Mapped[str]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]

    entered_by: Mapped[User | None] = relationship()
