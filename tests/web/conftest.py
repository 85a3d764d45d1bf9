from tests.browser import address, context, page  # noqa: F401
from tests.pages import (  # noqa: F401
    app,
    client,
    client_as,
    on_the_institute,
    peopled_template,
    sessions,
    settings,
)
