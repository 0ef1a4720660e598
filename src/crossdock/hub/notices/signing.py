"""Proving to a receiver that a notice is ours: a signature over the time of sending and the body."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "cdw_"
"""What every signing secret begins with, so that a leaked one is recognized."""


def new_secret() -> str:
    """Return a fresh signing secret: 192 random bits."""
    return PREFIX + secrets.token_hex(24)


def signature(keys: Sequence[str], timestamp: int, body: bytes) -> str:
    """Return the value of the header ``X-Crossdock-Signature``: ``v1=`` and an HMAC-SHA256 in hex for each key.

    What is signed is the time of sending (seconds since 1970, as text), a dot, and the body, byte for byte.
    """
    message = str(timestamp).encode() + b"." + body
    return ", ".join(f"v1={hmac.new(key.encode(), message, hashlib.sha256).hexdigest()}" for key in keys)
