"""Rules that a draft breaks, in people's words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from schedtest.booking.names import Names
from schedtest.booking.snapshot import Snapshot
from schedtest.scheduling.check import Violation

# In English, translated where they are shown. What is not here is said in the core's own words.
SENTENCES = {
    "fixed": "It has begun or begins soon, so it has to stay where the published plan has it.",
    "release": "It would begin too early: in the past, or before what it waits for.",
    "deadline": "It would end after its last possible day.",
    "horizon": "It would end after the last day of the draft.",
    "calendar": "Its place is not within working hours any more.",
    "duration": "It takes longer or shorter than when the draft was made.",
    "mode": "It was changed, or the catalogue was: the way it is planned is no longer one of its ways.",
    "precedence": "It is placed without a test that has to come before it.",
    "together": "It is placed without the test to which it belongs.",
    "min_lag": "It would begin too soon after the test before it.",
    "max_lag": "It would begin too long after the test or the preparation before it.",
    "capacity": "More is taken here than there is.",
    "device type": "Its devices are not those that it needs any more.",
    "device number": "It has too many or too few devices.",
    "device twice": "It has one device twice.",
    "turnaround": "The device has too little time between two tests.",
    "device closure": "The device is not to be had then: at calibration, or closed.",
    "state": "What has to be changed for it beforehand cannot be ready in time.",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """One rule that is broken. tests, things: names.   starts, ends: when, where it is at a time."""

    rule: str
    sentence: str
    tests: tuple[str, ...]
    things: tuple[str, ...]
    starts: datetime | None
    ends: datetime | None


def in_words(session: Session, snapshot: Snapshot, violations: Iterable[Violation]) -> list[Broken]:
    violations = list(violations)
    if not violations:
        return []
    names = Names(session, (text for violation in violations for text in (violation.sentence, *violation.tasks)))
    return list(_broken(snapshot, violations, names))


def _broken(snapshot: Snapshot, violations: Iterable[Violation], names: Names) -> Iterator[Broken]:
    for violation in violations:
        yield Broken(
            rule=violation.rule,
            sentence=SENTENCES.get(violation.rule) or names.say(violation.sentence),
            tests=tuple(dict.fromkeys(names.of(task) for task in violation.tasks)),
            things=tuple(names.of(thing) for thing in violation.resources),
            starts=None if violation.start is None else snapshot.slots.instant(violation.start),
            ends=None if violation.end is None else snapshot.slots.instant(violation.end),
        )
