"""Runs of the solver: started, watched, stopped and taken away by administrators."""

import json
import os
from collections.abc import Mapping
from datetime import datetime

from flask import current_app, g, make_response, redirect, render_template, url_for
from flask_babel import LazyString, format_decimal, format_percent
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from schedtest.booking import run as service
from schedtest.booking.access import Refused
from schedtest.booking.queue import Queue
from schedtest.models.run import Run, RunState
from schedtest.scheduling.problem import Objective
from schedtest.web import notices
from schedtest.web.admin import admin
from schedtest.web.dates import local
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.listing import Paging
from schedtest.web.permission import permitted

Page = str | Response | tuple[str, int]

STOP_POLLING = 286

PRESETS: dict[str, LazyString] = {
    "on_time": _l("On time first"),
    "short_stays": _l("Short stays"),
    "cheapest": _l("Cheapest"),
    "few_moves": _l("Few moves"),
    service.OWN: _l("Own weights"),
    service.MENDING: _l("Mending"),
}
EXPLAINED: dict[str, LazyString] = {
    "on_time": _l("On time first: a day late costs more than anything but a test without a place"),
    "short_stays": _l("Short stays: each campaign's tests close together"),
    "cheapest": _l("Cheapest: the less expensive of several roads"),
    "few_moves": _l("Few moves: what is published stays where it is wherever it can"),
}
PHASES: dict[str, LazyString] = {
    "": _l("waiting"),
    "reading": _l("reading requests and bookings"),
    "preparing": _l("preparing"),
    "constructing": _l("making a first plan"),
    "improving": _l("improving the plan"),
    "proving": _l("looking for a proof"),
    "explaining": _l("naming devices, checking every rule"),
}
WEIGHTS = ("unscheduled", "tardiness", "stay", "cost", "move")

_number = [InputRequired(_l("Write a whole number."))]


class RunForm(Form):
    starts_on = DateField(_l("First day"), [InputRequired(_l("Choose the first day to plan."))])
    weeks = IntegerField(_l("Weeks"), _number)
    seconds = IntegerField(_l("Time to search"), _number)
    preset = RadioField(
        _l("What counts most"), choices=[SelectChoice(name, label) for name, label in EXPLAINED.items()]
    )
    own = BooleanField(_l("Use these weights instead of the choice above"))
    unscheduled = IntegerField(_l("A test without a place"), _number)
    tardiness = IntegerField(_l("Half an hour late"), _number)
    stay = IntegerField(_l("Half an hour of a campaign's stay"), _number)
    cost = IntegerField(_l("A thousand of the currency"), _number)
    move = IntegerField(_l("A published test moved"), _number)
    seed = IntegerField(_l("Seed"), _number)
    workers = IntegerField(_l("Processes"), _number)

    @property
    def weights(self) -> Objective | None:
        return Objective(**{name: self[name].data for name in WEIGHTS}) if self.own.data else None

    @property
    def advanced_faulty(self) -> bool:
        return any(self[name].errors for name in (*WEIGHTS, "seed", "workers"))


def queue() -> Queue:
    found: Queue = current_app.extensions["queue"]
    return found


@admin.get("/runs")
@permitted("administrator")
def runs() -> Page:
    service.fail_stale(g.sessions, g.now)
    paging = Paging.from_address("created_at", descending=True)
    rows, total = service.runs(g.sessions, g.actor, **paging.asked)
    going_on = service.active(g.sessions, g.actor)
    return render_template(
        "admin/runs.html", rows=rows, total=total, paging=paging, going_on=going_on, presets=PRESETS, gap=gap
    )


@admin.get("/runs/new")
@permitted("administrator")
def new_run() -> Page:
    weights = service.PRESETS["on_time"]
    form = RunForm(
        formdata=None,
        data={
            "starts_on": local(g.now).date(),
            "weeks": 13,
            "seconds": 60,
            "preset": "on_time",
            "seed": 1,
            "workers": len(os.sched_getaffinity(0)),
            **{name: getattr(weights, name) for name in WEIGHTS},
        },
    )
    return _new_run_page(form)


