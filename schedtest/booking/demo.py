"""The demo's story, told through the services: what happened at the institute until the moment it is first opened.

Two weeks lie behind, a plan is published, requests wait, a draft is to be reviewed, and a device broke this morning.
"""

import time as clock_time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from schedtest.booking import accounts, article, campaign, catalogue, closing, progress, publish, request, review, run
from schedtest.booking.access import SYSTEM, Actor, internal
from schedtest.booking.demo_data import ADMINISTRATOR, MAKERS, MANAGERS, PASSWORD, Maker
from schedtest.booking.execute import execute
from schedtest.booking.institute import Institute, read_institute
from schedtest.booking.opening import instant
from schedtest.booking.programmes import PROGRAMMES, Drawn, Programme, draw, one_of
from schedtest.booking.submit import submit, withdraw
from schedtest.catalogue import folder
from schedtest.models import Booking, Device, DeviceHold, Role, TestRequest
from schedtest.models.campaign import Confidentiality
from schedtest.models.database import Sessions
from schedtest.models.plan import Plan, PlanState

WEEKS = 13
FIRST_WAVE, SECOND_WAVE, QUEUED = 430, 130, 60
"""Tests in the published plan, in the draft upon it, and waiting for a decision; at least so many of each."""
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
NO_TIME_LEFT = "Humidity and salt fog before the show"


@internal
def make(sessions: Sessions, now: datetime, *, seconds: int = 15, workers: int = 2, seed: int = 4) -> None:
    """Fill an empty database, brought up to date, with the demo as it stands `now`.

    seconds: of each of the two runs of the solver.
    """
    catalogue.load(sessions, SYSTEM, folder(), now - timedelta(days=60))
    with sessions.begin() as session:
        institute = read_institute(session)
    story = _Story(sessions, institute, now, Random(seed))  # noqa: S311
    story.open_accounts()
    story.first_plan(seconds, workers)
    story.since_then()
    story.draft(seconds, workers)
    story.queue()


