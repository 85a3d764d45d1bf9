"""Pages for what the facility's managers do: decide on requests, make and publish the plan."""

from flask import Blueprint

manager = Blueprint("manager", __name__)
