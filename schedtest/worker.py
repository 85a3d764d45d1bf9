"""The worker: does what the pages ask for, and what the clock asks for. As many may run as there are machines."""

import logging
import threading
from datetime import UTC, datetime
from functools import partial

from huey import crontab

from schedtest.booking import forms, post, progress, run, verdict
from schedtest.booking.execute import execute
from schedtest.booking.queue import Queue
from schedtest.cluster import cluster_at
from schedtest.models.database import open_sessions, upgrade
from schedtest.settings import Settings

LOG = logging.getLogger(__name__)

THREADS = 2  # a run takes one of them for minutes; mail goes by the other
LOOK_EVERY_S = 5.0
LEAVING_S = 3.0


def work(settings: Settings) -> int:
    """Work until told to stop by SIGTERM or SIGINT; a run under way is then failed, with the reason. Returns 0."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    upgrade(settings.database)
    sessions = open_sessions(settings.database)
    helpers = partial(cluster_at, settings.dask) if settings.dask else None
    queue = Queue(
        settings.queue,
        lambda run_id: execute(sessions, run_id, clock=_now, stopping=leaving.is_set, helpers=helpers),
    )

    @queue.huey.periodic_task(crontab())
    def every_minute() -> None:
        progress.advance(sessions, _now())
        if settings.smtp:
            post.send_mails(sessions, server=settings.smtp, sender=settings.mail_from, now=_now())

    @queue.huey.periodic_task(crontab(minute="17"))
    def every_hour() -> None:
        forms.let_old_go(sessions, _now())

    def look_after() -> None:
        """Say that we are here, fail runs that died with their worker, check drafts that something has happened to,
        and find the runs that the queue has lost."""
        asked: set[int] = set()
        while not leaving.is_set():
            try:
                queue.beat(_now())
                run.fail_stale(sessions, _now())
                for run_id in set(run.waiting(sessions)) - asked:
                    queue.ask_to_execute(run_id)
                    asked.add(run_id)
                verdict.check_next(sessions, _now())
            except Exception:
                LOG.exception("looking after runs and drafts failed; trying again")
            leaving.wait(LOOK_EVERY_S)

    consumer = queue.huey.create_consumer(workers=THREADS, initial_delay=0.1, max_delay=0.5)
    leaving: threading.Event = consumer.stop_flag
    threading.Thread(target=look_after, name="look after", daemon=True).start()
    print("schedtest works", flush=True)
    consumer.run()
    for _, thread in consumer.worker_threads:
        thread.join(LEAVING_S)
    return 0


def _now() -> datetime:
    return datetime.now(UTC)
