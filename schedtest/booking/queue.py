"""The queue between the pages, which ask, and the worker, which does. Neither needs the other to be there."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from huey import Huey, RedisHuey, SqliteHuey
from sqlalchemy.engine import make_url

LOG = logging.getLogger(__name__)

NAME = "schedtest"
HEART = "worker's heart"
ALIVE_FOR = timedelta(seconds=20)


class Queue:
    """url: sqlite:///file or redis://host.   execute: what to do with a run; only the worker knows."""

    def __init__(self, url: str, execute: Callable[[int], None] | None = None) -> None:
        self.huey = _open(url)

        @self.huey.task()
        def execute_run(run_id: int) -> None:
            assert execute is not None, "pages only ask"
            execute(run_id)

        self._execute_run = execute_run

    def ask_to_execute(self, run_id: int) -> None:
        """A queue that is down is no harm: the worker looks into the database too, now and then."""
        try:
            self._execute_run(run_id)
        except Exception:
            LOG.exception("the queue did not take run %s", run_id)

    def beat(self, now: datetime) -> None:
        """The worker says that it is there."""
        self.huey.put(HEART, now.isoformat())

    def last_beat(self) -> datetime | None:
        """When a worker was last heard of; None for never, or when the queue is down."""
        try:
            said = self.huey.get(HEART, peek=True)
        except Exception:
            LOG.exception("the queue does not answer")
            return None
        return datetime.fromisoformat(said) if said else None

    def is_attended(self, now: datetime) -> bool:
        """Whether a worker is there to do what is asked."""
        beat = self.last_beat()
        return beat is not None and now - beat < ALIVE_FOR


def _open(url: str) -> Huey:
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return SqliteHuey(NAME, filename=where.database, timeout=30, results=False)
    return RedisHuey(NAME, url=url, results=False)
