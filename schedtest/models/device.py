from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base


class DeviceType(Base):
    """A kind of measuring device. turnaround_min: from one vehicle to the next.

    kept_overnight: stays on the vehicle while a test pauses.
    """

    __tablename__ = "device_type"
    __table_args__ = (
        CheckConstraint("cal_interval_days >= 1", name="interval_positive"),
        CheckConstraint("cal_duration_days BETWEEN 1 AND cal_interval_days", name="duration_within_interval"),
        CheckConstraint("turnaround_min >= 0", name="turnaround_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    cal_interval_days: Mapped[int]
    cal_duration_days: Mapped[int]
    home_lab: Mapped[str]
    kept_overnight: Mapped[bool]
    turnaround_min: Mapped[int]

    devices: Mapped[list["Device"]] = relationship(back_populates="type", order_by="Device.code")


class Device(Base):
    """One measuring device. It came back calibrated on `calibrated_on`, and does so again after every interval."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("device_type.id"), index=True)
    serial: Mapped[str] = mapped_column(unique=True)
    calibrated_on: Mapped[date]

    type: Mapped[DeviceType] = relationship(back_populates="devices")

    def last_calibration(self, today: date) -> date:
        """The latest day, today included, on which it came back calibrated."""
        interval = self.type.cal_interval_days
        return self.calibrated_on + timedelta(days=(today - self.calibrated_on).days // interval * interval)

    def next_calibration(self, today: date) -> date:
        """The day after today on which it is back from its next calibration; until then the last one is valid."""
        return self.last_calibration(today) + timedelta(days=self.type.cal_interval_days)

    def calibrations(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        """Days [away, back) on which it is at calibration, all that touch the days from first to last.

        It leaves on a working day: what would begin on a weekend begins on the Friday before.
        """
        back = self.next_calibration(first)
        while True:
            away = back - timedelta(days=self.type.cal_duration_days)
            away -= timedelta(days=max(0, away.weekday() - 4))
            if away > last:
                return
            yield away, back
            back += timedelta(days=self.type.cal_interval_days)
