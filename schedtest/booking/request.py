"""The tests of a campaign: chosen from the procedures that suit, each with its wishes and what it waits for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from schedtest.booking.access import Actor, Refused, allowed
from schedtest.booking.asking_again import ask_again, narrows
from schedtest.booking.campaign import check_days, check_priority
from schedtest.booking.changing import (
    AGREED,
    article_of,
    check_version,
    difference,
    locked_campaign,
    locked_request,
    name_of,
)
from schedtest.models.campaign import Campaign
from schedtest.models.database import Sessions, writing
from schedtest.models.device import DeviceType
from schedtest.models.event import Event
from schedtest.models.procedure import VEHICLE_CATEGORIES, Procedure, ProcedureDevice, ProcedureRoute
from schedtest.models.request import ENDED, Dependency, RequestDevice, RequestRoute, State, TestRequest
from schedtest.models.route import Route

CHANGEABLE = frozenset({State.DRAFT, State.RETURNED, State.SUBMITTED}) | AGREED
MOST_EXTRA_PEOPLE = 10
MOST_EXTRA_PREPARATION_MIN = 5 * 24 * 60
MOST_EXTRA_DEVICES = 50
LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What may be said of one test besides what its procedure brings. What is None is as in the campaign.

    routes: numbers of the procedure's choices that are accepted, none for all.   devices: amounts by the id of their
    type, besides the procedure's own.
    """

    release_on: date | None = None
    due_on: date | None = None
    deadline_on: date | None = None
    priority: int | None = None
    exclusive: bool = False
    routes: frozenset[int] = frozenset()
    devices: Mapping[int, int] = field(default_factory=dict)
    extra_drivers: int = 0
    extra_engineers: int = 0
    extra_preparation_min: int = 0
    note: str = ""

    @classmethod
    def of(cls, request: TestRequest) -> "Wishes":
        return cls(
            **{name: getattr(request, name) for name in PLAIN},
            routes=frozenset(route.choice for route in request.routes),
            devices={device.device_type_id: device.amount for device in request.devices},
        )


PLAIN = tuple(name for name in Wishes.__slots__ if name not in ("routes", "devices"))


def suits(procedure: Procedure, category: str) -> bool:
    """Whether the procedure is done on that category, on a road that such vehicles may drive."""
    return category in procedure.categories and (not procedure.routes or bool(choices_for(procedure, category)))


def choices_for(procedure: Procedure, category: str) -> set[int]:
    """The numbers of its choices of roads that a vehicle of the category may drive."""
    return {choice for choice, routes in procedure.route_choices.items() if _may_drive(routes, category)}


def _may_drive(routes: Collection[Route], category: str) -> bool:
    """Parts are driven on a vehicle of the institute's, which may go wherever their procedure does."""
    return category not in VEHICLE_CATEGORIES or all(category in route.categories for route in routes)


def procedures_for(session: Session, categories: Collection[str]) -> Sequence[Procedure]:
    """All that suit one of the categories, by code, with devices and routes loaded."""
    found = session.scalars(
        select(Procedure)
        .options(
            selectinload(Procedure.devices).joinedload(ProcedureDevice.device_type),
            selectinload(Procedure.routes).joinedload(ProcedureRoute.route),
        )
        .order_by(Procedure.code)
    )
    return [procedure for procedure in found if any(suits(procedure, category) for category in categories)]


@allowed("manufacturer")
def choose(
    sessions: Sessions,
    actor: Actor,
    campaign_id: int,
    chosen: Mapping[int, Collection[int]],
    *,
    now: datetime,
) -> dict[tuple[int, int], int]:
    """Choose the tests of some articles: ids of procedures by the id of the article.

    What is not chosen any more is taken out as long as it is a draft; what the institute has seen stays. Each test is
    asked for once an article. Returns {(article id, procedure id): test id} of all tests of these articles.
    Raises Refused for a procedure that does not suit the article.
    """
    with writing(sessions) as session:
        campaign = locked_campaign(session, actor, campaign_id)
        known = {procedure.id: procedure for procedure in procedures_for(session, _categories(campaign))}
        for article_id, wanted in sorted(chosen.items()):
            _choose_for(session, actor, campaign, article_id, [known.get(number) for number in sorted(wanted)], now)
        return {
            (request.article_id, request.procedure_id): request.id
            for request in campaign.requests
            if request.article_id in chosen and request.state not in ENDED
        }


