"""What stops the demo."""

from __future__ import annotations


class DemoError(Exception):
    """The demo cannot go on: what happened, and the last lines of the process it happened to."""
