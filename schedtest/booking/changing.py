"""What every change to a campaign shares: one at a time, on what its writer has seen, and never without an entry."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from schedtest.booking.access import Actor, NotFound, Refused, internal, mine
from schedtest.booking.notify import Said
from schedtest.models.campaign import Campaign, TestArticle
from schedtest.models.facility import Facility
from schedtest.models.request import State, TestRequest

BEING_WRITTEN = frozenset({State.DRAFT, State.RETURNED})
AGREED = frozenset({State.APPROVED, State.NOT_PLACED})
STANDING = frozenset({State.BOOKED, State.UNDER_WAY})


class Changed(Refused):
    """Somebody has changed it since it was read. Sending the same once more, with the new version, goes through."""


@internal
def locked_campaign(session: Session, actor: Actor, campaign_id: int) -> Campaign:
    """The campaign, if it is the actor's to see, with its articles and tests; nobody else changes it meanwhile.

    Raises NotFound.
    """
    locked_campaigns(session, actor, {campaign_id})
    return session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .options(
            joinedload(Campaign.organisation),
            selectinload(Campaign.articles),
            selectinload(Campaign.requests).joinedload(TestRequest.procedure),
            selectinload(Campaign.requests).joinedload(TestRequest.article),
            selectinload(Campaign.requests).selectinload(TestRequest.routes),
            selectinload(Campaign.requests).selectinload(TestRequest.devices),
        )
        .execution_options(populate_existing=True)
    ).one()


@internal
def locked_campaigns(session: Session, actor: Actor, campaign_ids: Collection[int]) -> Sequence[Campaign]:
    """The campaigns, in the order of their ids so that two who lock the same never wait for each other.

    Raises NotFound when one of them is not the actor's to see.
    """
    wanted = mine(actor, Campaign).where(Campaign.id.in_(campaign_ids)).order_by(Campaign.id)
    found = session.scalars(wanted.with_for_update(of=Campaign)).all()
    if len(found) < len(set(campaign_ids)):
        raise NotFound("campaign")
    return found


@internal
def locked_request(session: Session, actor: Actor, request_id: int) -> TestRequest:
    """The test, if it is the actor's to see, with its campaign locked. Raises NotFound."""
    campaign_id = session.scalar(
        mine(actor, TestRequest).where(TestRequest.id == request_id).with_only_columns(TestRequest.campaign_id)
    )
    if campaign_id is None:
        raise NotFound(f"test {request_id}")
    campaign = locked_campaign(session, actor, campaign_id)
    found = next((request for request in campaign.requests if request.id == request_id), None)
    if found is None:
        raise NotFound(f"test {request_id}")
    return found


def check_version(row: Campaign | TestRequest, version: int | None) -> None:
    """Raises Changed when the row is no longer the version that its writer has read; None does not ask."""
    if version is not None and row.version_id != version:
        raise Changed(
            "Somebody changed this while you were writing. What you typed is still here: look at it once more, and"
            " save it again if it shall hold."
        )


def today(session: Session, now: datetime) -> date:
    """The day at the facility."""
    return now.astimezone(session.scalars(select(Facility)).one().zone).date()


def name_of(request: TestRequest) -> str:
    """'T06 ESC sine with dwell · Tara 2'"""
    return f"{request.procedure.code} {request.procedure.name} · {request.article.label}"


def lines_of(requests: Collection[TestRequest]) -> list[str | Said]:
    """The tests as lines of a letter, the first dozen of them."""
    shown: list[str | Said] = [name_of(request) for request in list(requests)[:12]]
    if len(requests) > len(shown):
        shown.append(Said("and %(count)s more", {"count": len(requests) - len(shown)}))
    return shown


def article_of(campaign: Campaign, article_id: int) -> TestArticle:
    """Raises NotFound for what is not in the campaign."""
    found = next((article for article in campaign.articles if article.id == article_id), None)
    if found is None:
        raise NotFound(f"article {article_id}")
    return found


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what is not alike, for the history."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
