"""A campaign: begun, changed, copied from an earlier one, thrown away while nobody has seen it.

Its tests are in booking/request.py, what is tested in booking/article.py, submitting in booking/submit.py.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from schedtest.booking.access import Actor, Refused, allowed, own
from schedtest.booking.asking_again import ask_again, narrows
from schedtest.booking.changing import (
    AGREED,
    BEING_WRITTEN,
    STANDING,
    check_version,
    difference,
    locked_campaign,
    today,
)
from schedtest.models.campaign import Campaign, Confidentiality, TestArticle
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.procedure import PART_CATEGORIES, VEHICLE_CATEGORIES
from schedtest.models.request import ENDED, Dependency, RequestDevice, RequestRoute, State, TestRequest

CATEGORIES = VEHICLE_CATEGORIES + PART_CATEGORIES
PROPULSIONS = ("petrol", "diesel", "gas", "hybrid", "electric", "hydrogen")
LONGEST_NAME = 120
NOTICE = timedelta(weeks=2)
USUAL_STAY = timedelta(weeks=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignWishes:
    """What is said of a campaign as a whole. Days are the facility's; priority 1 (first) to 4.

    category: one of CATEGORIES.   propulsion: one of PROPULSIONS, or empty.
    """

    name: str
    category: str
    propulsion: str = ""
    regulation: str = ""
    release_on: date
    due_on: date
    deadline_on: date | None = None
    priority: int = 2
    confidentiality: Confidentiality = Confidentiality.OPEN

    @classmethod
    def of(cls, campaign: Campaign) -> "CampaignWishes":
        return cls(**{name: getattr(campaign, name) for name in cls.__slots__})


@allowed("manufacturer")
def start(
    sessions: Sessions,
    actor: Actor,
    *,
    name: str,
    category: str,
    propulsion: str = "",
    regulation: str = "",
    release_on: date | None = None,
    due_on: date | None = None,
    deadline_on: date | None = None,
    priority: int = 2,
    confidentiality: Confidentiality = Confidentiality.OPEN,
    now: datetime,
) -> int:
    """Begin a campaign, and return its id. Days not given are in two weeks, and six weeks after that.

    Raises Refused at the field that makes no sense.
    """
    with writing(sessions) as session:
        release_on = release_on or today(session, now) + NOTICE
        wishes = _checked(
            CampaignWishes(
                name=name,
                category=category,
                propulsion=propulsion,
                regulation=regulation,
                release_on=release_on,
                due_on=due_on or deadline_on or release_on + USUAL_STAY,
                deadline_on=deadline_on,
                priority=priority,
                confidentiality=confidentiality,
            )
        )
        campaign = Campaign(
            **asdict(wishes), organisation_id=actor.organisation_id, created_by_id=actor.user_id, created_at=now
        )
        session.add(campaign)
        session.flush()
        session.add(Event.of(actor, "campaign.started", campaign, at=now, after=_entry(wishes)))
        return campaign.id


@allowed("manufacturer")
def change(
    sessions: Sessions, actor: Actor, campaign_id: int, *, version: int | None = None, now: datetime, **changes: Any
) -> None:
    """Change any of the fields of CampaignWishes. Approved tests that it leaves less room ask again.

    version: the campaign's version_id as it was read, None for whatever it is.
    Raises Changed when it is another by now, Refused at the field that makes no sense, or when booked tests are in
    the way.
    """
    with writing(sessions) as session:
        campaign = locked_campaign(session, actor, campaign_id)
        check_version(campaign, version)
        before = CampaignWishes.of(campaign)
        after = _checked(replace(before, **changes))
        if before == after:
            return
        _check_category(campaign, before, after)
        affected = [request for request in campaign.requests if _gets_narrower(request, before, after)]
        if any(request.state in STANDING for request in affected):
            raise Refused(
                "Tests of this campaign are booked, and this would leave them less room. Change the days of the other"
                " tests one by one, or withdraw the booked ones first."
            )
        for name, value in asdict(after).items():
            setattr(campaign, name, value)
        old, new = difference(_entry(before), _entry(after))
        session.add(Event.of(actor, "campaign.changed", campaign, at=now, before=old, after=new))
        ask_again(session, actor, [request for request in affected if request.state in AGREED], now=now)


@allowed("manufacturer")
def copy(sessions: Sessions, actor: Actor, campaign_id: int, *, name: str = "", now: datetime) -> int:
    """A new draft like an earlier campaign: its articles, tests, wishes and waits; the id is returned.

    Its days keep their distances and begin in two weeks. What had ended (rejected, withdrawn, cancelled) is left out.
    """
    with writing(sessions) as session:
        earlier = locked_campaign(session, actor, campaign_id)
        shift = today(session, now) + NOTICE - earlier.release_on
        wishes = CampaignWishes.of(earlier)
        campaign = Campaign(
            **asdict(
                replace(
                    _checked(replace(wishes, name=name or wishes.name)),
                    release_on=wishes.release_on + shift,
                    due_on=wishes.due_on + shift,
                    deadline_on=_moved(wishes.deadline_on, shift),
                )
            ),
            organisation_id=actor.organisation_id,
            created_by_id=actor.user_id,
            created_at=now,
        )
        session.add(campaign)
        _copy_tests(session, earlier, campaign, shift, now)
        session.flush()
        session.add(Event.of(actor, "campaign.copied", campaign, at=now, after={"from": earlier.id}))
        return campaign.id


@allowed("manufacturer")
def discard(sessions: Sessions, actor: Actor, campaign_id: int, *, now: datetime) -> None:
    """Throw away a draft. Raises Refused when anything of it has been submitted before: that is withdrawn instead."""
    with writing(sessions) as session:
        campaign = locked_campaign(session, actor, campaign_id)
        if any(request.state != State.DRAFT for request in campaign.requests):
            raise Refused("The institute has seen this campaign. Withdraw it instead.")
        session.add(Event.of(actor, "campaign.discarded", campaign, at=now, before={"name": campaign.name}))
        session.delete(campaign)


@allowed("manufacturer")
def latest(sessions: Sessions, actor: Actor, *, besides: int | None = None) -> Campaign | None:
    """The organisation's newest campaign that has articles, to take them over from; with `besides` another one."""
    with sessions.begin() as session:
        if besides is not None:
            own(session, actor, Campaign, besides)
        return session.scalar(
            select(Campaign)
            .where(
                Campaign.belongs_to(actor.organisation_id or 0),
                Campaign.id != (besides or 0),
                Campaign.articles.any(),
            )
            .options(selectinload(Campaign.articles))
            .order_by(Campaign.id.desc())
            .limit(1)
        )


