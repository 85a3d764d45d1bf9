"""Pages for what a manufacturer's people do: ask for tests, and see when they are booked."""

from flask import Blueprint

manufacturer = Blueprint("manufacturer", __name__)
