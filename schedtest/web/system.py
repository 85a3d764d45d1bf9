"""The catalogue to look through, and how the installation stands."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from schedtest.booking import post
from schedtest.booking import system as service
from schedtest.booking.access import NotFound
from schedtest.web import notices
from schedtest.web.admin import admin
from schedtest.web.listing import Paging
from schedtest.web.permission import permitted
from schedtest.web.runs import queue

Page = str | Response

TABLES = {
    "segments": _l("Segments"),
    "routes": _l("Routes"),
    "devices": _l("Devices"),
    "procedures": _l("Test procedures"),
    "sites": _l("Halls and garages"),
}
USES = {"shared": _l("shared"), "exclusive": _l("one at a time")}
HEADS = {
    "segments": (_l("Code"), _l("Name"), _l("Zone"), _l("Length, m"), _l("At once")),
    "routes": (_l("Code"), _l("Name"), _l("Use"), _l("Vehicles at most")),
    "devices": (_l("Code"), _l("Kind"), _l("Serial number"), _l("Calibrated on")),
    "procedures": (_l("Code"), _l("Name"), _l("Standard"), _l("Minutes")),
    "sites": (_l("Code"), _l("Name"), _l("At once")),
}
CELLS: dict[str, Any] = {
    "segments": lambda row: (row.code, row.name, row.zone.name, row.length_m, row.capacity),
    "routes": lambda row: (row.code, row.name, USES[row.use], row.max_vehicles),
    "devices": lambda row: (row.code, row.type.name, row.serial, row.calibrated_on),
    "procedures": lambda row: (row.code, row.name, row.standard, row.duration_min),
    "sites": lambda row: (row.code, row.name, row.capacity),
}


@admin.get("/catalogue")
@permitted("administrator")
def catalogue() -> Page:
    return render_template("admin/catalogue.html", tables=TABLES, counts=service.counts(g.sessions, g.actor))


@admin.get("/catalogue/<table>")
@permitted("administrator")
def catalogue_table(table: str) -> Page:
    if table not in TABLES:
        raise NotFound(table)
    paging = Paging.from_address("code")
    search = request.args.get("q", "").strip()[:100]
    rows, total = service.rows(g.sessions, g.actor, table, search=search, page=paging.page, size=paging.size)
    return render_template(
        "admin/catalogue_table.html",
        title=TABLES[table],
        heads=HEADS[table],
        rows=[CELLS[table](row) for row in rows],
        total=total,
        paging=paging,
        search=search,
    )


@admin.get("/system")
@permitted("administrator")
def system() -> Page:
    paging = Paging.from_address("created_at")
    mails, total = post.unsent(g.sessions, g.actor, page=paging.page, size=paging.size)
    return render_template(
        "admin/system.html",
        installation=service.installation(g.sessions, g.actor),
        mails=mails,
        total=total,
        paging=paging,
        is_given_up=post.is_given_up,
        beat=queue().last_beat(),
        attended=queue().is_attended(g.now),
    )


@admin.post("/system/mails/try-again")
@permitted("administrator")
def try_mails_again() -> Response:
    count = post.try_again(g.sessions, g.actor)
    notices.say(ngettext("%(num)s mail is tried again.", "%(num)s mails are tried again.", count))
    return redirect(url_for(".system"), 303)