@allowed("manufacturer")
def change(
    sessions: Sessions,
    actor: Actor,
    request_id: int,
    wishes: Wishes,
    *,
    version: int | None = None,
    now: datetime,
) -> bool:
    """Say what is wished of a test. Returns whether it has to be approved again: when an approved one asks for more.

    version: the test's version_id as it was read, None for whatever it is.
    Raises Changed when it is another by now; Refused at the field that makes no sense, or once the test is booked.
    """
    with writing(sessions) as session:
        request = locked_request(session, actor, request_id)
        check_version(request, version)
        before = Wishes.of(request)
        after = _checked(session, request, wishes)
        if before == after:
            return False
        if request.state not in CHANGEABLE:
            raise Refused(
                "%(test)s is decided already. To change it, withdraw it and ask for it anew, or call the institute.",
                test=name_of(request),
            )
        asks_again = request.state in AGREED and _asks_for_more(request, before, after)
        _write(request, after)
        session.flush()
        old, new = difference(_entry(before), _entry(after))
        session.add(Event.of(actor, "request.changed", request, at=now, before=old, after=new))
        if asks_again:
            ask_again(session, actor, [request], now=now)
        return asks_again


@allowed("manufacturer")
def wait_for(
    sessions: Sessions,
    actor: Actor,
    after_id: int,
    before_id: int,
    *,
    min_lag_min: int = 0,
    max_lag_min: int | None = None,
    now: datetime,
) -> None:
    """Let a test wait until another of the same campaign has ended, and then between the lags.

    Raises Refused for a circle, naming the tests in it, and for lags that make no sense.
    """
    with writing(sessions) as session:
        after = locked_request(session, actor, after_id)
        before = next((request for request in after.campaign.requests if request.id == before_id), None)
        if before is None:
            raise Refused("Choose another test of this campaign.", field="before_id")
        _check_wait(session, before, after, min_lag_min, max_lag_min)
        session.merge(
            Dependency(before_id=before_id, after_id=after_id, min_lag_min=min_lag_min, max_lag_min=max_lag_min)
        )
        entry = {"before": name_of(before), "min_lag_min": min_lag_min, "max_lag_min": max_lag_min}
        session.add(Event.of(actor, "request.waits", after, at=now, after=entry))
        if after.state in AGREED:
            ask_again(session, actor, [after], now=now)


@allowed("manufacturer")
def wait_no_longer(sessions: Sessions, actor: Actor, after_id: int, before_id: int, *, now: datetime) -> None:
    """Let a test no longer wait for another. It keeps its approval: it asks for less."""
    with writing(sessions) as session:
        after = locked_request(session, actor, after_id)
        wait = session.get(Dependency, (before_id, after_id))
        if wait is not None:
            entry = {"before": name_of(wait.before)}
            session.delete(wait)
            session.add(Event.of(actor, "request.waits_no_longer", after, at=now, before=entry))


def _categories(campaign: Campaign) -> set[str]:
    return {article.category for article in campaign.articles}


def _choose_for(
    session: Session,
    actor: Actor,
    campaign: Campaign,
    article_id: int,
    wanted: Sequence[Procedure | None],
    now: datetime,
) -> None:
    article = article_of(campaign, article_id)
    there = {
        request.procedure_id: request
        for request in campaign.requests
        if request.article_id == article_id and request.state not in ENDED
    }
    for procedure in wanted:
        if procedure is None or not suits(procedure, article.category):
            raise Refused(
                "This test is not done on %(category)s.", field=f"tests-{article_id}", category=article.category
            )
        if procedure.id not in there:
            request = TestRequest(campaign=campaign, article=article, procedure=procedure, state_since=now)
            session.add(request)
            session.flush()
            entry = {"test": name_of(request)}
            session.add(Event.of(actor, "request.chosen", request, at=now, after=entry))
    kept = {procedure.id for procedure in wanted if procedure is not None}
    for request in there.values():
        if request.procedure_id not in kept and request.state == State.DRAFT:
            entry = {"test": name_of(request)}
            session.add(Event.of(actor, "request.taken_out", request, at=now, before=entry))
            campaign.requests.remove(request)
    session.flush()


def _checked(session: Session, request: TestRequest, wishes: Wishes) -> Wishes:
    campaign = request.campaign
    wishes = replace(
        wishes,
        note=wishes.note.strip(),
        devices={type_id: amount for type_id, amount in sorted(wishes.devices.items()) if amount},
    )
    check_days(wishes.release_on, wishes.due_on, wishes.deadline_on)
    check_days(
        wishes.release_on or campaign.release_on,
        wishes.due_on or campaign.due_on,
        wishes.deadline_on or campaign.deadline_on,
    )
    if wishes.priority is not None:
        check_priority(wishes.priority)
    _check_routes(request, wishes)
    _check_devices(session, wishes)
    _check_extras(wishes)
    if len(wishes.note) > LONGEST_NOTE:
        raise Refused("A note has at most %(longest)s characters.", field="note", longest=LONGEST_NOTE)
    return wishes


def _check_routes(request: TestRequest, wishes: Wishes) -> None:
    if not wishes.routes <= choices_for(request.procedure, request.article.category):
        raise Refused("Choose from the roads on which this test is done.", field="routes")


def _check_devices(session: Session, wishes: Wishes) -> None:
    if not wishes.devices:
        return
    known = set(session.scalars(select(DeviceType.id).where(DeviceType.id.in_(wishes.devices))))
    if known != set(wishes.devices):
        raise Refused("Choose from the institute's devices.", field="devices")
    if not all(1 <= amount <= MOST_EXTRA_DEVICES for amount in wishes.devices.values()):
        raise Refused("An amount is a number from 1 to %(most)s.", field="devices", most=MOST_EXTRA_DEVICES)


