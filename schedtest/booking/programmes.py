"""The usual sets of tests that manufacturers come with, to draw campaigns from that look like real ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from schedtest.booking.request import choices_for, suits
from schedtest.booking.season import Seasons, open_days
from schedtest.models.procedure import Procedure

WORKED_A_DAY = timedelta(hours=8)
ROUND_THE_CLOCK = ("ALWAYS", "ENDURANCE")
LEAST_ROOM = timedelta(weeks=2)
INTAKE = "T39"
"""Weighing and measuring, of no use by itself."""


@dataclass(frozen=True, slots=True)
class Programme:
    """What one kind of campaign tests. articles: by label, the codes of its procedures in the usual order; together
    they make one campaign.   weight: how often it comes.
    """

    name: str
    regulation: str
    categories: tuple[str, ...]
    propulsions: tuple[str, ...]
    articles: Mapping[str, tuple[str, ...]]
    weight: int


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PASSENGER = ("M1", "M1", "M1", "N1")
HEAVY = ("N3", "N2", "M3", "M2")
ENGINES = ("petrol", "petrol", "diesel", "gas", "hybrid")

PROGRAMMES = (
    Programme(
        "Type approval",
        "TR CU 018/2011",
        PASSENGER,
        ENGINES,
        {
            "Road vehicle": _codes("T39 T44 T36 T20 T12 T34 T09 T07 T10 T01 T02 T04 T05 T11 T06 T31 T32 T37"),
            "Emissions vehicle": _codes("T39 T36 T18 T26 T27 T28 T40 T41 T19 T22"),
            "Crash vehicle 1": _codes("T39 T23A"),
            "Crash vehicle 2": _codes("T39 T24"),
        },
        3,
    ),
    Programme(
        "Brakes and stability",
        "UN R13-H, R140",
        PASSENGER,
        (*ENGINES, "electric"),
        {"Road vehicle": _codes("T39 T44 T01 T02 T04 T11 T06 T05")},
        4,
    ),
    Programme(
        "Handling",
        "GOST 31507",
        PASSENGER,
        (*ENGINES, "electric"),
        {"Road vehicle": _codes("T39 T09 T07 T08 T10 T47 T20 T34")},
        4,
    ),
    Programme(
        "Emissions and consumption",
        "UN R83, R101",
        PASSENGER,
        ENGINES,
        {"Emissions vehicle": _codes("T39 T36 T18 T26 T27 T28 T50")},
        3,
    ),
    Programme(
        "Driver assistance",
        "UN R152",
        PASSENGER,
        (*ENGINES, "electric"),
        {"Road vehicle": _codes("T39 T44 T01 T15 T19")},
        2,
    ),
    Programme(
        "Noise and comfort",
        "UN R51.03",
        PASSENGER,
        (*ENGINES, "electric"),
        {"Road vehicle": _codes("T39 T36 T12 T34 T35 T32 T31 T20")},
        3,
    ),
    Programme(
        "Electrics and cold",
        "UN R10, GOST 30593",
        PASSENGER,
        (*ENGINES, "electric"),
        {"Laboratory vehicle": _codes("T39 T40 T41 T22 T38 T19")},
        3,
    ),
    Programme(
        "Passive safety",
        "UN R94, R95, R137",
        PASSENGER,
        (*ENGINES, "electric"),
        {
            "Crash vehicle 1": _codes("T39 T23A"),
            "Crash vehicle 2": _codes("T39 T23B"),
            "Crash vehicle 3": _codes("T39 T24"),
        },
        2,
    ),
    Programme(
        "Endurance",
        "maker's method",
        PASSENGER,
        ENGINES,
        {
            "Endurance vehicle": _codes("T39 T49 T30A T30B T30C T30D T30E T30F"),
            "Ingress vehicle": _codes("T39 T43"),
        },
        2,
    ),
    Programme(
        "Corrosion",
        "maker's method",
        PASSENGER,
        ENGINES,
        {"Corrosion vehicle": _codes("T39 T29A T29B"), "Ingress vehicle": _codes("T39 T43 T35")},
        1,
    ),
    Programme(
        "Type approval",
        "TR CU 018/2011",
        HEAVY,
        ("diesel", "diesel", "gas"),
        {
            "Road vehicle": _codes("T39 T44 T36 T20 T12 T34 T03 T04 T11 T06 T16 T17 T05 T32 T37"),
            "Laboratory vehicle": _codes("T39 T22 T41 T38"),
        },
        3,
    ),
    Programme(
        "Endurance",
        "maker's method",
        HEAVY,
        ("diesel", "gas"),
        {"Endurance vehicle": _codes("T39 T30A T30B T30C T30D T30E T30F")},
        1,
    ),
    Programme(
        "Tyres",
        "UN R117, R30",
        ("tyre",),
        ("",),
        {"Set 1": _codes("T13 T14"), "Set 2": _codes("T13 T14"), "Drum sample": _codes("T33")},
        3,
    ),
    Programme("Brake pads", "UN R90", ("pads",), ("",), {"Axle set 1": _codes("T21"), "Axle set 2": _codes("T21")}, 2),
    Programme(
        "Lamps",
        "UN R112, R149",
        ("lamp",),
        ("",),
        {"Low beam": _codes("T42"), "High beam": _codes("T42"), "Fog lamp": _codes("T42")},
        2,
    ),
    Programme(
        "Child seats",
        "UN R129",
        ("child-seat",),
        ("",),
        {"Sample 1": _codes("T48"), "Sample 2": _codes("T48"), "Sample 3": _codes("T48")},
        1,
    ),
    Programme("Belts", "UN R16", ("belt",), ("",), {"Sample 1": _codes("T45"), "Sample 2": _codes("T45")}, 1),
)


def time_needed(procedures: list[Procedure]) -> timedelta:
    """Days that an article spends with these tests at the usual pace, weekends and waiting included."""
    days = timedelta()
    for procedure in procedures:
        minutes = procedure.preparation_min + procedure.duration_min
        nonstop = procedure.calendar.code in ROUND_THE_CLOCK
        days += timedelta(minutes=minutes) * (1.5 if nonstop else timedelta(days=1) / WORKED_A_DAY * 0.8)
    return days


def suitable(
    by_code: Mapping[str, Procedure], programme: Programme, category: str, most: timedelta
) -> Iterator[tuple[str, list[Procedure]]]:
    """Each article with the tests that suit its category and that fit into so much time."""
    for label, codes in programme.articles.items():
        tests: list[Procedure] = []
        for code in codes:
            procedure = by_code[code]
            if suits(procedure, category) and time_needed([*tests, procedure]) <= most:
                tests.append(procedure)
        if tests:
            yield label, tests


def can_be_done(procedure: Procedure, category: str, first: date, last: date, *, room: timedelta) -> bool:
    """Whether its seasons leave so much room between two days."""
    possible = choices_for(procedure, category)
    own = {procedure.season} if procedure.season else set()
    seasons: Seasons = tuple(
        frozenset(own | {route.season for route in routes if route.season})
        for choice, routes in procedure.route_choices.items()
        if choice in possible
    ) or (frozenset(own),)
    days = open_days(seasons, first, last)
    return days is not None and days[1] - days[0] >= room


@dataclass(frozen=True, slots=True)
class Drawn:
    """One campaign as it may come: wanted between two days, with the tests of each article by its label.

    left_for_later: what its season does not allow then.
    """

    programme: Programme
    category: str
    propulsion: str
    first: date
    last: date
    articles: Sequence[tuple[str, list[Procedure]]]
    left_for_later: Sequence[Procedure]


def draw(
    random: Random,
    by_code: Mapping[str, Procedure],
    programme: Programme,
    *,
    opens: date,
    closes: date,
    pace: float = 1.0,
) -> Drawn:
    """A campaign that lies between two days, without tests that those days allow no room for.

    pace: 1.0 leaves about twice the time that it needs, 2.0 just that.
    """
    category = random.choice(programme.categories)
    whole = closes - opens + timedelta(days=1)
    articles = list(suitable(by_code, programme, category, whole * 0.6))
    need = max((time_needed(tests) for _, tests in articles), default=timedelta())
    stay = min(whole, max(need * random.uniform(1.5, 2.5), timedelta(weeks=1)) / pace)
    first = opens + timedelta(days=(random.random() * max(timedelta(), whole - max(stay, need))).days)
    last = min(closes, first + timedelta(days=max(1, stay.days - 1)))
    room = min(LEAST_ROOM, last - first)
    possible, left = [], []
    for label, procedures in articles:
        now = [one for one in procedures if can_be_done(one, category, first, last, room=room)]
        left += [one for one in procedures if one not in now]
        if any(one.code != INTAKE for one in now):
            possible.append((label, now))
    propulsion = random.choice(programme.propulsions)
    return Drawn(programme, category, propulsion, first, last, possible, tuple(dict.fromkeys(left)))


def one_of(random: Random, programmes: Sequence[Programme]) -> Programme:
    return random.choices(programmes, [programme.weight for programme in programmes])[0]
