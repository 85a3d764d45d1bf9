"""Guessing passwords is slow: failed attempts are counted by address and by account."""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from schedtest.settings import Settings

FAILED_BY_ADDRESS = "30 per minute; 300 per hour"
FAILED_BY_ACCOUNT = "6 per minute; 40 per hour"

limiter = Limiter(get_remote_address)


def init_app(app: Flask, settings: Settings) -> None:
    """The count is shared by all web processes where the queue is, or kept in this one."""
    redis = settings.queue.startswith("redis")
    app.config["RATELIMIT_STORAGE_URI"] = settings.queue if redis else "memory://"
    limiter.init_app(app)


def account_named() -> str:
    return request.form.get("email", "").strip().lower() or "none"
