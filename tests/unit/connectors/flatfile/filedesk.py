"""A desk with a folder of files, a clock that the test moves, and records to hand over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

from crossdock.canon import Address, Shipment, ShipmentLine
from crossdock.connectors.contract import Account, RemoteCall, Services
from crossdock.connectors.flatfile import FLATFILE
from crossdock.connectors.flatfile.session import FlatFileSession

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class CountingGate:
    """A gate that lets everything pass and remembers it."""

    def __init__(self) -> None:
        self.calls: list[RemoteCall] = []

    def enter(self, calls: int = 1) -> None:
        """Let it pass."""

    def block(self, seconds: float) -> None:
        """Nobody waits."""

    def record(self, call: RemoteCall) -> None:
        """Remember it."""
        self.calls.append(call)


class Desk:
    """Opens the folder ``acme`` as often as a test likes, with the options and at the time it likes."""

    def __init__(self, files: Path) -> None:
        self.files, self.root = files, files / "acme"
        self.now, self.gate = MONDAY, CountingGate()
        self.options: dict[str, object] = {}
        self.credentials: dict[str, str] = {"path": "acme"}
        self.account: Account | None = None
        self.sessions: list[FlatFileSession] = []

    @property
    def services(self) -> Services:
        """What a session is given."""
        return Services(
            gate=self.gate,
            clock=lambda: self.now,
            random=Random(len(self.sessions)),
            sleep=lambda seconds: None,
            config={"files_dir": str(self.files)},
        )

    def open(self, **options: object) -> FlatFileSession:
        """Open a session of its own; the first one connects."""
        if self.account is None:
            self.account = self.unconnected().probe()
        session = FLATFILE.open(self.credentials, self.options | options, self.account, self.services)
        self.sessions.append(cast("FlatFileSession", session))
        return self.sessions[-1]

    def unconnected(self, credentials: Mapping[str, str] | None = None) -> FlatFileSession:
        """Open a session as connecting does: no account is known."""
        opened = FLATFILE.open(credentials or self.credentials, self.options, None, self.services)
        self.sessions.append(cast("FlatFileSession", opened))
        return self.sessions[-1]

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def drop(self, path: str, text: str | bytes) -> Path:
        """Put a file into a folder."""
        target = self.root / path
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def files_in(self, folder: str) -> list[str]:
        """Name the files of a folder, hidden ones as well."""
        return sorted(path.name for path in (self.root / folder).iterdir() if path.is_file())


def shipment(name: str = "S-1", **fields: Any) -> Shipment:
    """A shipping request of two units of one SKU and one of another."""
    values: dict[str, Any] = {
        "ext_shipment_id": name,
        "shipment_id": f"id-{name}",
        "ext_order_id": "1042",
        "order_created_at": MONDAY,
        "line_items": (
            ShipmentLine(unique_id="1", sku="TEA", name="Tea", quantity=2),
            ShipmentLine(unique_id="2", sku="CUP", name="Cup, blue", quantity=1),
        ),
        "shipping_address": Address(first_name="Ada", city="Köln", country="DE", phone="+49 30 1"),
    }
    return Shipment(**(values | fields))
