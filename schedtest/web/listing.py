"""Lists whose page, order and filters stand in the address."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list is wanted, in which order.   page: from 1.   sort: a column's key."""

    page: int
    sort: str
    descending: bool
    size: int = PAGE_SIZE

    @classmethod
    def from_address(cls, default_sort: str, *, descending: bool = False, size: int = PAGE_SIZE) -> "Paging":
        """?page=2&sort=-due: what makes no sense is taken as the default."""
        sort = request.args.get("sort", "")
        if not sort.strip("-"):
            sort = f"-{default_sort}" if descending else default_sort
        page = request.args.get("page", 1, type=int)
        return cls(min(max(page, 1), 1_000_000), sort.removeprefix("-"), sort.startswith("-"), size)

    @property
    def asked(self) -> dict[str, Any]:
        """What services that page by the database are given."""
        return {"sort": self.sort, "descending": self.descending, "page": self.page, "size": self.size}

    def pages(self, total: int) -> int:
        return max(1, -(-total // self.size))

    def first(self) -> int:
        return (self.page - 1) * self.size + 1


def here(**changes: object) -> str:
    """The address of this page with some of its query changed; None takes a part out."""
    query: dict[str, object] = {name: values for name, values in request.args.lists() if name not in changes}
    query.update({name: value for name, value in changes.items() if value is not None})
    return url_for(request.endpoint or "account.home", **(request.view_args or {}), **query)  # type: ignore[arg-type]
