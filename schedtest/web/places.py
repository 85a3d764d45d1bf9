"""The few places of each role, in the bar at the top; the first is home."""

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from schedtest.models.user import Role


@dataclass(frozen=True, slots=True)
class Place:
    label: LazyString
    endpoint: str
    icon: str

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def whose(self) -> str:
        """The blueprint it belongs to: an administrator has a manager's places too, apart from their own."""
        return self.endpoint.partition(".")[0]

    @property
    def here(self) -> bool:
        """The page shown is this place or lies below it."""
        return (request.path + "/").startswith(self.url.rstrip("/") + "/")


MANUFACTURER = (
    Place(_l("Campaigns"), "manufacturer.campaigns", "clipboard-list"),
    Place(_l("Calendar"), "manufacturer.calendar", "calendar"),
    Place(_l("Vehicles and parts"), "manufacturer.articles", "car"),
    Place(_l("Team"), "manufacturer.team", "users"),
)
MANAGER = (
    Place(_l("Review"), "manager.review", "inbox"),
    Place(_l("Plan"), "manager.plan", "timeline"),
    Place(_l("Today"), "manager.today", "clock"),
    Place(_l("Devices and closures"), "manager.devices", "gauge"),
    Place(_l("Figures"), "manager.figures", "chart-bar"),
)
ADMINISTRATOR = (
    Place(_l("Runs"), "admin.runs", "route"),
    Place(_l("Catalogue"), "admin.catalogue", "books"),
    Place(_l("People"), "admin.people", "users"),
    Place(_l("System"), "admin.system", "settings"),
)
PLACES = {
    Role.MANUFACTURER: MANUFACTURER,
    Role.MANAGER: MANAGER,
    Role.ADMINISTRATOR: ADMINISTRATOR + MANAGER,
}


ROLE_WORDS = {
    Role.MANUFACTURER: _l("manufacturer"),
    Role.MANAGER: _l("facility manager"),
    Role.ADMINISTRATOR: _l("administrator"),
}


def initials(name: str) -> str:
    """'Leila Ahmadi' is LA."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def places_of(role: Role) -> list[Place]:
    """The role's places, as far as they are built."""
    return [place for place in PLACES[role] if place.endpoint in current_app.view_functions]


def home_of(role: Role) -> str:
    """The address of the role's first page."""
    places = places_of(role)
    return places[0].url if places else url_for("account.settings")
