"""Writing a campaign in five steps, saved at each: what, vehicles, tests, when, check."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from schedtest.booking import article, campaign, outlook, overview
from schedtest.booking import request as requests
from schedtest.booking.access import Refused
from schedtest.booking.changing import Changed
from schedtest.booking.overview import Overview
from schedtest.booking.submit import Missing
from schedtest.models.campaign import Confidentiality
from schedtest.web import kept, notices, words
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.manufacturer import manufacturer
from schedtest.web.permission import permitted

Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    word: LazyString

    def url(self, campaign_id: int) -> str:
        return url_for(f"manufacturer.{self.name}", campaign_id=campaign_id)


STEPS = (
    Step("what", _l("What")),
    Step("vehicles", _l("Vehicles")),
    Step("tests", _l("Tests")),
    Step("when", _l("When")),
    Step("check", _l("Check")),
)


def _options(table: dict[object, LazyString] | dict[str, LazyString] | dict[int, LazyString]) -> list[SelectChoice]:
    return [SelectChoice(str(value), word) for value, word in table.items()]


class WhatForm(Form):
    name = StringField(
        _l("Name"), [InputRequired(_l("Give the campaign a name by which your colleagues will know it."))]
    )
    category = SelectField(_l("What is tested"), choices=_options(words.CATEGORIES))
    propulsion = SelectField(_l("Propulsion"), choices=_options(words.PROPULSIONS))
    regulation = StringField(_l("For which regulation or market"), [Length(max=200)])
    version = HiddenField()


class ArticleForm(Form):
    label = StringField(_l("Name"), [Length(max=200)])
    category = SelectField(_l("Category"), choices=_options(words.CATEGORIES))
    make = StringField(_l("Make"), [Length(max=200)])
    model = StringField(_l("Model"), [Length(max=200)])
    vin = StringField(_l("VIN"), [Length(max=40)])


class WhenForm(Form):
    release_on = DateField(
        _l("Earliest day"), [InputRequired(_l("Give the day from which the vehicles are there: 2027-05-03."))]
    )
    due_on = DateField(_l("Wanted by"), [InputRequired(_l("Give the day by which you want the results: 2027-06-14."))])
    deadline_on = DateField(_l("Last day"), [Optional()])
    priority = SelectField(_l("Priority among your campaigns"), choices=_options(words.PRIORITIES))
    confidentiality = RadioField(
        _l("Confidentiality"),
        choices=[SelectChoice(one.value, words.CONFIDENTIALITIES[one]) for one in Confidentiality],
    )
    version = HiddenField()


@manufacturer.get("/campaigns/new")
@permitted("manufacturer")
def new_campaign() -> Page:
    return _new_page(WhatForm(formdata=None))


@manufacturer.post("/campaigns/new")
@permitted("manufacturer")
def start_campaign() -> Page:
    form = WhatForm()
    if form.validate():
        try:
            campaign_id = campaign.start(
                g.sessions,
                g.actor,
                name=form.name.data,
                category=form.category.data,
                propulsion=form.propulsion.data,
                regulation=form.regulation.data or "",
                now=g.now,
            )
            return redirect(url_for(".vehicles", campaign_id=campaign_id), 303)
        except Refused as refused:
            form.refuse(refused)
    return _new_page(form), UNPROCESSABLE


@manufacturer.get("/campaigns/<int:campaign_id>/what")
@permitted("manufacturer")
def what(campaign_id: int) -> Page:
    shown = _shown(campaign_id)
    return _step_page("what", shown, form=_filled(WhatForm, shown))


@manufacturer.post("/campaigns/<int:campaign_id>/what")
@permitted("manufacturer")
def save_what(campaign_id: int) -> Page:
    form = WhatForm()
    fields = ("name", "category", "propulsion", "regulation")
    if form.validate() and _saved(form, campaign_id, {name: form[name].data or "" for name in fields}):
        return redirect(url_for(".vehicles", campaign_id=campaign_id), 303)
    return _step_page("what", _shown(campaign_id), form=form), UNPROCESSABLE


@manufacturer.get("/campaigns/<int:campaign_id>/vehicles")
@permitted("manufacturer")
def vehicles(campaign_id: int) -> Page:
    shown = _shown(campaign_id)
    return _vehicles_page(shown, ArticleForm(formdata=None, category=shown.campaign.category))


@manufacturer.post("/campaigns/<int:campaign_id>/vehicles")
@permitted("manufacturer")
def add_article(campaign_id: int) -> Page:
    form = ArticleForm()
    if form.validate():
        try:
            article.add(g.sessions, g.actor, campaign_id, **_described(form), now=g.now)
            return redirect(url_for(".vehicles", campaign_id=campaign_id), 303)
        except Refused as refused:
            form.refuse(refused)
    return _vehicles_page(_shown(campaign_id), form), UNPROCESSABLE


@manufacturer.post("/campaigns/<int:campaign_id>/take-over")
@permitted("manufacturer")
def take_over(campaign_id: int) -> Page:
    earlier = request.form.get("earlier", 0, type=int)
    count = article.take_over(g.sessions, g.actor, campaign_id, earlier, now=g.now)
    notices.say(ngettext("%(num)s vehicle is taken over.", "%(num)s vehicles are taken over.", count))
    return redirect(url_for(".vehicles", campaign_id=campaign_id), 303)


@manufacturer.get("/campaigns/<int:campaign_id>/tests")
@permitted("manufacturer")
def tests(campaign_id: int) -> Page:
    return _tests_page(campaign_id)


@manufacturer.post("/campaigns/<int:campaign_id>/tests")
@permitted("manufacturer")
def save_tests(campaign_id: int) -> Page:
    """Saved at every tick, by htmx, and with the button."""
    chosen = {
        number: [int(value) for value in request.form.getlist(f"tests-{number}") if value.isdecimal()]
        for number in (int(value) for value in request.form.getlist("articles") if value.isdecimal())
    }
    requests.choose(g.sessions, g.actor, campaign_id, chosen, now=g.now)
    if kept.is_fragment():
        return render_template("manufacturer/summary.html", shown=_shown(campaign_id))
    return redirect(url_for(".when", campaign_id=campaign_id), 303)


@manufacturer.post("/vehicles/<int:article_id>/same-tests")
@permitted("manufacturer")
def same_tests(article_id: int) -> Page:
    """The tests of another vehicle of the campaign, for this one too."""
    campaign_id = request.form.get("campaign", 0, type=int)
    found = overview.choices(g.sessions, g.actor, campaign_id, now=g.now)[1]
    pattern = next((one for one in found if one.article.id == request.form.get("like", 0, type=int)), None)
    here = next((one for one in found if one.article.id == article_id), None)
    if pattern and here:
        suitable = {procedure.id for procedure in here.procedures}
        wanted = set(here.tests) | (set(pattern.tests) & suitable)
        requests.choose(g.sessions, g.actor, campaign_id, {article_id: wanted}, now=g.now)
    return redirect(url_for(".tests", campaign_id=campaign_id), 303)


@manufacturer.get("/campaigns/<int:campaign_id>/when")
@permitted("manufacturer")
def when(campaign_id: int) -> Page:
    shown = _shown(campaign_id)
    return _step_page("when", shown, form=_filled(WhenForm, shown))


@manufacturer.post("/campaigns/<int:campaign_id>/when")
@permitted("manufacturer")
def save_when(campaign_id: int) -> Page:
    form = WhenForm()
    if form.validate():
        changes = {
            "release_on": form.release_on.data,
            "due_on": form.due_on.data,
            "deadline_on": form.deadline_on.data,
            "priority": int(form.priority.data),
            "confidentiality": Confidentiality(form.confidentiality.data),
        }
        if _saved(form, campaign_id, changes):
            return redirect(url_for(".check", campaign_id=campaign_id), 303)
    return _step_page("when", _shown(campaign_id), form=form), UNPROCESSABLE


@manufacturer.get("/campaigns/<int:campaign_id>/check")
@permitted("manufacturer")
def check(campaign_id: int) -> Page:
    links = overview.links(g.sessions, g.actor, campaign_id)
    return _step_page("check", _shown(campaign_id), links=links, mend_url=mend_url)


@manufacturer.get("/campaigns/<int:campaign_id>/outlook")
@permitted("manufacturer")
def when_possible(campaign_id: int) -> Page:
    """A part of the summary, which asks for it: it takes a second."""
    found = outlook.outlook(g.sessions, g.actor, campaign_id, now=g.now)
    return render_template("manufacturer/outlook.html", outlook=found)


@manufacturer.get("/vehicles/<int:article_id>")
@permitted("manufacturer")
def edit_article(article_id: int) -> Page:
    found = overview.article(g.sessions, g.actor, article_id)
    return render_template("manufacturer/article.html", article=found, form=ArticleForm(formdata=None, obj=found))


@manufacturer.post("/vehicles/<int:article_id>")
@permitted("manufacturer")
def save_article(article_id: int) -> Page:
    form = ArticleForm()
    found = overview.article(g.sessions, g.actor, article_id)
    if form.validate():
        try:
            article.change(g.sessions, g.actor, article_id, **_described(form), now=g.now)
        except Refused as refused:
            form.refuse(refused)
        else:
            notices.say(_("%(article)s is saved.", article=form.label.data))
            return redirect(_after_article(found.campaign_id), 303)
    return render_template("manufacturer/article.html", article=found, form=form), UNPROCESSABLE


@manufacturer.post("/vehicles/<int:article_id>/remove")
@permitted("manufacturer")
def remove_article(article_id: int) -> Page:
    gone = overview.article(g.sessions, g.actor, article_id)
    campaign_id = article.remove(g.sessions, g.actor, article_id, now=g.now)
    notices.say(
        _("%(article)s is taken out.", article=gone.label),
        undo_url=url_for(".add_article", campaign_id=campaign_id),
        label=gone.label,
        category=gone.category,
        make=gone.make,
        model=gone.model,
        vin=gone.vin or "",
    )
    return redirect(url_for(".vehicles", campaign_id=campaign_id), 303)


def mend_url(campaign_id: int, missing: Missing) -> str:
    """Where what is missing can be mended."""
    if missing.request_id and missing.field:
        return url_for(".test", request_id=missing.request_id, _anchor=missing.field)
    anchor = f"article-{missing.article_id}" if missing.article_id else missing.field
    return url_for(f".{missing.step}", campaign_id=campaign_id, _anchor=anchor)


def _described(form: ArticleForm) -> dict[str, Any]:
    return {
        "label": form.label.data or "",
        "category": form.category.data,
        "make": form.make.data or "",
        "model": form.model.data or "",
        "vin": form.vin.data or None,
    }


def _after_article(campaign_id: int) -> str:
    submitted = _shown(campaign_id).was_submitted
    return url_for(".campaign" if submitted else ".vehicles", campaign_id=campaign_id)


def _filled(form: type[Form], shown: Overview) -> Form:
    return form(formdata=None, obj=shown.campaign, version=shown.campaign.version_id)


def _saved(form: WhatForm | WhenForm, campaign_id: int, changes: dict[str, object]) -> bool:
    """Whether the service took it; if not, its refusal stands in the form, which can be sent once more."""
    version = int(form.version.data) if (form.version.data or "").isdecimal() else None
    try:
        campaign.change(g.sessions, g.actor, campaign_id, version=version, now=g.now, **changes)
    except Changed as changed:
        form.refuse(changed)
        form.version.data = str(_shown(campaign_id).campaign.version_id)
    except Refused as refused:
        form.refuse(refused)
    else:
        return True
    return False


def _shown(campaign_id: int) -> Overview:
    return overview.campaign(g.sessions, g.actor, campaign_id, now=g.now)


def _new_page(form: WhatForm) -> str:
    return render_template(
        "manufacturer/steps/what.html", form=form, shown=None, steps=STEPS, here="what", done=frozenset()
    )


def _step_page(name: str, shown: Overview, **context: object) -> str:
    return render_template(
        f"manufacturer/steps/{name}.html", shown=shown, steps=STEPS, here=name, done=_done(shown), **context
    )


def _done(shown: Overview) -> frozenset[str]:
    """The steps that are complete."""
    missing = {one.step for one in shown.missing}
    done = {"what"}
    if shown.campaign.articles and "vehicles" not in missing:
        done.add("vehicles")
    if shown.tests and "tests" not in missing:
        done |= {"tests"} | ({"when"} - missing)
    return frozenset(done)


def _vehicles_page(shown: Overview, form: ArticleForm) -> str:
    latest = campaign.latest(g.sessions, g.actor, besides=shown.campaign.id) if not shown.campaign.articles else None
    return _step_page("vehicles", shown, form=form, latest=latest)


def _tests_page(campaign_id: int) -> str:
    shown, found = overview.choices(g.sessions, g.actor, campaign_id, now=g.now)
    return _step_page("tests", shown, choices=found, pattern_for=_pattern_for)


def _pattern_for(choice: overview.Choice, choices: Sequence[overview.Choice]) -> overview.Choice | None:
    """Another article whose tests this one, which has none, could have too."""
    if choice.tests:
        return None
    alike = (one for one in choices if one.tests and one.article.category == choice.article.category)
    return next(alike, None)
