"""Numbers of rows, as they come in addresses and forms."""

from typing import Any

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1
"""What a database can have for a row."""


class RowId(IntegerConverter):
    """A number in an address; one that no row can have is not found."""

    def __init__(self, map: Map, *arguments: Any, **named: Any) -> None:
        super().__init__(map, *arguments, **{"max": LARGEST, **named})
