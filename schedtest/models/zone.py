from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schedtest.models.base import Base


class Zone(Base):
    """A part of the ground. A confidential one is held under one manufacturer at a time, and swept in between."""

    __tablename__ = "zone"
    __table_args__ = (CheckConstraint("sweep_min >= 0", name="sweep_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    confidential: Mapped[bool] = mapped_column(default=False)
    sweep_min: Mapped[int] = mapped_column(default=0)
