"""The one table of how a state looks: its word, colour and icon in every page, mail and file."""

from dataclasses import dataclass
from typing import Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Colour = Literal["grey", "amber", "orange", "blue", "blue-hatched", "green", "teal", "grey-green", "red"]


@dataclass(frozen=True, slots=True)
class Look:
    word: LazyString
    colour: Colour
    icon: str


LOOKS: dict[str, Look] = {
    # of campaigns and tests
    "draft": Look(_l("draft"), "grey", "pencil"),
    "submitted": Look(_l("submitted"), "amber", "hourglass"),
    "returned": Look(_l("returned"), "orange", "arrow-back-up"),
    "approved": Look(_l("approved"), "blue", "check"),
    "planned": Look(_l("planned"), "blue-hatched", "check"),
    "booked": Look(_l("booked"), "green", "calendar-event"),
    "under_way": Look(_l("under way"), "teal", "player-play"),
    "done": Look(_l("done"), "grey-green", "flag"),
    "not_placed": Look(_l("not placed"), "red", "ban"),
    "rejected": Look(_l("rejected"), "grey", "x"),
    "withdrawn": Look(_l("withdrawn"), "grey", "x"),
    "cancelled": Look(_l("cancelled"), "grey", "x"),
    # of runs
    "queued": Look(_l("queued"), "amber", "hourglass"),
    "running": Look(_l("running"), "teal", "player-play"),
    "finished": Look(_l("finished"), "green", "flag"),
    "failed": Look(_l("failed"), "red", "alert-triangle"),
    # of plans
    "published": Look(_l("published"), "green", "calendar-event"),
    "superseded": Look(_l("superseded"), "grey", "history"),
    "discarded": Look(_l("discarded"), "grey", "x"),
}


def look(state: str) -> Look:
    """How a state looks; raises KeyError for one that is in no table."""
    return LOOKS[state]
