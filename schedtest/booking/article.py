"""What is tested: vehicles and parts of a campaign."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from schedtest.booking.access import Actor, Refused, allowed, own
from schedtest.booking.campaign import CATEGORIES
from schedtest.booking.changing import BEING_WRITTEN, article_of, locked_campaign
from schedtest.models.campaign import ArticleKind, Campaign, TestArticle
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.procedure import PART_CATEGORIES
from schedtest.models.request import State

VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
LONGEST_LABEL = 80
MOST_ARTICLES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """label: by which it is known, unique in its campaign.   vin: of 17 characters, or None."""

    label: str
    category: str
    make: str = ""
    model: str = ""
    vin: str | None = None


@allowed("manufacturer")
def add(
    sessions: Sessions,
    actor: Actor,
    campaign_id: int,
    *,
    label: str = "",
    category: str | None = None,
    make: str = "",
    model: str = "",
    vin: str | None = None,
    now: datetime,
) -> int:
    """Add a vehicle, or a part when the category is one of parts; its id is returned.

    label: 'Vehicle 2' and so on where none is given.   category: the campaign's where none is given.
    Raises Refused at the field that makes no sense.
    """
    with writing(sessions) as session:
        campaign = locked_campaign(session, actor, campaign_id)
        if len(campaign.articles) >= MOST_ARTICLES:
            raise Refused(
                "A campaign has at most %(most)s vehicles and parts. Start another one for the rest.",
                most=MOST_ARTICLES,
            )
        category = category or campaign.category
        described = _checked(
            campaign,
            Described(
                label=label or _next_label(campaign, category), category=category, make=make, model=model, vin=vin
            ),
        )
        article = TestArticle(campaign=campaign, kind=kind_of(category), **asdict(described))
        session.add(article)
        session.flush()
        session.add(Event.of(actor, "article.added", article, at=now, after=asdict(described)))
        return article.id


@allowed("manufacturer")
def change(
    sessions: Sessions,
    actor: Actor,
    article_id: int,
    *,
    label: str,
    category: str,
    make: str = "",
    model: str = "",
    vin: str | None = None,
    now: datetime,
) -> None:
    """Describe it anew. Raises Refused at the field that makes no sense, or for a category its tests are not for."""
    with writing(sessions) as session:
        campaign_id = own(session, actor, TestArticle, article_id).campaign_id
        campaign = locked_campaign(session, actor, campaign_id)
        article = article_of(campaign, article_id)
        before = Described(**{name: getattr(article, name) for name in Described.__slots__})
        after = _checked(
            campaign, Described(label=label, category=category, make=make, model=model, vin=vin), article.id
        )
        if before == after:
            return
        if before.category != after.category:
            _check_tests(campaign, article, after.category)
        for name, value in asdict(after).items():
            setattr(article, name, value)
        article.kind = kind_of(after.category)
        session.add(Event.of(actor, "article.changed", article, at=now, before=asdict(before), after=asdict(after)))


@allowed("manufacturer")
def remove(sessions: Sessions, actor: Actor, article_id: int, *, now: datetime) -> int:
    """Take it out, with the tests that were being written for it; the campaign's id is returned.

    Raises Refused when the institute has seen a test of it.
    """
    with writing(sessions) as session:
        campaign_id = own(session, actor, TestArticle, article_id).campaign_id
        campaign = locked_campaign(session, actor, campaign_id)
        article = article_of(campaign, article_id)
        tests = [request for request in campaign.requests if request.article_id == article.id]
        if any(request.state != State.DRAFT for request in tests):
            raise Refused("The institute has seen tests of %(article)s. Withdraw them instead.", article=article.label)
        for request in tests:
            campaign.requests.remove(request)
        session.flush()
        session.add(Event.of(actor, "article.removed", article, at=now, before={"label": article.label}))
        session.delete(article)
        return campaign.id


@allowed("manufacturer")
def take_over(sessions: Sessions, actor: Actor, campaign_id: int, from_campaign_id: int, *, now: datetime) -> int:
    """Add the articles of an earlier campaign that are not here yet (by label or VIN); how many is returned."""
    with writing(sessions) as session:
        campaign = locked_campaign(session, actor, campaign_id)
        earlier = own(session, actor, Campaign, from_campaign_id)
        labels = {article.label.casefold() for article in campaign.articles}
        vins = {article.vin for article in campaign.articles if article.vin}
        added = [
            TestArticle(
                campaign=campaign,
                kind=article.kind,
                category=article.category,
                label=article.label,
                make=article.make,
                model=article.model,
                vin=article.vin,
            )
            for article in earlier.articles
            if article.label.casefold() not in labels and article.vin not in vins
        ][: MOST_ARTICLES - len(campaign.articles)]
        session.add_all(added)
        session.flush()
        session.add_all(
            Event.of(actor, "article.added", article, at=now, after={"label": article.label, "from": earlier.id})
            for article in added
        )
        return len(added)


def kind_of(category: str) -> ArticleKind:
    return ArticleKind.PART if category in PART_CATEGORIES else ArticleKind.VEHICLE


def _next_label(campaign: Campaign, category: str) -> str:
    word = "Part" if kind_of(category) == ArticleKind.PART else "Vehicle"
    taken = {article.label.casefold() for article in campaign.articles}
    number = 1
    while f"{word} {number}".casefold() in taken:
        number += 1
    return f"{word} {number}"


def _checked(campaign: Campaign, described: Described, article_id: int | None = None) -> Described:
    vin = "".join((described.vin or "").split()).upper() or None
    described = replace(
        described,
        label=" ".join(described.label.split()),
        make=described.make.strip(),
        model=described.model.strip(),
        vin=vin,
    )
    others = [article for article in campaign.articles if article.id != article_id]
    if not described.label:
        raise Refused("Give it a name by which the test engineers can tell it from the others.", field="label")
    if len(described.label) > LONGEST_LABEL:
        raise Refused("A name has at most %(longest)s characters.", field="label", longest=LONGEST_LABEL)
    if any(article.label.casefold() == described.label.casefold() for article in others):
        raise Refused("%(label)s is here already. Give this one another name.", field="label", label=described.label)
    if described.category not in CATEGORIES:
        raise Refused("Choose the category.", field="category")
    _check_vin(others, described)
    return described


def _check_vin(others: list[TestArticle], described: Described) -> None:
    if described.vin is None:
        return
    if kind_of(described.category) == ArticleKind.PART:
        raise Refused("A part has no VIN. Leave this empty.", field="vin")
    if not VIN.fullmatch(described.vin):
        raise Refused(
            "A VIN has 17 digits and letters without I, O and Q. This one has %(count)s characters; leave it empty"
            " if it is not known yet.",
            field="vin",
            count=len(described.vin),
        )
    twin = next((article for article in others if article.vin == described.vin), None)
    if twin is not None:
        raise Refused("%(label)s has this VIN already.", field="vin", label=twin.label)


def _check_tests(campaign: Campaign, article: TestArticle, category: str) -> None:
    tests = [request for request in campaign.requests if request.article_id == article.id]
    if any(request.state not in BEING_WRITTEN for request in tests):
        raise Refused("The category stays as it was submitted.", field="category")
    for request in tests:
        if category not in request.procedure.categories:
            raise Refused(
                "%(test)s is not done on %(category)s. Take this test out first.",
                field="category",
                test=f"{request.procedure.code} {request.procedure.name}",
                category=category,
            )
