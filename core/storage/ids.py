"""Ids and times of stored rows."""

import secrets
from datetime import UTC, datetime


def new_id() -> str:
    """A short random id that is safe in a URL."""
    return secrets.token_hex(6)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
