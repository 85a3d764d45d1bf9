"""All tables. Importing this package makes the metadata whole."""

from schedtest.models.base import Base, UTCDateTime
from schedtest.models.booking import ArticleHold, Booking, DeviceHold, RoadHold
from schedtest.models.campaign import ArticleKind, Campaign, Confidentiality, TestArticle, state_of_campaign
from schedtest.models.closure import Closure
from schedtest.models.event import Event
from schedtest.models.mail import Mail
from schedtest.models.organisation import Organisation
from schedtest.models.plan import LeftOut, Part, Placement, Plan, PlanState
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
from schedtest.models.run import Run, RunState
from schedtest.models.user import Language, Role, User

__all__ = [
    "ENDED",
    "TRANSITIONS",
    "ArticleHold",
    "ArticleKind",
    "Base",
    "Booking",
    "Campaign",
    "Closure",
    "Confidentiality",
    "Dependency",
    "DeviceHold",
    "Event",
    "Language",
    "LeftOut",
    "Mail",
    "Organisation",
    "Part",
    "Placement",
    "Plan",
    "PlanState",
    "RequestDevice",
    "RequestRoute",
    "RoadHold",
    "Role",
    "Run",
    "RunState",
    "State",
    "TestArticle",
    "TestRequest",
    "UTCDateTime",
    "User",
    "WrongState",
    "state_of_campaign",
]