@dataclass
class _Story:
    sessions: Sessions
    institute: Institute
    now: datetime
    random: Random
    makers: dict[Actor, Maker] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def open_accounts(self) -> None:
        at = self.now - timedelta(days=55)
        zone = self.institute.facility.timezone

        def person(email: str, name: str, role: Role, timezone: str, organisation_id: int | None = None) -> Actor:
            user = accounts.create_user(
                self.sessions,
                SYSTEM,
                email=email,
                name=name,
                password=PASSWORD,
                role=role,
                organisation_id=organisation_id,
                timezone=timezone,
                now=at,
            )
            return Actor.of(user)

        self.administrator = person(*ADMINISTRATOR, Role.ADMINISTRATOR, zone)
        self.managers = [person(*manager, Role.MANAGER, zone) for manager in MANAGERS]
        for maker in MAKERS:
            organisation = accounts.create_organisation(
                self.sessions, self.administrator, name=maker.name, country=maker.country, now=at
            )
            email = f"tests@{maker.host}"
            actor = person(email, maker.person, Role.MANUFACTURER, maker.timezone, organisation.id)
            self.makers[actor] = maker

    @property
    def today(self) -> date:
        return self.now.astimezone(self.institute.facility.zone).date()

    @property
    def monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())

    def first_plan(self, seconds: int, workers: int) -> None:
        """Requests of the weeks before, planned and published in time for the Monday two weeks ago."""
        opens = self.monday - timedelta(weeks=2)
        decided = self._at(opens - timedelta(days=6))
        wanted = self._wave(
            FIRST_WAVE, opens, opens + timedelta(weeks=11), begun=decided - timedelta(days=25), until=decided
        )
        self._ask_for_the_impossible(opens, decided - timedelta(days=3))
        for tests, at in wanted:
            review.approve(self.sessions, self.random.choice(self.managers), tests, now=at + timedelta(hours=20))
        plan_id = self._run(opens, seconds, workers, decided + timedelta(days=1))
        publish.publish(self.sessions, self.managers[0], plan_id, now=decided + timedelta(days=2))

    def since_then(self) -> None:
        """The plan is carried out by the clock; others ask; a device breaks that is wanted soon."""
        progress.advance(self.sessions, self.now)
        opens = self.today + timedelta(days=4)
        begun, until = self.now - timedelta(days=12), self.now - timedelta(days=1)
        for tests, at in self._wave(SECOND_WAVE, opens, self.monday + timedelta(weeks=12), begun=begun, until=until):
            review.approve(self.sessions, self.random.choice(self.managers), tests, now=at + timedelta(hours=10))
        closing.close(
            self.sessions,
            self.managers[0],
            "device",
            self._wanted_device(),
            starts=self.now - timedelta(hours=3),
            ends=self.now + timedelta(days=18),
            reason="No signal since this morning; sent to the maker for repair",
            now=self.now - timedelta(hours=3),
        )

    def draft(self, seconds: int, workers: int) -> None:
        # So late that little becomes decided since, which a draft cannot know.
        self._run(self.monday, seconds, workers, self.now - timedelta(minutes=20))

    def queue(self) -> None:
        """What waits for a decision, one of it too late; what was returned, rejected and withdrawn; what is written."""
        opens = self.today + timedelta(days=10)
        begun, until = self.now - timedelta(days=4), self.now - timedelta(hours=2)
        list(self._wave(QUEUED, opens, opens + timedelta(weeks=9), begun=begun, until=until))
        manager = self.managers[0]
        lapsed_at, day = self.now - timedelta(days=9), self.today - timedelta(days=1)
        self._simple("T39 T22", "Mirrors before the exhibition", self.today - timedelta(days=8), day, day, lapsed_at)
        tests, _ = self._simple("T39 T40", "Radio noise of the new charger", opens, opens + timedelta(weeks=5))
        review.send_back(
            self.sessions,
            manager,
            tests,
            reason="Please add the wiring diagram of the charger to the note, and a vehicle with its VIN.",
            now=self.now - timedelta(hours=5),
        )
        tests, _ = self._simple("T39 T38", "Heating in the Arctic", opens, opens + timedelta(weeks=3))
        review.reject(
            self.sessions,
            manager,
            tests,
            reason="Our chambers go down to 40 degrees of frost. Below that we cannot measure.",
            now=self.now - timedelta(hours=4),
        )
        tests, maker = self._simple("T39 T41", "Lamps of last year's model", opens, opens + timedelta(weeks=4))
        campaign_id = self._campaign_of(tests[0])
        reason = "The model is not built any more."
        withdraw(self.sessions, maker, campaign_id, reason=reason, now=self.now - timedelta(hours=3))
        for name in ("Face-lift, first thoughts", "Next winter's tests"):
            self._simple("T39 T19", name, opens, opens + timedelta(weeks=6), is_submitted=False)

    def _wave(
        self, count: int, opens: date, closes: date, *, begun: datetime, until: datetime
    ) -> Iterator[tuple[list[int], datetime]]:
        """Campaigns with at least so many tests together: the tests of each, and when they were submitted."""
        drawn: list[tuple[Actor, Maker, Drawn]] = []
        so_far, turn = 0, 0
        actors = list(self.makers)
        while so_far < count:
            actor = actors[turn % len(actors)]
            turn += 1
            one = self._drawn(self.makers[actor], opens, closes)
            if one.articles:
                drawn.append((actor, self.makers[actor], one))
                so_far += sum(len(tests) for _, tests in one.articles)
        for number, (actor, maker, one) in enumerate(drawn):
            at = min(until, self._in_office(begun + (until - begun) * (number / len(drawn))))
            yield self._ask(actor, maker, one, at), at

    def _drawn(self, maker: Maker, opens: date, closes: date) -> Drawn:
        categories = {category for _, category in maker.vehicles}
        possible = [programme for programme in PROGRAMMES if categories & set(programme.categories)]
        programme = one_of(self.random, possible)
        mine = tuple(category for category in programme.categories if category in categories)
        narrowed = Programme(
            programme.name, programme.regulation, mine, programme.propulsions, programme.articles, programme.weight
        )
        by_code = self.institute.procedure_by_code
        return draw(self.random, by_code, narrowed, opens=opens, closes=closes)

    def _ask(self, actor: Actor, maker: Maker, drawn: Drawn, at: datetime) -> list[int]:
        """Write a campaign through the services, as its maker would, and submit it."""
        model = self.random.choice([model for model, category in maker.vehicles if category == drawn.category])
        self.numbers[model] = self.numbers.get(model, 0) + 1
        name = f"{model}, {drawn.programme.name.lower()}"
        campaign_id = campaign.start(
            self.sessions,
            actor,
            name=name if self.numbers[model] == 1 else f"{name} {self.numbers[model]}",
            category=drawn.category,
            propulsion="electric" if "electric" in model else drawn.propulsion,
            regulation=drawn.programme.regulation,
            release_on=drawn.first,
            due_on=drawn.last,
            priority=self.random.choices((1, 2, 3, 4), (1, 6, 3, 1))[0],
            confidentiality=self.random.choices(list(Confidentiality), (7, 3, 1))[0],
            now=at,
        )
        chosen = {}
        for label, procedures in drawn.articles:
            article_id = article.add(
                self.sessions,
                actor,
                campaign_id,
                label=label,
                make=maker.name,
                model=model,
                vin=self._vin(maker) if maker.vin and self.random.random() < 0.9 else None,
                now=at,
            )
            chosen[article_id] = [procedure.id for procedure in procedures]
        ids = request.choose(self.sessions, actor, campaign_id, chosen, now=at)
        if drawn.left_for_later:
            later = ", ".join(procedure.name for procedure in drawn.left_for_later)
            note = f"We know that this has no season now and ask for it later: {later}."
            request.change(self.sessions, actor, next(iter(ids.values())), request.Wishes(note=note), now=at)
        return submit(self.sessions, actor, campaign_id, now=at + timedelta(minutes=20))

    def _simple(
        self,
        codes: str,
        name: str,
        first: date,
        last: date,
        deadline: date | None = None,
        at: datetime | None = None,
        *,
        is_submitted: bool = True,
    ) -> tuple[list[int], Actor]:
        """A campaign of one passenger car."""
        at = at or self.now - timedelta(hours=30)
        actors = [actor for actor, maker in self.makers.items() if any(one[1] == "M1" for one in maker.vehicles)]
        actor = self.random.choice(actors)
        maker = self.makers[actor]
        model = next(model for model, category in maker.vehicles if category == "M1")
        campaign_id = campaign.start(
            self.sessions,
            actor,
            name=f"{model}: {name}",
            category="M1",
            propulsion="petrol",
            release_on=first,
            due_on=last,
            deadline_on=deadline,
            now=at,
        )
        article_id = article.add(
            self.sessions, actor, campaign_id, make=maker.name, model=model, vin=self._vin(maker), now=at
        )
        procedures = [self.institute.procedure_by_code[code].id for code in codes.split()]
        ids = request.choose(self.sessions, actor, campaign_id, {article_id: procedures}, now=at)
        if is_submitted:
            submit(self.sessions, actor, campaign_id, now=at)
        return list(ids.values()), actor

    def _ask_for_the_impossible(self, opens: date, at: datetime) -> None:
        """Eighteen days of salt fog, to end nineteen days after a Saturday; no vehicle is weighed before Monday."""
        saturday = opens + timedelta(weeks=6, days=5)
        last = saturday + timedelta(days=18)
        tests, _ = self._simple("T39 T29B", NO_TIME_LEFT, saturday, last, last, at)
        review.approve(self.sessions, self.managers[1], tests, now=at + timedelta(hours=4))

    def _run(self, starts_on: date, seconds: int, workers: int, at: datetime) -> int:
        """A run of the solver as if it had been started then; the id of its draft."""
        run_id = run.start(
            self.sessions,
            self.administrator,
            starts_on=starts_on,
            weeks=WEEKS,
            seconds=seconds,
            workers=workers,
            now=at,
        )
        execute(self.sessions, run_id, clock=_clock_from(at))
        with self.sessions.begin() as session:
            plan_id = session.scalar(select(Plan.id).where(Plan.run_id == run_id, Plan.state == PlanState.DRAFT))
        if plan_id is None:
            raise RuntimeError(run.show(self.sessions, self.administrator, run_id).run.error)
        return plan_id

    def _wanted_device(self) -> int:
        """A device that the published plan wants soon, but not so soon that nothing can be moved."""
        with self.sessions.begin() as session:
            soon = (
                select(Device.id)
                .join(DeviceHold, DeviceHold.device_id == Device.id)
                .join(Booking, Booking.id == DeviceHold.booking_id)
                .where(DeviceHold.starts > self.now + timedelta(days=2), Booking.started_at.is_(None))
                .order_by(DeviceHold.starts, Device.code)
            )
            return session.scalars(soon.limit(1)).one()

    def _campaign_of(self, request_id: int) -> int:
        with self.sessions.begin() as session:
            return session.get_one(TestRequest, request_id).campaign_id

    def _at(self, day: date) -> datetime:
        return instant(day, time(10), self.institute.facility.zone)

    def _in_office(self, at: datetime) -> datetime:
        """Some minute of the same day when people are at work."""
        day = at.astimezone(self.institute.facility.zone).date()
        return self._at(day) + timedelta(minutes=self.random.randrange(-60, 6 * 60))

    def _vin(self, maker: Maker) -> str:
        return maker.vin + "".join(self.random.choices(VIN_LETTERS, k=14))


def _clock_from(at: datetime) -> Callable[[], datetime]:
    """A clock that shows `at` now and goes on from there."""
    started = clock_time.monotonic()
    return lambda: at + timedelta(seconds=clock_time.monotonic() - started)


def accounts_to_try() -> Sequence[tuple[Role, str]]:
    """A role and the address of one account that has it."""
    return (
        (Role.MANUFACTURER, f"tests@{MAKERS[0].host}"),
        (Role.MANAGER, MANAGERS[0][0]),
        (Role.ADMINISTRATOR, ADMINISTRATOR[0]),
    )
