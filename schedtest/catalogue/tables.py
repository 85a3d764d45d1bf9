"""The catalogue's files: their columns, their keys, and which column names rows of which other file."""

from dataclasses import dataclass

from schedtest.models.calendar import WEEKDAYS, HolidayKind
from schedtest.models.crew import CrewKind
from schedtest.models.procedure import PART_CATEGORIES, VEHICLE_CATEGORIES, ProcedureKind
from schedtest.models.route import Permit, Surface, Use
from schedtest.models.segment import Direction, Wetting
from schedtest.models.site import PreparationKind, SiteKind

from .kinds import (
    AMOUNTS,
    CHOICES,
    CLOCK,
    CODE,
    COUNTRY,
    CURRENCY,
    DAY,
    MONEY,
    MONTH_DAY,
    STATES,
    TEXT,
    TIMEZONE,
    WORD,
    YES_OR_NO,
    Kind,
    codes,
    degrees,
    listed,
    one_of,
    optional,
    whole,
)


@dataclass(frozen=True, slots=True)
class Column:
    """refers: the table whose codes it holds."""

    name: str
    kind: Kind
    refers: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """key: the columns that no two rows have alike; rows are written in its order.   alone: other such columns."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("code",)
    alone: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return f"{self.name}.csv"


NAMED = (Column("code", CODE), Column("name", TEXT))
TEMPERATURE = optional(whole(-60, 80))

TABLES = (
    Table(
        "facility",
        (
            *NAMED,
            Column("timezone", TIMEZONE),
            Column("country", COUNTRY),
            Column("latitude", degrees(90)),
            Column("longitude", degrees(180)),
            Column("slot_min", whole(1, 1440)),
            Column("currency", CURRENCY),
            Column("dusk_margin_min", whole(0, 600)),
        ),
    ),
    Table("zones", (*NAMED, Column("confidential", YES_OR_NO), Column("sweep_min", whole(0)))),
    Table("seasons", (*NAMED, Column("opens", MONTH_DAY), Column("closes", MONTH_DAY))),
    Table("calendars", (*NAMED, Column("keeps_holidays", YES_OR_NO), Column("shortened", YES_OR_NO))),
    Table(
        "calendar_windows",
        (
            Column("calendar", CODE, "calendars"),
            Column("weekdays", listed(WEEKDAYS)),
            Column("starts", CLOCK),
            Column("ends", CLOCK),
            Column("season", optional(CODE), "seasons"),
        ),
        key=("calendar", "weekdays", "starts", "season"),
    ),
    Table("holidays", (Column("day", DAY), Column("name", TEXT), Column("kind", one_of(HolidayKind))), key=("day",)),
    Table(
        "daylight",
        (Column("from_day", MONTH_DAY), Column("sunrise", CLOCK), Column("sunset", CLOCK)),
        key=("from_day",),
    ),
    Table(
        "segments",
        (
            *NAMED,
            Column("zone", CODE, "zones"),
            Column("length_m", whole(1)),
            Column("lanes", whole(1)),
            Column("capacity", whole(1)),
            Column("direction", one_of(Direction)),
            Column("surface", TEXT),
            Column("vmax_kmh", whole(1)),
            Column("wetting", one_of(Wetting)),
        ),
    ),
    Table("state_resources", (*NAMED, Column("segments", codes(), "segments"), Column("initial", optional(WORD)))),
    Table(
        "state_changes",
        (
            Column("state_resource", CODE, "state_resources"),
            Column("before", WORD),
            Column("after", WORD),
            Column("minutes", whole(0)),
            Column("season", optional(CODE), "seasons"),
        ),
        key=("state_resource", "before", "after", "season"),
    ),
    Table(
        "routes",
        (
            *NAMED,
            Column("segments", codes(">"), "segments"),
            Column("use", one_of(Use)),
            Column("max_vehicles", whole(1)),
            Column("categories", listed(VEHICLE_CATEGORIES)),
            Column("surface", one_of(Surface)),
            Column("wind_max_ms", optional(whole(0))),
            Column("temp_min_c", TEMPERATURE),
            Column("temp_max_c", TEMPERATURE),
            Column("daylight", YES_OR_NO),
            Column("states", STATES, "state_resources"),
            Column("permit", one_of(Permit)),
            Column("calendar", CODE, "calendars"),
            Column("season", optional(CODE), "seasons"),
            Column("hour_price", MONEY),
        ),
    ),
    Table(
        "sites",
        (
            *NAMED,
            Column("kind", one_of(SiteKind)),
            Column("capacity", whole(1)),
            Column("calendar", CODE, "calendars"),
        ),
    ),
    Table(
        "crews",
        (
            *NAMED,
            Column("kind", one_of(CrewKind)),
            Column("permit", optional(one_of(Permit))),
            Column("calendar", CODE, "calendars"),
            Column("people", whole(1)),
        ),
    ),
    Table(
        "device_types",
        (
            *NAMED,
            Column("kind", TEXT),
            Column("cal_interval_days", whole(1)),
            Column("cal_duration_days", whole(1)),
            Column("home_lab", TEXT),
            Column("kept_overnight", YES_OR_NO),
            Column("turnaround_min", whole(0)),
        ),
    ),
    Table(
        "devices",
        (
            Column("code", CODE),
            Column("type", CODE, "device_types"),
            Column("serial", TEXT),
            Column("calibrated_on", DAY),
        ),
        alone=("serial",),
    ),
    Table(
        "procedures",
        (
            *NAMED,
            Column("standard", TEXT),
            Column("categories", listed((*VEHICLE_CATEGORIES, *PART_CATEGORIES))),
            Column("kind", one_of(ProcedureKind)),
            Column("duration_min", whole(1)),
            Column("repeats", whole(1)),
            Column("preparation_min", whole(0)),
            Column("prep_site_kind", optional(one_of(PreparationKind))),
            Column("prep_valid_min", whole(0)),
            Column("site_kind", optional(one_of(SiteKind))),
            Column("drivers", whole(0)),
            Column("engineers", whole(0)),
            Column("technicians", whole(0)),
            Column("surface", optional(one_of(Surface))),
            Column("wind_max_ms", optional(whole(0))),
            Column("temp_min_c", TEMPERATURE),
            Column("temp_max_c", TEMPERATURE),
            Column("daylight", YES_OR_NO),
            Column("destructive", YES_OR_NO),
            Column("interruptible", YES_OR_NO),
            Column("calendar", CODE, "calendars"),
            Column("season", optional(CODE), "seasons"),
            Column("price", MONEY),
            Column("devices", AMOUNTS, "device_types"),
            Column("routes", CHOICES, "routes"),
        ),
    ),
    Table(
        "procedure_order",
        (Column("before", CODE, "procedures"), Column("after", CODE, "procedures")),
        key=("before", "after"),
    ),
)
