"""Rows with everything that has to be filled in, so that a test says only what matters to it."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from schedtest.models import (
    Booking,
    Calendar,
    Campaign,
    Device,
    DeviceType,
    Organisation,
    Part,
    Plan,
    PlanState,
    Procedure,
    Role,
    Segment,
    TestArticle,
    TestRequest,
    User,
    Zone,
)
from schedtest.models.procedure import ProcedureKind
from schedtest.models.segment import Direction, Wetting

MONDAY = datetime(2026, 7, 13, 8, tzinfo=UTC)

_numbers = itertools.count(1)
Row = TypeVar("Row")


def hours(count: float) -> datetime:
    """An instant so many hours after eight on the Monday."""
    return MONDAY + timedelta(hours=count)


def an_organisation(session: Session, **given: Any) -> Organisation:
    return _add(session, Organisation, given, name=f"Maker {next(_numbers)}", country="IR")


def a_user(session: Session, **given: Any) -> User:
    number = next(_numbers)
    return _add(
        session, User, given,
        email=f"user{number}@example.com", name=f"User {number}", password_hash="", role=Role.MANAGER,
        session_key=f"key {number}", created_at=MONDAY,
    )  # fmt: skip


def a_campaign(session: Session, **given: Any) -> Campaign:
    given["organisation"] = given.get("organisation") or an_organisation(session)
    given["created_by"] = given.get("created_by") or a_user(session)
    return _add(
        session, Campaign, given,
        name="Spring", category="M1", release_on=date(2026, 7, 13), due_on=date(2026, 8, 10), created_at=MONDAY,
    )  # fmt: skip


def an_article(session: Session, campaign: Campaign, **given: Any) -> TestArticle:
    return _add(session, TestArticle, given, campaign=campaign, category="M1", label=f"Vehicle {next(_numbers)}")


def a_procedure(session: Session, **given: Any) -> Procedure:
    code = f"T{next(_numbers)}"
    given["calendar"] = given.get("calendar") or _add(session, Calendar, {}, code=f"always-{code}", name="Always")
    return _add(
        session, Procedure, given,
        code=code, name="Brakes", standard="UN R13-H", categories=("M1",), kind=ProcedureKind.TRACK, duration_min=240,
        repeats=1, preparation_min=0, prep_valid_min=0, drivers=1, engineers=1, technicians=0, daylight=False,
        destructive=False, interruptible=False, price=Decimal(100),
    )  # fmt: skip


def a_request(session: Session, campaign: Campaign | None = None, **given: Any) -> TestRequest:
    campaign = campaign or a_campaign(session)
    given["article"] = given.get("article") or an_article(session, campaign)
    given["procedure"] = given.get("procedure") or a_procedure(session)
    return _add(session, TestRequest, given, campaign=campaign, state_since=MONDAY)


def a_plan(session: Session, **given: Any) -> Plan:
    if given.get("state") in (PlanState.PUBLISHED, PlanState.SUPERSEDED):
        given.setdefault("published_at", MONDAY)
    return _add(session, Plan, given, number=next(_numbers), created_at=MONDAY, starts=MONDAY, ends=hours(13 * 168))


def a_booking(session: Session, **given: Any) -> Booking:
    given["request"] = given.get("request") or a_request(session)
    given["plan"] = given.get("plan") or a_plan(session)
    return _add(session, Booking, given, part=Part.TEST, starts=MONDAY, ends=hours(4), mode="R28")


def a_device(session: Session, **given: Any) -> Device:
    code = f"GNS-{next(_numbers)}"
    given["type"] = given.get("type") or _add(
        session, DeviceType, {},
        code=f"type-{code}", name="Satellite receiver", kind="positioning", cal_interval_days=365, cal_duration_days=5,
        home_lab="LAB", kept_overnight=False, turnaround_min=30,
    )  # fmt: skip
    return _add(session, Device, given, code=code, serial=code, calibrated_on=date(2026, 1, 5))


def a_segment(session: Session, **given: Any) -> Segment:
    code = f"S{next(_numbers)}"
    given["zone"] = given.get("zone") or _add(session, Zone, {}, code=f"Z-{code}", name="North")
    return _add(
        session, Segment, given,
        code=code, name="Brake lane", length_m=600, lanes=2, capacity=2, direction=Direction.BOTH, surface="asphalt",
        vmax_kmh=200, wetting=Wetting.NO,
    )  # fmt: skip


def _add(session: Session, model: type[Row], given: dict[str, Any], **usual: Any) -> Row:
    row = model(**{**usual, **given})
    session.add(row)
    session.flush()
    return row
