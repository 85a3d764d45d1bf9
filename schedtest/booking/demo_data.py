"""The people and vehicles of the demo. All that is asked for, makers of parts and people are made up."""

from dataclasses import dataclass

PASSWORD = "proving-ground-2027"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Maker:
    """vehicles: model and category of each.   vin: how its vehicle identification numbers begin."""

    name: str
    country: str
    host: str
    person: str
    vehicles: tuple[tuple[str, str], ...]
    timezone: str = "Asia/Tehran"
    vin: str = ""


MAKERS = (
    Maker(
        "IKCO",
        "IR",
        "ikco.example",
        "Reza Moradi",
        (("Tara", "M1"), ("Samand LX", "M1"), ("Dena Plus", "M1"), ("Arisun 2", "N1"), ("Rira", "M1")),
        vin="NAA",
    ),
    Maker(
        "SAIPA",
        "IR",
        "saipa.example",
        "Leila Karimi",
        (("Shahin G", "M1"), ("Quick R", "M1"), ("Saina S", "M1"), ("Aria", "M1"), ("151", "N1")),
        vin="NAS",
    ),
    Maker(
        "AvtoVAZ",
        "RU",
        "avtovaz.example",
        "Irina Sokolova",
        (("Lada Vesta", "M1"), ("Lada Granta", "M1"), ("Lada Largus Van", "N1")),
        "Europe/Samara",
        "XTA",
    ),
    Maker(
        "GAZ",
        "RU",
        "gaz.example",
        "Pavel Orlov",
        (("GAZelle NN", "N1"), ("Sobol NN", "M1"), ("GAZon Next", "N2"), ("GAZelle City", "M2")),
        "Europe/Moscow",
        "X96",
    ),
    Maker(
        "KAMAZ", "RU", "kamaz.example", "Timur Galiev", (("54901", "N3"), ("Kompas 9", "N2")), "Europe/Moscow", "XTC"
    ),
    Maker("MAZ", "BY", "maz.example", "Alena Novik", (("6440", "N3"), ("303 city bus", "M3")), "Europe/Minsk", "Y3M"),
    Maker(
        "Yutong", "CN", "yutong.example", "Chen Wei", (("ZK6116", "M3"), ("U12 electric", "M3")), "Asia/Shanghai", "LZY"
    ),
    Maker(
        "Chery",
        "CN",
        "chery.example",
        "Liu Yan",
        (("Tiggo 7", "M1"), ("Arrizo 8", "M1"), ("eQ7", "M1")),
        "Asia/Shanghai",
        "LVV",
    ),
    Maker(
        "UzAuto",
        "UZ",
        "uzauto.example",
        "Dilnoza Yusupova",
        (("Cobalt", "M1"), ("Damas", "N1")),
        "Asia/Tashkent",
        "XWB",
    ),
    Maker("Alborz Tyre", "IR", "alborz-tyre.example", "Hamid Rahimi", (("Damavand 195/65 R15", "tyre"),)),
    Maker("Volga Shina", "RU", "volga-shina.example", "Oleg Titov", (("Polyus 205/55 R16", "tyre"),), "Europe/Moscow"),
    Maker("Pars Lent", "IR", "pars-lent.example", "Sara Ahmadi", (("PL-204 front pads", "pads"),)),
    Maker("Shargh Cheragh", "IR", "shargh-cheragh.example", "Nima Jafari", (("SC-12 LED", "lamp"),)),
    Maker("Minsk Svet", "BY", "minsk-svet.example", "Viktor Lis", (("MS-7 headlamp", "lamp"),), "Europe/Minsk"),
    Maker("Kudak Seat", "TR", "kudak.example", "Elif Demir", (("i-Nest 2", "child-seat"),), "Europe/Istanbul"),
    Maker("Emniyet Belt", "TR", "emniyet.example", "Murat Aydin", (("EB-3 front belt", "belt"),), "Europe/Istanbul"),
)

ADMINISTRATOR = ("administrator@nami.example", "Anna Petrova")
MANAGERS = (("manager@nami.example", "Dmitry Volkov"), ("manager2@nami.example", "Olga Belova"))
