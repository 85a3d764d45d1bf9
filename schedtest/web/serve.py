"""The web server as a process of its own."""

import gc
import logging
import sys

import waitress

from schedtest.models.database import upgrade
from schedtest.settings import Settings
from schedtest.web.app import create_app

THREADS = 8
STOPPED, CANNOT = 0, 2


def serve(settings: Settings, *, host: str, port: int) -> int:
    """Serve the pages until interrupted, on a database brought up to date first. Returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    upgrade(settings.database)
    app = create_app(settings)
    set_apart()
    try:
        server = waitress.create_server(app, host=host, port=port, threads=THREADS, ident=None)
    except OSError as error:
        print(f"Cannot listen on {host}:{port}: {error.strerror or error}. Choose another --port.", file=sys.stderr)
        return CANNOT
    print(f"schedtest listens on http://{host}:{port}", flush=True)
    server.run()
    return STOPPED


def set_apart() -> None:
    """Keeps the garbage collector from what is loaded for good: a quarter of the largest pages' time went into it."""
    gc.collect()
    gc.freeze()
