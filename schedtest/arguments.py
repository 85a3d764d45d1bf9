"""What commands share: how they end, how they read files and numbers, and how they refuse what is wrong."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

WORKED, NO, BAD_INPUT = 0, 1, 2

CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")


def complain(sentences: Iterable[object]) -> None:
    for sentence in sentences:
        print(one_line(str(sentence)), file=sys.stderr)


def one_line(text: str) -> str:
    """With control characters and line ends escaped, so that one message stays one line."""
    return CONTROL.sub(lambda letter: ascii(letter[0])[1:-1], text)


def read(*wanted: tuple[Path, Callable[[Path], Any]]) -> tuple[Any, ...]:
    """The files as their readers give them; ends the command with every fault of every file."""
    from schedtest.scheduling.faults import Faulty

    read, sentences = [], []
    for path, reader in wanted:
        try:
            read.append(reader(path))
        except Faulty as faulty:
            named = (str(fault) for fault in faulty.faults)
            sentences += [fault if fault.startswith(str(path)) else f"{path}: {fault}" for fault in named]
    if sentences:
        refuse(sentences)
    return tuple(read)


def refuse(sentences: Iterable[object]) -> NoReturn:
    complain(sentences)
    raise SystemExit(BAD_INPUT)


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of 0 or more, found {text}")
    return value


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 20 or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, found {text}")
        return int(text)

    return whole
