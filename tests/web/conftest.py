from tests.browser import address, browser, context, page  # noqa: F401
from tests.pages import app, client, client_as, peopled_template, sessions, settings  # noqa: F401