def check_days(release_on: date | None, due_on: date | None, deadline_on: date | None) -> None:
    """Raises Refused at the field of a day that lies before the one it follows."""
    if release_on and due_on and due_on < release_on:
        raise Refused("Wanted by comes after the earliest day. Give the same day or a later one.", field="due_on")
    if deadline_on and due_on and deadline_on < due_on:
        raise Refused("The last day is the day it is wanted by, or a later one.", field="deadline_on")
    if deadline_on and release_on and deadline_on < release_on:
        raise Refused("The last day comes after the earliest day.", field="deadline_on")


def check_priority(priority: int) -> None:
    if not 1 <= priority <= 4:
        raise Refused("A priority is a number from 1 (first) to 4.", field="priority")


def _checked(wishes: CampaignWishes) -> CampaignWishes:
    wishes = replace(wishes, name=" ".join(wishes.name.split()), regulation=wishes.regulation.strip())
    if not wishes.name:
        raise Refused("Give the campaign a name by which your colleagues will know it.", field="name")
    if len(wishes.name) > LONGEST_NAME:
        raise Refused("A name has at most %(longest)s characters.", field="name", longest=LONGEST_NAME)
    if wishes.category not in CATEGORIES:
        raise Refused("Choose the category of what is tested.", field="category")
    if wishes.propulsion not in ("", *PROPULSIONS):
        raise Refused("Choose one of the kinds of propulsion, or none.", field="propulsion")
    check_days(wishes.release_on, wishes.due_on, wishes.deadline_on)
    check_priority(wishes.priority)
    return wishes


def _check_category(campaign: Campaign, before: CampaignWishes, after: CampaignWishes) -> None:
    """The category is where articles begin; it stays once one has been tested or decided on."""
    if before.category != after.category and any(
        request.state not in BEING_WRITTEN | ENDED for request in campaign.requests
    ):
        raise Refused(
            "The category stays as it was submitted. Start another campaign for another one.", field="category"
        )


def _gets_narrower(request: TestRequest, before: CampaignWishes, after: CampaignWishes) -> bool:
    """Whether the change takes away freedom that the test has from its campaign."""
    if request.state not in AGREED | STANDING:
        return False
    return before.confidentiality != after.confidentiality or narrows(
        days_before=_days(request, before),
        days_after=_days(request, after),
        priority_before=request.priority or before.priority,
        priority_after=request.priority or after.priority,
    )


def _days(request: TestRequest, wishes: CampaignWishes) -> tuple[date, date, date | None]:
    return (
        request.release_on or wishes.release_on,
        request.due_on or wishes.due_on,
        request.deadline_on or wishes.deadline_on,
    )


def _copy_tests(session: Session, earlier: Campaign, campaign: Campaign, shift: timedelta, now: datetime) -> None:
    articles = {
        article.id: TestArticle(
            campaign=campaign,
            kind=article.kind,
            category=article.category,
            label=article.label,
            make=article.make,
            model=article.model,
            vin=article.vin,
        )
        for article in earlier.articles
    }
    session.add_all(articles.values())
    copies = {
        request.id: TestRequest(
            campaign=campaign,
            article=articles[request.article_id],
            procedure=request.procedure,
            state_since=now,
            release_on=_moved(request.release_on, shift),
            due_on=_moved(request.due_on, shift),
            deadline_on=_moved(request.deadline_on, shift),
            priority=request.priority,
            exclusive=request.exclusive,
            extra_drivers=request.extra_drivers,
            extra_engineers=request.extra_engineers,
            extra_preparation_min=request.extra_preparation_min,
            note=request.note,
            routes=[RequestRoute(choice=route.choice) for route in request.routes],
            devices=[RequestDevice(device_type_id=row.device_type_id, amount=row.amount) for row in request.devices],
        )
        for request in earlier.requests
        if request.state not in ENDED
    }
    session.add_all(copies.values())
    session.flush()
    waits = session.scalars(select(Dependency).where(Dependency.before_id.in_(copies), Dependency.after_id.in_(copies)))
    session.add_all(
        Dependency(
            before=copies[wait.before_id],
            after=copies[wait.after_id],
            min_lag_min=wait.min_lag_min,
            max_lag_min=wait.max_lag_min,
        )
        for wait in waits.all()
    )


def _moved(day: date | None, shift: timedelta) -> date | None:
    return None if day is None else day + shift


def _entry(wishes: CampaignWishes) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(wishes).items()}
