"""Problems of any size at the packaged institute, drawn from usual campaigns by a seeded generator."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from schedtest.booking import catalogue
from schedtest.booking.access import SYSTEM, internal
from schedtest.booking.article import kind_of
from schedtest.booking.institute import Institute, read_institute
from schedtest.booking.programmes import PROGRAMMES, Programme, draw, one_of
from schedtest.booking.request import choices_for
from schedtest.booking.run import PRESETS
from schedtest.booking.snapshot import read_situation, take_snapshot
from schedtest.catalogue import folder
from schedtest.models import (
    Base,
    Campaign,
    Dependency,
    Organisation,
    Procedure,
    RequestRoute,
    Role,
    State,
    TestArticle,
    TestRequest,
    User,
)
from schedtest.models.campaign import Confidentiality
from schedtest.models.database import SQLITE_WRITES, connect, sessions_on, writing
from schedtest.scheduling.problem import Problem

STARTS_ON = date(2027, 5, 3)
NOW = datetime(2027, 4, 19, 6, tzinfo=UTC)
ORGANISATIONS = 16


@internal
def generate(*, tests: int, weeks: int, seed: int, load: float = 1.0) -> Problem:
    """A problem with so many tests over the weeks; preparations are tasks of their own besides.

    load: how tightly. At 1.0 campaigns come evenly over the weeks, and about 75 tests a week are what the institute
    can do; at 2.0 all of them come in the first half, with half the time until they are wanted.
    The same arguments give the same problem. Raises ValueError for less than one test or week, or a load not above 0.
    """
    if tests < 1 or weeks < 1 or not load > 0:
        raise ValueError("tests and weeks are 1 or more, load is above 0")
    engine = connect("sqlite://")
    with engine.execution_options(**SQLITE_WRITES).begin() as connection:
        Base.metadata.create_all(connection)
    sessions = sessions_on(engine)
    catalogue.load(sessions, SYSTEM, folder(), NOW)
    with writing(sessions) as session:
        _Draw(session, Random(seed), weeks, load).requests(tests)  # noqa: S311
    with sessions.begin() as session:
        situation = read_situation(session, read_institute(session), starts_on=STARTS_ON, weeks=weeks, now=NOW)
        problem = take_snapshot(situation, PRESETS["on_time"]).problem
    engine.dispose()
    return problem


class _Draw:
    """Draws campaigns into a session until there are enough tests."""

    def __init__(self, session: Session, random: Random, weeks: int, load: float) -> None:
        self.session = session
        self.random = random
        self.institute: Institute = read_institute(session)
        self.weeks = timedelta(weeks=weeks)
        self.load = load
        self.organisations = [Organisation(name=f"Maker {number + 1}", country="IR") for number in range(ORGANISATIONS)]
        self.writer = User(
            email="maker@example.com",
            name="Maker",
            password_hash="",
            role=Role.MANUFACTURER,
            organisation=self.organisations[0],
            session_key="maker",
            created_at=NOW,
        )
        session.add_all([*self.organisations, self.writer])

    def requests(self, count: int) -> None:
        while count > 0:
            programme = one_of(self.random, PROGRAMMES)
            count -= self._campaign(programme, count)
        self.session.flush()

    def _campaign(self, programme: Programme, most: int) -> int:
        """Add a campaign of at most so many tests; how many they are."""
        random = self.random
        closes = STARTS_ON + self.weeks / max(1.0, self.load) - timedelta(days=1)
        drawn = draw(
            random, self.institute.procedure_by_code, programme, opens=STARTS_ON, closes=closes, pace=self.load
        )
        campaign = Campaign(
            organisation=random.choice(self.organisations),
            name=programme.name,
            regulation=programme.regulation,
            category=drawn.category,
            propulsion=drawn.propulsion,
            release_on=drawn.first,
            due_on=drawn.last,
            deadline_on=drawn.last + timedelta(weeks=random.randint(3, 6)) if random.random() < 0.15 else None,
            priority=random.choices((1, 2, 3, 4), (1, 5, 3, 1))[0],
            confidentiality=random.choices(list(Confidentiality), (6, 3, 1))[0],
            created_by=self.writer,
            created_at=NOW,
        )
        taken = 0
        for label, procedures in drawn.articles:
            wanted = procedures[: most - taken]
            taken += len(wanted)
            self._tests(campaign, label, wanted)
        return taken

    def _tests(self, campaign: Campaign, label: str, procedures: Sequence[Procedure]) -> None:
        article = TestArticle(
            campaign=campaign, kind=kind_of(campaign.category), category=campaign.category, label=label
        )
        self.session.add(article)
        self.session.flush()
        earlier: TestRequest | None = None
        for procedure in procedures:
            request = TestRequest(
                campaign=campaign,
                article=article,
                procedure=procedure,
                state=State.APPROVED,
                state_since=NOW,
                exclusive=self.random.random() < 0.02,
                routes=[RequestRoute(choice=choice) for choice in self._roads(procedure, campaign.category)],
            )
            self.session.add(request)
            self.session.flush()
            if earlier is not None and self.random.random() < 0.05 and not earlier.procedure.destructive:
                self.session.add(
                    Dependency(before=earlier, after=request, min_lag_min=self.random.choice((0, 60, 720)))
                )
            earlier = request

    def _roads(self, procedure: Procedure, category: str) -> list[int]:
        """Every road that the category may drive, and now and then only one of them."""
        possible = sorted(choices_for(procedure, category))
        if len(possible) > 1 and self.random.random() < 0.15:
            return [self.random.choice(possible)]
        return possible if len(possible) < len(procedure.route_choices) else []
