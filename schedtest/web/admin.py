"""Pages for what administrators do: runs, the catalogue, people and the system itself."""

from flask import Blueprint

admin = Blueprint("admin", __name__)
