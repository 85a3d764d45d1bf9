"""The institute as CSV files: the one that comes with the package, and how any is read, checked and written."""

from importlib import resources
from pathlib import Path


def folder() -> Path:
    """The demo institute's files."""
    return Path(str(resources.files(__name__))) / "nami"
