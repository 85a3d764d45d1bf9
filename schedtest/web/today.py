"""What goes on at the institute on one day."""

from datetime import date, timedelta

from flask import g, render_template, request

from schedtest.booking import today as service
from schedtest.web.dates import local
from schedtest.web.manager import manager
from schedtest.web.permission import permitted


@manager.get("/today")
@permitted("manager", "administrator")
def today() -> str:
    this = local(g.now).date()
    day = _day(request.args.get("day", ""), this)
    work = service.day(g.sessions, g.actor, day, now=g.now)
    return render_template(
        "manager/today.html",
        day=day,
        this=this,
        earlier=day - timedelta(days=1),
        later=day + timedelta(days=1),
        work=work,
        going_on=sum(any(starts <= g.now < ends for starts, ends in one.hours) for one in work),
        next_up=next((one for one in work if one.hours[0][0] > g.now), None) if day == this else None,
        now=g.now,
    )


def _day(text: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2100 else otherwise
