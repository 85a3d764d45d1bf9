"""A manufacturer's campaigns: the list, one of them, and the deeds on it as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import Length

from schedtest.booking import campaign as campaign_service
from schedtest.booking import overview, submit
from schedtest.booking.access import Refused
from schedtest.booking.overview import Overview
from schedtest.booking.submit import Incomplete
from schedtest.models.event import Event
from schedtest.models.request import ENDED, State
from schedtest.web import notices, words
from schedtest.web.dates import facility_zone
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.manufacturer import manufacturer
from schedtest.web.permission import permitted
from schedtest.web.states import look

Page = str | Response | tuple[str, int]

FINISHED = ENDED | {State.DONE}


class WithdrawForm(Form):
    tests = SelectMultipleField(coerce=int, validate_choice=False)
    reason = TextAreaField(_l("Why"), [Length(max=2000)])


@dataclass(frozen=True, slots=True)
class Next:
    """The next thing to do about a campaign, and where; without an address somebody else has to do it."""

    sentence: str
    url: str | None = None
    urgent: bool = False


@manufacturer.get("/campaigns")
@permitted("manufacturer")
def campaigns() -> Page:
    everything = overview.campaigns(g.sessions, g.actor, now=g.now)
    ended = request.args.get("show") == "ended"
    shown = [one for one in everything if (one.state in FINISHED) == ended]
    shown.sort(key=_order)
    return render_template(
        "manufacturer/campaigns.html",
        shown=shown,
        ended=ended,
        others=len(everything) - len(shown),
        next_thing=next_thing,
        state_line=state_line,
    )


@manufacturer.get("/campaigns/<int:campaign_id>")
@permitted("manufacturer")
def campaign(campaign_id: int) -> Page:
    return _campaign_page(campaign_id, WithdrawForm(formdata=None))


@manufacturer.post("/campaigns/<int:campaign_id>/submit")
@permitted("manufacturer")
def submit_campaign(campaign_id: int) -> Page:
    version = request.form.get("version", type=int)
    try:
        tests = submit.submit(g.sessions, g.actor, campaign_id, version=version, now=g.now)
    except Incomplete:
        return redirect(url_for(".check", campaign_id=campaign_id), 303)
    notices.say(
        ngettext(
            "%(num)s test is submitted. The institute's managers have been told.",
            "%(num)s tests are submitted. The institute's managers have been told.",
            len(tests),
        )
    )
    return redirect(url_for(".campaign", campaign_id=campaign_id), 303)


@manufacturer.post("/campaigns/<int:campaign_id>/withdraw")
@permitted("manufacturer")
def withdraw(campaign_id: int) -> Page:
    form = WithdrawForm()
    if form.validate():
        try:
            chosen = form.tests.data or None
            tests = submit.withdraw(g.sessions, g.actor, campaign_id, chosen, reason=form.reason.data or "", now=g.now)
        except Refused as refused:
            form.refuse(refused)
        else:
            notices.say(ngettext("%(num)s test is withdrawn.", "%(num)s tests are withdrawn.", len(tests)))
            return redirect(url_for(".campaign", campaign_id=campaign_id), 303)
    return _campaign_page(campaign_id, form), UNPROCESSABLE


@manufacturer.post("/campaigns/<int:campaign_id>/copy")
@permitted("manufacturer")
def copy_campaign(campaign_id: int) -> Page:
    earlier = overview.campaign(g.sessions, g.actor, campaign_id, now=g.now).campaign
    name = _("%(name)s, again", name=earlier.name)[: campaign_service.LONGEST_NAME]
    copied = campaign_service.copy(g.sessions, g.actor, campaign_id, name=name, now=g.now)
    notices.say(_("This is a copy of %(name)s. Look through its steps, then submit it.", name=earlier.name))
    return redirect(url_for(".what", campaign_id=copied), 303)


@manufacturer.post("/campaigns/<int:campaign_id>/discard")
@permitted("manufacturer")
def discard(campaign_id: int) -> Page:
    campaign_service.discard(g.sessions, g.actor, campaign_id, now=g.now)
    notices.say(_("The draft is thrown away."))
    return redirect(url_for(".campaigns"), 303)


def _campaign_page(campaign_id: int, form: WithdrawForm) -> str:
    shown = overview.campaign(g.sessions, g.actor, campaign_id, now=g.now)
    bookings = [row for rows in shown.bookings.values() for row in rows]
    return render_template(
        "manufacturer/campaign.html",
        shown=shown,
        form=form,
        events=overview.history(g.sessions, g.actor, campaign_id),
        subjects=_subjects(shown),
        said=said,
        next=next_thing(shown),
        state_line=state_line(shown),
        places_of_modes=overview.place_names(g.sessions, g.actor, [row.mode for row in bookings]),
        timeline=Timeline.of(shown),
        progress=progress(shown),
    )


def next_thing(shown: Overview) -> Next:
    """What comes next, said in one sentence, with the way there when it is the reader's to do."""
    here = shown.campaign.id
    states = {request.state for request in shown.tests}
    if State.RETURNED in states:
        return Next(_("Look at what the institute asks for"), url_for(".campaign", campaign_id=here), urgent=True)
    if not shown.campaign.articles:
        return Next(_("Add the vehicles"), url_for(".vehicles", campaign_id=here))
    if not shown.tests:
        return Next(_("Choose the tests"), url_for(".tests", campaign_id=here))
    if State.DRAFT in states:
        word = _("Complete and submit it") if shown.missing else _("Check and submit it")
        return Next(word, url_for(".check", campaign_id=here))
    if states <= FINISHED:
        return Next(_("Nothing is left to do"))
    if shown.without_vin:
        article = shown.without_vin[0]
        sentence = _("Add the VIN of %(article)s", article=article.label)
        return Next(sentence, url_for(".edit_article", article_id=article.id))
    if State.SUBMITTED in states:
        return Next(_("The institute decides on it"))
    if states & {State.APPROVED, State.NOT_PLACED}:
        return Next(_("The institute plans it"))
    return Next(_("Bring the vehicles on time"))


