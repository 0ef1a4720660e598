"""Watching a long piece of work."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Is told how far a piece of work has come."""

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """`done` of `total` (None: unknown) records of `stage`, e.g. ``pull orders``."""


class Silent:
    """Watches nothing."""

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Do nothing."""