@admin.post("/runs/new")
@permitted("administrator")
def start_run() -> Page:
    form = RunForm()
    if form.validate():
        try:
            run_id = service.start(
                g.sessions,
                g.actor,
                starts_on=form.starts_on.data,
                weeks=form.weeks.data,
                seconds=form.seconds.data,
                preset=form.preset.data,
                weights=form.weights,
                seed=form.seed.data,
                workers=form.workers.data,
                now=g.now,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            queue().ask_to_execute(run_id)
            return redirect(url_for(".run", run_id=run_id), 303)
    return _new_run_page(form), UNPROCESSABLE


def _new_run_page(form: RunForm) -> str:
    return render_template("admin/new_run.html", form=form, weights=WEIGHTS)


@admin.get("/runs/<int:run_id>")
@permitted("administrator")
def run(run_id: int) -> Page:
    return render_template("admin/run.html", presets=PRESETS, **shown_run(run_id))


@admin.get("/runs/<int:run_id>/progress")
@permitted("administrator")
def run_progress(run_id: int) -> Response:
    return progress_of(shown_run(run_id))


def progress_of(shown: Mapping[str, object]) -> Response:
    """The part of a page that lives. Once the run is over the whole page is asked for again, and nothing more."""
    response = make_response(render_template("admin/run_progress.html", **shown))
    if not shown["goes_on"]:
        response.status_code = STOP_POLLING
        response.headers["HX-Refresh"] = "true"
    return response


@admin.post("/runs/<int:run_id>/cancel")
@permitted("administrator")
def cancel_run(run_id: int) -> Response:
    service.cancel(g.sessions, g.actor, run_id, now=g.now)
    notices.say(_("The run stops; its best plan is kept."))
    return redirect(url_for(".run", run_id=run_id), 303)


@admin.post("/runs/<int:run_id>/repeat")
@permitted("administrator")
def repeat_run(run_id: int) -> Response:
    again = service.repeat(g.sessions, g.actor, run_id, now=g.now)
    queue().ask_to_execute(again)
    return redirect(url_for(".run", run_id=again), 303)


@admin.get("/runs/<int:run_id>/problem.json", defaults={"file": "problem"})
@admin.get("/runs/<int:run_id>/solution.json", defaults={"file": "solution"})
@permitted("administrator")
def run_file(run_id: int, file: service.File) -> Response:
    response = make_response(service.download(g.sessions, g.actor, run_id, file))
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="run-{run_id}-{file}.json"'
    return response


def gap(run: Run) -> str:
    """Between the best plan and the proven bound, as a share of the plan's cost; '–' while either is missing."""
    if run.total is None or run.bound is None:
        return "–"
    return str(format_percent((run.total - run.bound) / run.total if run.total else 0, "#,##0.#%"))


def shown_run(run_id: int) -> dict[str, object]:
    """What a page about a run tells."""
    service.fail_stale(g.sessions, g.now)
    shown = service.show(g.sessions, g.actor, run_id)
    run = shown.run
    goes_on = run.state in service.ACTIVE
    return {
        "run": run,
        "plan": shown.plan,
        "plan_url": url_for("manager.plan") if "manager.plan" in current_app.view_functions else None,
        "left_out": shown.left_out,
        "comparison": shown.comparison,
        "saved": _saved(run),
        "goes_on": goes_on,
        "seconds": _seconds(run, g.now),
        "phase": _("stopping") if run.cancel_requested and goes_on else PHASES.get(run.phase, run.phase),
        "gap": gap(run),
        "curve": _curve(run),
        "points": _points(run),
        "unattended": run.state == RunState.QUEUED and not queue().is_attended(g.now),
    }


def _seconds(run: Run, now: datetime) -> int:
    """How long it has gone on, reading and writing included."""
    if run.started_at is None:
        return 0
    return max(0, round(((run.finished_at or now) - run.started_at).total_seconds()))


def _curve(run: Run) -> str:
    """For assets/charts.js."""
    columns = (_("cost of the best plan"), 1), (_("proven: no plan costs less"), 2)
    series = [
        {
            "name": str(name),
            "kind": "step",
            "points": [[row[0], row[column]] for row in run.trace if row[column] is not None],
        }
        for name, column in columns
    ]
    return json.dumps({"x": str(_("seconds")), "y": str(_("cost")), "series": series})


def _saved(run: Run) -> str:
    """By what share of its cost the plan is cheaper than the one with which the search began; empty if it is not."""
    first = next((row[1] for row in run.trace if row[1] is not None), None)
    if not first or run.total is None or run.total >= first:
        return ""
    return str(format_percent((first - run.total) / first, "#,##0.#%"))


def _points(run: Run) -> list[tuple[str, str, str]]:
    """The curve in words, at most about twenty rows of it."""
    every = max(1, len(run.trace) // 20)
    rows = run.trace[::every]
    if run.trace and rows[-1] != run.trace[-1]:
        rows = [*rows, run.trace[-1]]
    return [
        (format_decimal(seconds), *("–" if one is None else format_decimal(one) for one in (total, bound)))
        for seconds, total, bound in rows
    ]
