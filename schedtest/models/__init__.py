"""All tables. Importing this package makes the metadata whole."""

from schedtest.models.base import Base, UTCDateTime
from schedtest.models.booking import ArticleHold, Booking, DeviceHold, RoadHold
from schedtest.models.calendar import WEEKDAYS, Calendar, CalendarWindow, Daylight, Holiday, HolidayKind, Season
from schedtest.models.campaign import ArticleKind, Campaign, Confidentiality, TestArticle, state_of_campaign
from schedtest.models.closure import Closure
from schedtest.models.crew import HEAVY_CATEGORIES, Crew, CrewKind, permit_for
from schedtest.models.device import Device, DeviceType
from schedtest.models.event import Event
from schedtest.models.facility import Facility
from schedtest.models.form import KeptForm, SentForm
from schedtest.models.mail import Mail
from schedtest.models.organisation import Organisation
from schedtest.models.plan import DraftCheck, LeftOut, Part, Placement, Plan, PlanState
from schedtest.models.procedure import (
    PART_CATEGORIES,
    VEHICLE_CATEGORIES,
    Procedure,
    ProcedureDevice,
    ProcedureKind,
    ProcedureOrder,
    ProcedureRoute,
)
from schedtest.models.request import (
    ENDED,
    TRANSITIONS,
    Dependency,
    RequestDevice,
    RequestRoute,
    State,
    TestRequest,
    WrongState,
)
from schedtest.models.route import Permit, Route, RouteSegment, RouteState, Surface, Use
from schedtest.models.run import Run, RunState
from schedtest.models.segment import Direction, Segment, Wetting
from schedtest.models.site import PreparationKind, Site, SiteKind
from schedtest.models.state import StateChange, StateResource, StateSegment
from schedtest.models.user import Language, Role, User
from schedtest.models.zone import Zone

__all__ = [
    "ENDED",
    "HEAVY_CATEGORIES",
    "PART_CATEGORIES",
    "TRANSITIONS",
    "VEHICLE_CATEGORIES",
    "WEEKDAYS",
    "ArticleHold",
    "ArticleKind",
    "Base",
    "Booking",
    "Calendar",
    "CalendarWindow",
    "Campaign",
    "Closure",
    "Confidentiality",
    "Crew",
    "CrewKind",
    "Daylight",
    "Dependency",
    "Device",
    "DeviceHold",
    "DeviceType",
    "Direction",
    "DraftCheck",
    "Event",
    "Facility",
    "Holiday",
    "HolidayKind",
    "KeptForm",
    "Language",
    "LeftOut",
    "Mail",
    "Organisation",
    "Part",
    "Permit",
    "Placement",
    "Plan",
    "PlanState",
    "PreparationKind",
    "Procedure",
    "ProcedureDevice",
    "ProcedureKind",
    "ProcedureOrder",
    "ProcedureRoute",
    "RequestDevice",
    "RequestRoute",
    "RoadHold",
    "Role",
    "Route",
    "RouteSegment",
    "RouteState",
    "Run",
    "RunState",
    "Season",
    "Segment",
    "SentForm",
    "Site",
    "SiteKind",
    "State",
    "StateChange",
    "StateResource",
    "StateSegment",
    "Surface",
    "TestArticle",
    "TestRequest",
    "UTCDateTime",
    "Use",
    "User",
    "Wetting",
    "WrongState",
    "Zone",
    "permit_for",
    "state_of_campaign",
]
