"""A clock that is set by hand, and a program that listens for notices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.hub.receiver import Listening, Receiver

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.CROSSDOCK = replace(settings.CROSSDOCK, webhook_private_hosts=("127.0.0.1",))
    listening = Listening()
    yield listening.receiver
    listening.close()
