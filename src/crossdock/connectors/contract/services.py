"""What the engine hands to a connector, so that it makes none of it for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Protocol

import httpx2
from msgspec import Struct


class RemoteCall(Struct, frozen=True, kw_only=True):
    """One request that was sent, for the record: never with credentials. `seconds` is its duration.

    `status` is 0 where no answer came; `path` has no host; `note` is one line on what came of it.
    """

    method: str
    path: str
    status: int
    seconds: float
    note: str = ""


class Gate(Protocol):
    """Keeps every process within the account's request limit, and counts what is sent."""

    def enter(self, calls: int = 1) -> None:
        """Wait until `calls` requests may be sent. Raises `Retry` when the wait would be too long."""

    def block(self, seconds: float) -> None:
        """Close the gate for every process: the outside system asked for a pause."""

    def record(self, call: RemoteCall) -> None:
        """Note one request that was sent. May be called from several threads."""


class Services(Struct, frozen=True, kw_only=True):
    """Everything a session needs that it must not make for itself.

    `config` holds the installation's settings for this connector (client id, addresses …).
    `transport` None means the real network. `foreign` are the addresses (`Account.url`) of accounts that other
    organizations of this installation have connected by the same connector; given when an account is connected.
    """

    gate: Gate
    clock: Callable[[], datetime]
    random: Random
    sleep: Callable[[float], None]
    config: Mapping[str, str]
    transport: httpx2.BaseTransport | None = None
    foreign: tuple[str, ...] = ()
