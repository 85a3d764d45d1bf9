"""An institute with a few procedures, a manager, and two manufacturers who must not see each other."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from schedtest.booking import article, campaign, request, submit
from schedtest.booking.access import Actor
from schedtest.models import (
    Calendar,
    Event,
    Facility,
    Mail,
    ProcedureRoute,
    Role,
    Route,
    Season,
    State,
    TestRequest,
    Use,
)
from schedtest.models.database import Sessions, writing
from schedtest.models.route import Permit, Surface
from tests import rows
from tests.rows import MONDAY as NOW

TODAY = date(2026, 7, 13)


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


@dataclass(frozen=True)
class Desk:
    """procedures: ids by code. BRAKES, NOISE (in its season only), CRASH (destructive), TYRE (of parts)."""

    sessions: Sessions
    us: Actor
    them: Actor
    manager: Actor
    other_manager: Actor
    procedures: dict[str, int]

    def campaign(self, who: Actor | None = None, **given: Any) -> int:
        return campaign.start(
            self.sessions, who or self.us, **{"name": "Tara facelift", "category": "M1", "now": NOW, **given}
        )

    def article(self, campaign_id: int, who: Actor | None = None, **given: Any) -> int:
        return article.add(self.sessions, who or self.us, campaign_id, **{"now": NOW, **given})

    def choose(self, campaign_id: int, article_id: int, *codes: str, who: Actor | None = None) -> list[int]:
        """The ids of the tests, in the order of the codes."""
        wanted = [self.procedures[code] for code in codes]
        found = request.choose(self.sessions, who or self.us, campaign_id, {article_id: wanted}, now=NOW)
        return [found[article_id, number] for number in wanted]

    def asked(self, *codes: str, who: Actor | None = None, now: datetime = NOW, **given: Any) -> tuple[int, list[int]]:
        """A submitted campaign with one vehicle and these tests."""
        campaign_id = self.campaign(who, **given)
        tests = self.choose(campaign_id, self.article(campaign_id, who), *(codes or ("BRAKES",)), who=who)
        submit.submit(self.sessions, who or self.us, campaign_id, now=now)
        return campaign_id, tests

    def states(self, *request_ids: int) -> list[State]:
        with self.sessions.begin() as session:
            return [session.get_one(TestRequest, number).state for number in request_ids]

    def state(self, request_id: int) -> State:
        return self.states(request_id)[0]

    def version(self, request_id: int) -> int:
        with self.sessions.begin() as session:
            return session.get_one(TestRequest, request_id).version_id

    def put(self, request_id: int, state: State) -> None:
        """As if a plan had been published meanwhile."""
        with writing(self.sessions) as session:
            session.get_one(TestRequest, request_id).state = state

    def events(self, action: str) -> list[Event]:
        with self.sessions.begin() as session:
            return list(session.scalars(select(Event).where(Event.action == action).order_by(Event.id)))

    def mails(self) -> list[tuple[str, str]]:
        """(to whom, subject) of every mail."""
        with self.sessions.begin() as session:
            return [(mail.to_user.name, mail.subject) for mail in session.scalars(select(Mail).order_by(Mail.id))]


def open_desk(sessions: Sessions) -> Desk:
    with writing(sessions) as session:
        session.add(
            Facility(
                code="PG", name="Proving ground", timezone="Europe/Moscow", country="RU", latitude=56.0,
                longitude=37.5, slot_min=30, currency="RUB",
            )
        )  # fmt: skip
        always = Calendar(code="ALWAYS", name="Always")
        noise = Season(code="NOISE", name="Outside noise tests", opens="05-01", closes="10-15")
        session.add_all([always, noise])
        lane, pad, heavy = (
            Route(
                code=code, name=name, use=Use.EXCLUSIVE, max_vehicles=1, categories=categories, surface=Surface.DRY,
                daylight=False, permit=Permit.GENERAL, calendar=always, hour_price=0,
            )
            for code, name, categories in [
                ("R28", "Dry brake lane", ("M1",)), ("R26", "Pad", ("M1",)), ("R18", "Slope", ("N3",)),
            ]
        )  # fmt: skip
        procedures = {
            "BRAKES": rows.a_procedure(session, code="BRAKES", name="Brakes", calendar=always, preparation_min=0),
            "NOISE": rows.a_procedure(session, code="NOISE", name="Noise", calendar=always, season=noise),
            "CRASH": rows.a_procedure(session, code="CRASH", name="Crash", calendar=always, destructive=True),
            "SIDE": rows.a_procedure(session, code="SIDE", name="Side crash", calendar=always, destructive=True),
            "TYRE": rows.a_procedure(session, code="TYRE", name="Wet grip", calendar=always, categories=("tyre",)),
        }
        for choice, route in enumerate((lane, pad, heavy), 1):
            procedures["BRAKES"].routes.append(ProcedureRoute(choice=choice, position=0, route=route))
        ours = rows.an_organisation(session, name="Iran Khodro")
        theirs = rows.an_organisation(session, name="SAIPA")
        people = (
            rows.a_user(session, name="Leila", role=Role.MANUFACTURER, organisation=ours),
            rows.a_user(session, name="Reza", role=Role.MANUFACTURER, organisation=theirs),
            rows.a_user(session, name="Maryam"),
            rows.a_user(session, name="Pavel"),
        )
        session.flush()
        ids = {code: procedure.id for code, procedure in procedures.items()}
        return Desk(sessions, *(Actor.of(user) for user in people), ids)
