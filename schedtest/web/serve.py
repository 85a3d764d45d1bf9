"""The web server and the worker as processes of their own."""

import logging

import waitress

from schedtest.settings import Settings
from schedtest.web.app import create_app

THREADS = 8


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve the pages until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = create_app(settings)
    waitress.serve(app, host=host, port=port, threads=THREADS, ident=None, clear_untrusted_proxy_headers=True)
