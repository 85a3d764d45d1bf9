"""JSON between bytes and values: what is wrong with a text is told with its place, and a file is written whole."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from .faults import Fault, Faulty

LONGEST_INTEGER = 30
"""Digits; all that is longer is too large for any field."""


class Literal(str):
    """Shown as it stands, without quotes: a number kept as text, or our own words."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class JsonObject(dict[str, Any]):
    """A JSON object that remembers which of its keys stood there more than once."""

    repeated: tuple[str, ...] = ()

    @classmethod
    def from_pairs(cls, pairs: list[tuple[str, Any]]) -> JsonObject:
        made = cls(pairs)
        if len(made) < len(pairs):
            made.repeated = tuple(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return made


def read_json(path: Path) -> Any:
    """The value in a file, plain or `.gz`. Raises Faulty if it cannot be read or is not JSON."""
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise Faulty([Fault(str(path), "a file that can be read", _reason(error))]) from None
    return parse_json(data, str(path))


def parse_json(data: bytes, name: str) -> Any:
    """The value of a JSON text in UTF-8, with or without a byte-order mark; no float is rounded, none is NaN.

    Floats and integers of more than LONGEST_INTEGER digits come as Literal. Raises Faulty.
    """
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=JsonObject.from_pairs,
            parse_int=lambda text: int(text) if len(text) <= LONGEST_INTEGER else Literal(text),
            parse_float=Literal,
            parse_constant=Literal,
        )
    except UnicodeDecodeError as error:
        found = Literal(f"byte 0x{data[error.start]:02x} at position {error.start}")
        raise Faulty([Fault(name, "text in UTF-8", found)]) from None
    except json.JSONDecodeError as error:
        rest = error.doc[error.pos : error.pos + 20]
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise Faulty([Fault(where, f"JSON ({error.msg})", rest or Literal("the end of the file"))]) from None
    except RecursionError:
        raise Faulty([Fault(name, "JSON that is nested less deeply", Literal("too many levels"))]) from None


def json_text(fields: dict[str, Any]) -> str:
    """An object as JSON, with each element of its lists and objects on a line of its own."""
    return "{\n" + ",\n".join(f" {_dumps(name)}: {_block(value)}" for name, value in fields.items()) + "\n}\n"


def json_list(rows: Iterable[Any]) -> str:
    """A list as JSON, with each element on a line of its own."""
    return "[\n" + ",\n".join(f" {_dumps(row)}" for row in rows) + "\n]\n"


def _block(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n  " + ",\n  ".join(_dumps(row) for row in value) + "\n ]"
    if isinstance(value, dict) and value:
        return "{\n  " + ",\n  ".join(f"{_dumps(key)}: {_dumps(row)}" for key, row in value.items()) + "\n }"
    return _dumps(value)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; `.gz` compressed. Raises Faulty where there is no place to write."""
    data = text.encode()
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    with _faults_of(path):
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe must not be replaced; a folder refuses
            return
        with _temporary(target) as temporary:
            temporary.write_bytes(data)
            temporary.replace(target)


def must_be_writable(path: Path) -> None:
    """Raises Faulty where write_whole could not even begin, so that no work is done in vain."""
    with _faults_of(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError
        if not target.exists() or target.is_file():
            with _temporary(target):
                pass


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A new file beside the target, gone afterwards if it has not taken the target's place."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    temporary.touch(exist_ok=False)
    try:
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        _refuse(path, error)


def _refuse(path: Path, error: Exception) -> NoReturn:
    raise Faulty([Fault(str(path), "a place to write", _reason(error))]) from None


def _reason(error: Exception) -> Literal:
    if isinstance(error, IsADirectoryError):
        return Literal("a folder")
    if isinstance(error, OSError) and error.strerror:
        return Literal(error.strerror)
    return Literal(str(error) or type(error).__name__)