def _check_extras(wishes: Wishes) -> None:
    for name in ("extra_drivers", "extra_engineers"):
        if not 0 <= getattr(wishes, name) <= MOST_EXTRA_PEOPLE:
            raise Refused("Give a number from 0 to %(most)s.", field=name, most=MOST_EXTRA_PEOPLE)
    if not 0 <= wishes.extra_preparation_min <= MOST_EXTRA_PREPARATION_MIN:
        raise Refused(
            "Additional preparation takes from nothing to %(most)s hours.",
            field="extra_preparation_min",
            most=MOST_EXTRA_PREPARATION_MIN // 60,
        )


def _asks_for_more(request: TestRequest, before: Wishes, after: Wishes) -> bool:
    campaign = request.campaign
    choices = set(request.procedure.route_choices)
    return (
        narrows(
            days_before=_days(campaign, before),
            days_after=_days(campaign, after),
            priority_before=before.priority or campaign.priority,
            priority_after=after.priority or campaign.priority,
        )
        or (after.exclusive and not before.exclusive)
        or not (after.routes or choices) >= (before.routes or choices)
        or any(amount > before.devices.get(type_id, 0) for type_id, amount in after.devices.items())
        or after.extra_drivers > before.extra_drivers
        or after.extra_engineers > before.extra_engineers
        or after.extra_preparation_min > before.extra_preparation_min
    )


def _days(campaign: Campaign, wishes: Wishes) -> tuple[date, date, date | None]:
    return (
        wishes.release_on or campaign.release_on,
        wishes.due_on or campaign.due_on,
        wishes.deadline_on or campaign.deadline_on,
    )


def _write(request: TestRequest, wishes: Wishes) -> None:
    for name in PLAIN:
        setattr(request, name, getattr(wishes, name))
    request.routes = _kept_or_new(
        request.routes, "choice", {choice: {} for choice in sorted(wishes.routes)}, RequestRoute
    )
    request.devices = _kept_or_new(
        request.devices,
        "device_type_id",
        {type_id: {"amount": amount} for type_id, amount in wishes.devices.items()},
        RequestDevice,
    )
    flag_modified(request, "note")  # its version counts changes of roads and devices too


def _kept_or_new(rows: list[Any], key: str, wanted: Mapping[int, dict[str, int]], model: type[Any]) -> list[Any]:
    present = {getattr(row, key): row for row in rows}
    result = []
    for number, values in wanted.items():
        row = present.get(number) or model(**{key: number})
        for name, value in values.items():
            setattr(row, name, value)
        result.append(row)
    return result


def _check_wait(
    session: Session, before: TestRequest, after: TestRequest, min_lag_min: int, max_lag_min: int | None
) -> None:
    if before.id == after.id:
        raise Refused("A test does not wait for itself. Choose another one.", field="before_id")
    if after.state not in CHANGEABLE or before.state in ENDED:
        raise Refused("This is decided already; what it waits for stays as it is.")
    if min_lag_min < 0:
        raise Refused("A wait is not shorter than nothing.", field="min_lag_min")
    if max_lag_min is not None and max_lag_min < min_lag_min:
        raise Refused("The longest wait is at least as long as the shortest.", field="max_lag_min")
    if before.procedure.destructive and before.article_id == after.article_id:
        raise Refused(
            "%(test)s destroys %(article)s: nothing can be tested on it afterwards.",
            field="before_id",
            test=f"{before.procedure.code} {before.procedure.name}",
            article=before.article.label,
        )
    circle = _way(session, after, before)
    if circle:
        raise Refused(
            "These would wait for each other: %(tests)s. Take one of these waits out first.",
            field="before_id",
            tests=" → ".join(name_of(request) for request in [*circle, after]),
        )


def _way(session: Session, start: TestRequest, goal: TestRequest) -> list[TestRequest]:
    """The tests on a way of waits from one to the other, both included; empty without one."""
    by_id = {request.id: request for request in start.campaign.requests}
    followers: dict[int, list[int]] = defaultdict(list)
    for wait in session.scalars(
        select(Dependency).where(Dependency.before_id.in_(by_id)).order_by(Dependency.after_id)
    ):
        followers[wait.before_id].append(wait.after_id)
    ways, seen = [[start.id]], {start.id}
    for way in ways:
        if way[-1] == goal.id:
            return [by_id[number] for number in way]
        for following in followers[way[-1]]:
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []


def _entry(wishes: Wishes) -> dict[str, Any]:
    return {
        **{name: value.isoformat() if isinstance(value := getattr(wishes, name), date) else value for name in PLAIN},
        "routes": sorted(wishes.routes),
        "devices": {str(type_id): amount for type_id, amount in wishes.devices.items()},
    }
