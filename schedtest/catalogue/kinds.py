"""What a cell may hold: how it is read, written, and said to whoever wrote something else."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

LARGEST = 2**31 - 1
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """expected: what would be right, for a fault.   read: raises ValueError.   codes: what a value names in a table."""

    expected: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    codes: Callable[[Any], Iterable[str]] = lambda value: (value,)


def optional(kind: Kind) -> Kind:
    """The same or nothing; nothing is None."""
    return replace(
        kind,
        expected=f"{kind.expected}, or nothing",
        read=lambda text: kind.read(text) if text else None,
        write=lambda value: "" if value is None else kind.write(value),
        codes=lambda value: () if value is None else kind.codes(value),
    )


def whole(least: int, most: int = LARGEST) -> Kind:
    bounds = f"{least} or more" if most == LARGEST else f"from {least} to {most}"

    def read(text: str) -> int:
        value = int(_matching(r"-?[0-9]{1,10}", text))
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return Kind(f"a whole number, {bounds}", read)


def degrees(most: int) -> Kind:
    def read(text: str) -> float:
        value = float(_matching(r"-?[0-9]{1,3}(\.[0-9]{1,8})?", text))
        if abs(value) > most:
            raise ValueError(text)
        return value

    return Kind(f"degrees such as 56.35, from -{most} to {most}", read)


def one_of(words: type[StrEnum]) -> Kind:
    return Kind(f"one of {', '.join(words)}", words)


def listed(words: Sequence[str]) -> Kind:
    """One or more of some words, each once, with spaces between; given and kept in the order of the words."""

    def read(text: str) -> tuple[str, ...]:
        found = _once(text.split())
        if not found or not found <= set(words):
            raise ValueError(text)
        return tuple(word for word in words if word in found)

    return Kind(f"one or more of {' '.join(words)}, with spaces between", read, " ".join, lambda value: value)


def codes(separator: str = " ") -> Kind:
    """One or more codes, each once."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(_code(part.strip()) for part in text.split(separator))
        _once(found)
        return found

    name = {" ": "spaces"}.get(separator, f"'{separator}'")
    return Kind(f"codes, each once, with {name} between", read, separator.join, lambda value: value)


def _once(parts: Sequence[str]) -> set[str]:
    found = set(parts)
    if len(found) < len(parts):
        raise ValueError(parts)
    return found


def _matching(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(text)
    return text


def _text(text: str) -> str:
    if not text or len(text) > LONGEST or not text.isprintable():
        raise ValueError(text)
    return text


def _code(text: str) -> str:
    return _matching(r"[A-Z0-9]([A-Z0-9-]{0,28}[A-Z0-9])?", text)


def _pairs(value: str) -> Callable[[str], dict[str, str]]:
    """Reads 'CODE:value CODE:value', each code once; value: a pattern."""

    def read(text: str) -> dict[str, str]:
        pairs = [_matching(rf"[A-Z0-9-]+:{value}", part).partition(":") for part in text.split()]
        _once([code for code, _, _ in pairs])
        return {code: found for code, _, found in pairs}

    return read


def _write_pairs(pairs: Mapping[str, object]) -> str:
    return " ".join(f"{code}:{value}" for code, value in sorted(pairs.items()))


def _read_amounts(text: str) -> dict[str, int]:
    return {code: int(amount) for code, amount in _pairs("[1-9][0-9]{0,3}")(text).items()}


def _read_choices(text: str) -> tuple[tuple[str, ...], ...]:
    choices = tuple(tuple(_code(code.strip()) for code in choice.split("+")) for choice in text.split("|") if text)
    for choice in choices:
        _once(choice)
    _once(["+".join(sorted(choice)) for choice in choices])
    return choices


def _write_choices(choices: Iterable[Sequence[str]]) -> str:
    return "|".join(sorted("+".join(choice) for choice in choices))


def _read_timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(text)
    return text


def _read_month_day(text: str) -> str:
    date.fromisoformat(f"2024-{_matching('[0-9]{2}-[0-9]{2}', text)}")
    return text


TEXT = Kind(f"a text of 1 to {LONGEST} characters on one line", _text)
CODE = Kind("a code of capital letters and digits with hyphens between, 30 at most", _code)
WORD = Kind("one word of letters, digits and hyphens", lambda text: _matching(r"[A-Za-z0-9][A-Za-z0-9-]{0,29}", text))
YES_OR_NO = Kind(
    "yes or no", lambda text: _matching("yes|no", text.lower()) == "yes", lambda value: "yes" if value else "no"
)
DAY = Kind(
    "a day such as 2026-11-25", lambda text: date.fromisoformat(_matching("[0-9]{4}-[0-9]{2}-[0-9]{2}", text)), str
)
MONTH_DAY = Kind("a month and a day such as 04-16", _read_month_day)
CLOCK = Kind(
    "a time of day such as 06:30",
    lambda text: time.fromisoformat(_matching("[0-9]{2}:[0-9]{2}", text)),
    lambda value: f"{value:%H:%M}",
)
MONEY = Kind(
    "an amount such as 14000.00, 0 or more",
    lambda text: Decimal(_matching(r"[0-9]{1,10}(\.[0-9]{1,2})?", text)),
    lambda value: f"{value:.2f}",
)
TIMEZONE = Kind("a time zone such as Europe/Moscow", _read_timezone)
COUNTRY = Kind("a country's two letters", lambda text: _matching("[A-Z]{2}", text))
CURRENCY = Kind("a currency's three letters", lambda text: _matching("[A-Z]{3}", text))
AMOUNTS = Kind("CODE:amount with spaces between, each code once", _read_amounts, _write_pairs, lambda value: value)
STATES = Kind("CODE:state with spaces between, each code once", _pairs("[A-Za-z-]+"), _write_pairs, lambda value: value)
CHOICES = Kind(
    "codes, with + between those taken together and | between choices, each choice once",
    _read_choices,
    _write_choices,
    lambda value: (code for choice in value for code in choice),
)
