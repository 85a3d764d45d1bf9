"""Measuring devices as managers look at them: which are out of use, when they go to calibration, what they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, case, exists, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.functions import GenericFunction

from schedtest.booking.access import Actor, NotFound, allowed
from schedtest.booking.changing import today as day_of
from schedtest.booking.standing import Standing, hit_by, read_standing
from schedtest.models.booking import Booking, DeviceHold
from schedtest.models.closure import Closure
from schedtest.models.database import Sessions
from schedtest.models.device import Device, DeviceType

DUE_WITHIN_DAYS = 30


class days_between(GenericFunction[int]):
    """Days from the second date to the first."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"({later} - {earlier})"


@dataclass(frozen=True, slots=True)
class Row:
    """One device in a list.

    leaves_on, back_on: the calibration it is at, or the next one.   closed_until: the end of what closes it now.
    """

    device: Device
    leaves_on: date
    back_on: date
    closed_until: datetime | None
    today: date

    @property
    def is_at_calibration(self) -> bool:
        return self.leaves_on <= self.today


@dataclass(frozen=True, slots=True)
class View:
    """One device.   closures: those not over, with what each hits.   bookings: those not over."""

    row: Row
    calibrated_on: date
    closures: Sequence[tuple[Closure, Sequence[Standing]]]
    bookings: Sequence[Standing]


@allowed("manager", "administrator")
def devices(
    sessions: Sessions,
    actor: Actor,
    *,
    search: str = "",
    type_code: str = "",
    show: str = "",
    within_days: int = DUE_WITHIN_DAYS,
    sort: str = "code",
    descending: bool = False,
    page: int = 1,
    size: int = 50,
    now: datetime,
) -> tuple[list[Row], int]:
    """One page of the devices, and how many there are.

    search: words of a code, serial or type.   show: 'out' of use now (closed or at calibration), 'due' to leave for
    calibration within so many days, or '' for all.   sort: code, serial, type, calibration or closed.
    """
    with sessions.begin() as session:
        today = day_of(session, now)
        leaves_in, back_in = _calibration(today)
        closed_until = (
            select(func.max(Closure.ends))
            .where(Closure.device_id == Device.id, Closure.starts <= now, Closure.ends > now)
            .correlate(Device)
            .scalar_subquery()
        )
        found = select(Device, leaves_in, back_in, closed_until).join(Device.type)
        for word in search.split():
            said = (Device.code, Device.serial, DeviceType.code, DeviceType.name)
            found = found.where(or_(*(column.icontains(word, autoescape=True) for column in said)))
        if type_code:
            found = found.where(DeviceType.code == type_code)
        if show == "out":
            found = found.where(or_(leaves_in <= 0, _is_closed(now)))
        if show == "due":
            found = found.where(leaves_in > 0, leaves_in <= within_days)
        total = session.scalar(select(func.count()).select_from(found.with_only_columns(Device.id).subquery())) or 0
        keys: dict[str, Any] = {
            "serial": Device.serial,
            "type": DeviceType.name,
            "calibration": leaves_in,
            "closed": func.coalesce(closed_until, now),
        }
        key = keys.get(sort, Device.code)
        ordered = found.order_by(key.desc() if descending else key, Device.code).options(joinedload(Device.type))
        rows = session.execute(ordered.limit(size).offset((page - 1) * size)).all()
        return [_row(*row, today) for row in rows], total


@allowed("manager", "administrator")
def out_of_use(sessions: Sessions, actor: Actor, *, now: datetime) -> tuple[int, int]:
    """How many devices are at calibration now, and how many will leave for it within DUE_WITHIN_DAYS."""
    with sessions.begin() as session:
        leaves_in, _ = _calibration(day_of(session, now))
        due = (leaves_in > 0) & (leaves_in <= DUE_WITHIN_DAYS)
        counted = select(func.sum(case((leaves_in <= 0, 1), else_=0)), func.sum(case((due, 1), else_=0)))
        away, soon = session.execute(counted.select_from(Device).join(Device.type)).one()
        return away or 0, soon or 0


@allowed("manager", "administrator")
def device(sessions: Sessions, actor: Actor, device_id: int, *, now: datetime) -> View:
    """Raises NotFound."""
    with sessions.begin() as session:
        row = session.get(Device, device_id, options=[joinedload(Device.type)])
        if row is None:
            raise NotFound(f"device {device_id}")
        today = day_of(session, now)
        leaves_on, back_on = next(row.calibrations(today, date.max))
        closures = session.scalars(
            select(Closure).where(Closure.device_id == device_id, Closure.ends > now).order_by(Closure.starts)
        ).all()
        closed_until = max((one.ends for one in closures if one.starts <= now), default=None)
        booked = Booking.device_holds.any(DeviceHold.device_id == device_id)
        return View(
            row=Row(row, leaves_on, back_on, closed_until, today),
            calibrated_on=row.last_calibration(today),
            closures=list(zip(closures, hit_by(session, closures, now), strict=True)),
            bookings=read_standing(session, booked, Booking.ends > now),
        )


@allowed("manager", "administrator")
def types(sessions: Sessions, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of every type that has a device, by name."""
    with sessions.begin() as session:
        has = exists().where(Device.type_id == DeviceType.id)
        rows = session.execute(select(DeviceType.code, DeviceType.name).where(has).order_by(DeviceType.name))
        return [(code, name) for code, name in rows]


def _is_closed(now: datetime) -> ColumnElement[bool]:
    return exists().where(Closure.device_id == Device.id, Closure.starts <= now, Closure.ends > now).correlate(Device)


def _calibration(today: date) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Days from today until it leaves for its next calibration (0 or less: it is there), and until it is back.

    The same as Device.calibrations, for the database to sort and count by.
    """
    interval, duration = DeviceType.cal_interval_days, DeviceType.cal_duration_days
    since = days_between(literal(today, Date), Device.calibrated_on) % interval
    back_in = interval - (since + interval) % interval
    weekday = (today.weekday() + back_in - duration + 7 * duration) % 7
    leaves_in = back_in - duration - case((weekday > 4, weekday - 4), else_=0)
    return leaves_in, back_in


def _row(device: Device, leaves_in: int, back_in: int, closed_until: datetime | None, today: date) -> Row:
    return Row(device, today + timedelta(days=leaves_in), today + timedelta(days=back_in), closed_until, today)
