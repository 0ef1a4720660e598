"""Crossdock: a self-hosted hub for order operations."""

from __future__ import annotations

__version__ = "0.1.0"
