"""Drafts written by hand on the packaged institute: tests at a given hour, with devices that are there."""

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schedtest.models import (
    Device,
    DeviceType,
    LeftOut,
    Part,
    Placement,
    Plan,
    PlanState,
    Procedure,
    Site,
    State,
    TestRequest,
)
from tests.rows import a_campaign, a_request

NOW = datetime(2026, 7, 13, 5, tzinfo=UTC)  # a Monday, eight in the morning at the institute
STARTS, ENDS = datetime(2026, 7, 12, 21, tzinfo=UTC), datetime(2026, 8, 9, 21, tzinfo=UTC)


def at(day: int, hour: float) -> datetime:
    """An hour on the institute's clock, days counted from the Monday."""
    return STARTS + timedelta(days=day, hours=hour)


def asked(session: Session, code: str, **given: Any) -> TestRequest:
    """An approved test of a campaign of its own, or of the one given."""
    procedure = session.scalars(select(Procedure).where(Procedure.code == code)).one()
    campaign = given.pop("campaign", None) or a_campaign(session)
    return a_request(session, campaign, procedure=procedure, **{"state": State.APPROVED, **given})


class Draft:
    """A draft on the published plan, to be filled with `place`."""

    def __init__(self, session: Session, **given: Any) -> None:
        published = session.scalar(select(Plan).where(Plan.state == PlanState.PUBLISHED))
        number = 1 + (session.scalar(select(func.max(Plan.number))) or 0)
        self.session = session
        self.plan = Plan(
            **{
                "number": number,
                "based_on_id": published.id if published else None,
                "created_at": NOW,
                "starts": STARTS,
                "ends": ENDS,
                **given,
            }
        )
        session.add(self.plan)
        session.flush()
        self._pools: dict[str, itertools.cycle[str]] = {}

    def place(
        self, request: TestRequest, starts: datetime, mode: str = "R26", devices: dict[str, list[str]] | None = None
    ) -> dict[str, list[str]]:
        """The test at `starts`, its preparation just before. Gives its devices: those named, or the next ones."""
        if devices is None:
            devices = {
                need.device_type.code: list(itertools.islice(self._pool(need.device_type), need.amount))
                for need in request.procedure.devices
            }
        before = starts - timedelta(minutes=request.procedure.preparation_min)
        ends = starts + timedelta(minutes=request.procedure.duration_min)
        garage = self.session.scalars(select(Site).where(Site.code == "GARAGE")).one()
        if before < starts:
            self._add(request, Part.PREPARATION, before, starts, mode="GARAGE", site_id=garage.id)
        self._add(request, Part.TEST, starts, ends, mode=mode, routes=mode.replace("+", " "), devices=devices)
        return devices

    def leave_out(self, request: TestRequest, reason: str = "no room on VDA-01", ways: Iterable[str] = ()) -> None:
        self.session.add(
            LeftOut(plan_id=self.plan.id, request_id=request.id, reason=reason, blocking=["VDA-01"], ways=list(ways))
        )
        self.session.flush()

    def keep(self, requests: Iterable[TestRequest], of: Plan) -> None:
        """The same places as in another version."""
        ids = {request.id for request in requests}
        for row in self.session.scalars(select(Placement).where(Placement.plan_id == of.id)):
            if row.request_id in ids:
                kept = {name: getattr(row, name) for name in ("mode", "routes", "site_id", "devices", "pieces")}
                self._add(row.request, row.part, row.starts, row.ends, **kept)

    def _add(self, request: TestRequest, part: Part, starts: datetime, ends: datetime, **given: Any) -> None:
        given.setdefault("pieces", [[starts.isoformat(), ends.isoformat()]])
        self.session.add(
            Placement(plan_id=self.plan.id, request_id=request.id, part=part, starts=starts, ends=ends, **given)
        )
        self.session.flush()

    def _pool(self, device_type: DeviceType) -> "itertools.cycle[str]":
        """Devices that are not at calibration while the draft lasts, over and over."""
        if device_type.code not in self._pools:
            away = date(2026, 7, 12), date(2026, 8, 12)
            rows = self.session.scalars(select(Device).where(Device.type_id == device_type.id).order_by(Device.code))
            self._pools[device_type.code] = itertools.cycle(
                [row.code for row in rows if not list(row.calibrations(*away))]
            )
        return self._pools[device_type.code]
