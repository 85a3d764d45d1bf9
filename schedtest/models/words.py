from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator


class Words(TypeDecorator[tuple[str, ...]]):
    """Short words such as vehicle categories, stored with a space between them."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value.split())