def state_line(shown: Overview) -> str:
    """'3 booked · 2 approved'"""
    return " · ".join(f"{count} {look(state).word}" for state, count in _in_order(shown)) or _("no tests yet")


def progress(shown: Overview) -> list[tuple[str, str]]:
    """How far it is: steps as (word, 'past' | 'now' | '')."""
    states = {request.state for request in shown.tests}
    steps = [_("Written"), _("Submitted"), _("Approved"), _("Booked"), _("Done")]
    if not states or states & {State.DRAFT, State.RETURNED}:
        reached = 0
    elif State.SUBMITTED in states:
        reached = 1
    elif states & {State.APPROVED, State.NOT_PLACED}:
        reached = 2
    elif states & {State.BOOKED, State.UNDER_WAY}:
        reached = 3
    else:
        reached = 5
    return [
        (word, "past" if place < reached else "now" if place == reached else "") for place, word in enumerate(steps)
    ]


def said(event: Event, subjects: dict[tuple[str, int], str]) -> str:
    """An entry of the history in people's words."""
    changes = [str(words.FIELDS[name]) for name in (event.after or {}) if name in words.FIELDS]
    sentence = words.DONE.get(event.action)
    if sentence is None:
        return _("%(actor)s did something.", actor=event.actor_name)
    entry = event.after or event.before or {}
    return str(sentence) % {
        "actor": event.actor_name,
        "subject": subjects.get((event.subject, event.subject_id), _("something")),
        "what": ", ".join(changes),
        "before": entry.get("before", ""),
    }


def subject_name(code: str, name: str, article: str) -> str:
    return f"{code} {name} · {article}"


@dataclass(frozen=True, slots=True)
class Bar:
    """x and width in per cent of the time shown."""

    x: float
    width: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The campaign's bookings, a row for each article. today: where it lies, None outside.   wanted: from the earliest
    day to the day it is wanted by.
    """

    rows: list[tuple[str, list[Bar]]]
    wanted: Bar
    today: float | None
    first: datetime
    last: datetime

    @classmethod
    def of(cls, shown: Overview) -> "Timeline | None":
        """None while nothing is booked."""
        booked = [(request, row) for request in shown.tests for row in shown.bookings.get(request.id, ())]
        if not booked:
            return None
        zone = facility_zone()
        release = datetime.combine(shown.campaign.release_on, datetime.min.time(), zone)
        due = datetime.combine(shown.campaign.due_on + timedelta(days=1), datetime.min.time(), zone)
        first = min([release, *(row.starts for _request, row in booked)])
        last = max([due, *(row.ends for _request, row in booked)])

        def at(when: datetime) -> float:
            return round(100 * ((when - first) / (last - first)), 3)

        rows: list[tuple[str, list[Bar]]] = []
        for article in shown.campaign.articles:
            bars = [
                Bar(
                    at(row.starts),
                    max(0.8, at(row.ends) - at(row.starts)),
                    f"{row.part}",
                    subject_name(request.procedure.code, request.procedure.name, article.label),
                )
                for request, row in booked
                if request.article_id == article.id
            ]
            rows.append((article.label, bars))
        inside = first <= g.now <= last
        return cls(
            rows,
            Bar(at(release), at(due) - at(release), "wanted", ""),
            at(g.now) if inside else None,
            first,
            last - timedelta(seconds=1),
        )


def _subjects(shown: Overview) -> dict[tuple[str, int], str]:
    """What the history calls the campaign's tests and articles."""
    found = {("test_article", article.id): article.label for article in shown.campaign.articles}
    for row in shown.campaign.requests:
        found["test_request", row.id] = subject_name(row.procedure.code, row.procedure.name, row.article.label)
    return found


def _in_order(shown: Overview) -> Iterable[tuple[State, int]]:
    return sorted(shown.counts.items(), key=lambda item: list(State).index(item[0]))


def _order(shown: Overview) -> tuple[bool, bool, datetime, int]:
    """What asks for something first, then by the next date, then the newest."""
    coming = shown.next_booking
    starts = coming.starts if coming else datetime.max.replace(tzinfo=g.now.tzinfo)
    return (not next_thing(shown).urgent, coming is None, starts, -shown.campaign.id)
