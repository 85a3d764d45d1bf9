"""Which days a test can be done on at all, as far as seasons go; what else may be in its way, the plan finds out."""

from collections.abc import Iterable
from datetime import date, timedelta

from schedtest.booking.opening import days_between, in_season
from schedtest.models.calendar import Season
from schedtest.models.request import TestRequest

A_YEAR = timedelta(days=366)

Seasons = tuple[frozenset[Season], ...]
"""For each way to do it, the seasons it needs at once."""


def seasons_of(request: TestRequest) -> Seasons:
    """The seasons of the procedure and of each accepted choice of roads."""
    own = {request.procedure.season} if request.procedure.season else set()
    accepted = {row.choice for row in request.routes}
    choices = [
        frozenset(own | {route.season for route in routes if route.season})
        for choice, routes in request.procedure.route_choices.items()
        if not accepted or choice in accepted
    ]
    return tuple(choices) or (frozenset(own),)


def is_open(seasons: Seasons, day: date) -> bool:
    return any(all(in_season(season, day) for season in together) for together in seasons)


def open_days(seasons: Seasons, first: date, last: date) -> tuple[date, date] | None:
    """The first and the last day of the season from `first` to `last`, both included; None without any."""
    if not all(seasons):  # one way to do it knows no season
        return first, last
    days = [day for day in days_between(first, min(last, first + A_YEAR)) if is_open(seasons, day)]
    return (days[0], days[-1]) if days else None


def next_open(seasons: Seasons, day: date) -> date | None:
    """The first day from this one on that lies in the season."""
    return _first(day for day in days_between(day, day + A_YEAR) if is_open(seasons, day))


def _first(days: Iterable[date]) -> date | None:
    return next(iter(days), None)
