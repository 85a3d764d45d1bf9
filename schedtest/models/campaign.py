import enum
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import NEVER_REUSED, Base
from schedtest.models.organisation import Organisation
from schedtest.models.request import ENDED, State
from schedtest.models.user import User

if TYPE_CHECKING:
    from schedtest.models.request import TestRequest


class Confidentiality(enum.StrEnum):
    """How far others must be kept away: not at all, from a covered vehicle, from the whole zone."""

    OPEN = "open"
    COVERED = "covered"
    CLOSED = "closed"


class ArticleKind(enum.StrEnum):
    VEHICLE = "vehicle"
    PART = "part"


class Campaign(Base):
    """One manufacturer's visit: its articles and the tests it asks for. Dates are days in the facility's zone.

    priority: 1 (first) to 4.   version_id: two people who change one campaign at once do not overwrite each other.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority_range"),
        CheckConstraint("release_on <= due_on", name="release_before_due"),
        CheckConstraint("due_on <= deadline_on", name="due_before_deadline"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    regulation: Mapped[str] = mapped_column(default="")
    category: Mapped[str]
    propulsion: Mapped[str] = mapped_column(default="")
    release_on: Mapped[date]
    due_on: Mapped[date]
    deadline_on: Mapped[date | None]
    priority: Mapped[int] = mapped_column(default=2)
    confidentiality: Mapped[Confidentiality] = mapped_column(default=Confidentiality.OPEN)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    version_id: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship()
    created_by: Mapped[User] = relationship()
    articles: Mapped[list["TestArticle"]] = relationship(
        back_populates="campaign", cascade="all, delete-orphan", order_by="TestArticle.id"
    )
    requests: Mapped[list["TestRequest"]] = relationship(
        back_populates="campaign", cascade="all, delete-orphan", order_by="TestRequest.id"
    )

    __mapper_args__ = {"version_id_col": version_id}  # noqa: RUF012

    @property
    def state(self) -> State:
        return state_of_campaign(request.state for request in self.requests)

    @classmethod
    def belongs_to(cls, organisation_id: int) -> ColumnElement[bool]:
        return cls.organisation_id == organisation_id


class TestArticle(Base):
    """A vehicle or part to be tested; one exists once, so its tests never overlap."""

    __test__ = False  # a name like a test's is no test to pytest
    __tablename__ = "test_article"
    __table_args__ = (
        UniqueConstraint("campaign_id", "label"),
        UniqueConstraint("campaign_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    kind: Mapped[ArticleKind] = mapped_column(default=ArticleKind.VEHICLE)
    category: Mapped[str]
    label: Mapped[str]
    make: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    vin: Mapped[str | None]

    campaign: Mapped[Campaign] = relationship(back_populates="articles")

    @property
    def organisation_id(self) -> int:
        return self.campaign.organisation_id

    @classmethod
    def belongs_to(cls, organisation_id: int) -> ColumnElement[bool]:
        return cls.campaign.has(Campaign.belongs_to(organisation_id))


# Of the states its tests are in, a campaign has the first in this order: what somebody has to act on comes first.
FOREMOST = (
    State.RETURNED,
    State.DRAFT,
    State.SUBMITTED,
    State.NOT_PLACED,
    State.UNDER_WAY,
    State.APPROVED,
    State.BOOKED,
    State.DONE,
    State.CANCELLED,
    State.REJECTED,
    State.WITHDRAWN,
)


def state_of_campaign(states: Iterable[State]) -> State:
    """A campaign's state, from those of its tests: ended tests count only when nothing else is left.

    With a part of the tests done it is under way; without any test it is a draft.
    """
    present = set(states)
    living = present - ENDED or present
    if not living:
        return State.DRAFT
    if State.DONE in living and living & {State.APPROVED, State.BOOKED}:
        living.add(State.UNDER_WAY)
    return min(living, key=FOREMOST.index)
