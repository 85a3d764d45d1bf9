import enum
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import NEVER_REUSED, Base

if TYPE_CHECKING:
    from schedtest.models.campaign import Campaign, TestArticle
    from schedtest.models.device import DeviceType
    from schedtest.models.procedure import Procedure


class State(enum.StrEnum):
    """Where a requested test stands. 'Planned' is not stored: it is an approved test with a place in a draft plan."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    NOT_PLACED = "not_placed"
    BOOKED = "booked"
    UNDER_WAY = "under_way"
    DONE = "done"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.APPROVED, State.RETURNED, State.REJECTED, State.WITHDRAWN}),
    State.RETURNED: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    # Back to submitted: the approval is undone, or the request was changed and asks again.
    State.APPROVED: frozenset(
        {State.BOOKED, State.NOT_PLACED, State.SUBMITTED, State.RETURNED, State.REJECTED, State.WITHDRAWN}
    ),
    State.NOT_PLACED: frozenset(
        {State.BOOKED, State.APPROVED, State.SUBMITTED, State.RETURNED, State.REJECTED, State.WITHDRAWN}
    ),
    # Back to approved or not placed: the next published plan holds it no longer.
    State.BOOKED: frozenset({State.UNDER_WAY, State.APPROVED, State.NOT_PLACED, State.CANCELLED}),
    # Back from under way: prepared for, and then a closure took its place.
    State.UNDER_WAY: frozenset({State.DONE, State.BOOKED, State.NOT_PLACED, State.CANCELLED}),
    State.DONE: frozenset(),
    State.REJECTED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.CANCELLED: frozenset(),
}

ENDED = frozenset({State.REJECTED, State.WITHDRAWN, State.CANCELLED})


class WrongState(ValueError):
    """A test cannot go from one state to the other."""

    def __init__(self, before: State, after: State) -> None:
        super().__init__(f"a test that is {before} cannot become {after}")
        self.before = before
        self.after = after


class TestRequest(Base):
    """One test asked for: a procedure on an article. Days are the facility's; what is null is as in the campaign.

    reason: why it was last returned, rejected, cancelled or not placed, for its organisation to read.
    """

    __test__ = False  # a name like a test's is no test to pytest
    __tablename__ = "test_request"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "article_id"], ["test_article.campaign_id", "test_article.id"]),
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority_range"),
        CheckConstraint("release_on <= due_on", name="release_before_due"),
        CheckConstraint("due_on <= deadline_on", name="due_before_deadline"),
        CheckConstraint(
            "extra_drivers >= 0 AND extra_engineers >= 0 AND extra_preparation_min >= 0", name="extras_not_negative"
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    article_id: Mapped[int] = mapped_column(index=True)
    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id"), index=True)
    state: Mapped[State] = mapped_column(default=State.DRAFT, index=True)
    state_since: Mapped[datetime]
    release_on: Mapped[date | None]
    due_on: Mapped[date | None]
    deadline_on: Mapped[date | None]
    priority: Mapped[int | None]
    exclusive: Mapped[bool] = mapped_column(default=False)
    extra_drivers: Mapped[int] = mapped_column(default=0)
    extra_engineers: Mapped[int] = mapped_column(default=0)
    extra_preparation_min: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    version_id: Mapped[int] = mapped_column()

    campaign: Mapped["Campaign"] = relationship(back_populates="requests", foreign_keys=campaign_id)
    article: Mapped["TestArticle"] = relationship(
        primaryjoin="TestRequest.article_id == TestArticle.id", foreign_keys=article_id
    )
    procedure: Mapped["Procedure"] = relationship()
    routes: Mapped[list["RequestRoute"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    devices: Mapped[list["RequestDevice"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __mapper_args__ = {"version_id_col": version_id}  # noqa: RUF012

    def move(self, state: State, at: datetime) -> None:
        """Go on to a state; raises WrongState for one that TRANSITIONS does not hold."""
        if state not in TRANSITIONS[self.state]:
            raise WrongState(self.state, state)
        self.state = state
        self.state_since = at

    @property
    def organisation_id(self) -> int:
        return self.campaign.organisation_id

    @classmethod
    def belongs_to(cls, organisation_id: int) -> ColumnElement[bool]:
        return cls.campaign.has(organisation_id=organisation_id)


class RequestRoute(Base):
    """One of the procedure's choices of routes that the manufacturer accepts; with none, all are."""

    __tablename__ = "request_route"

    request_id: Mapped[int] = mapped_column(ForeignKey("test_request.id", ondelete="CASCADE"), primary_key=True)
    choice: Mapped[int] = mapped_column(primary_key=True)


class RequestDevice(Base):
    """Devices wanted besides the procedure's own."""

    __tablename__ = "request_device"
    __table_args__ = (CheckConstraint("amount >= 1", name="amount_positive"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("test_request.id", ondelete="CASCADE"), primary_key=True)
    device_type_id: Mapped[int] = mapped_column(ForeignKey("device_type.id"), primary_key=True)
    amount: Mapped[int] = mapped_column(default=1)

    device_type: Mapped["DeviceType"] = relationship()


class Dependency(Base):
    """One test of a campaign waits for another: start(after) - end(before) lies between the lags, in minutes.

    That both are of one campaign is a trigger's to see to.
    """

    __tablename__ = "dependency"
    __table_args__ = (
        CheckConstraint("before_id <> after_id", name="two_tests"),
        CheckConstraint("min_lag_min <= max_lag_min", name="lags_in_order"),
    )

    before_id: Mapped[int] = mapped_column(ForeignKey("test_request.id", ondelete="CASCADE"), primary_key=True)
    after_id: Mapped[int] = mapped_column(
        ForeignKey("test_request.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    min_lag_min: Mapped[int] = mapped_column(default=0)
    max_lag_min: Mapped[int | None]

    before: Mapped[TestRequest] = relationship(foreign_keys=before_id)
    after: Mapped[TestRequest] = relationship(foreign_keys=after_id)
