from pathlib import Path

import pytest

from tests.browser import address, context, page  # noqa: F401
from tests.pages import app, sessions, settings  # noqa: F401
from tests.web.asking import institute_template  # noqa: F401


@pytest.fixture(scope="session")
def peopled_template(institute_template: Path) -> Path:  # noqa: F811
    return institute_template
