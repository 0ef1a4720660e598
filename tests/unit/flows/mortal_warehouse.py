"""A warehouse in a folder, whose process is killed (SIGKILL) at a point that the test names.

Run as a program it is the child process: it runs one flow and prints what came of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from crossdock.canon import SentShipment, Shipment, ShipmentReport
from crossdock.connectors.contract import Account, Applied, Outcome, Reject, RemoteRecord, Row, Rows

FOLDER, POINT = "MORTAL_FOLDER", "MORTAL_POINT"


def die_at(point: str) -> None:
    """Kill this process, without any chance to tidy up, if this is the point."""
    if os.environ.get(POINT) == point:
        os.kill(os.getpid(), signal.SIGKILL)


class FolderOutbox:
    """``prepared/KEY`` becomes ``out/KEY`` in one step."""

    def __init__(self, folder: Path) -> None:
        self._prepared, self._out = folder / "prepared", folder / "out"

    def prepare(self, records: Sequence[Shipment], key: str) -> None:
        """Write the file where nobody looks."""
        self._prepared.joinpath(key).write_bytes(msgspec.json.encode(list(records)))
        die_at("prepared")

    def send(self, key: str) -> Outcome:
        """Move it where it counts."""
        die_at("claimed")
        self._prepared.joinpath(key).rename(self._out / key)
        die_at("sent")
        return Applied(remote_id=key)

    def sent(self, key: str) -> bool:
        """Whether it is there."""
        return self._out.joinpath(key).exists()


class FolderInbox:
    """Files in ``in`` that move to ``done``, with their rejects beside them."""

    def __init__(self, folder: Path) -> None:
        self._in, self._done = folder / "in", folder / "done"

    def waiting(self, sent: Sequence[SentShipment]) -> Sequence[str]:
        """Name the files."""
        return sorted(path.name for path in self._in.iterdir())

    def read(self, name: str) -> RemoteRecord:
        """Read one."""
        return RemoteRecord(remote_id=name, updated_at=None, document=(self._in / name).read_bytes())

    def translate(self, record: RemoteRecord, account: Account) -> Rows[ShipmentReport]:
        """Read its rows; a string is a bad one."""
        raw = msgspec.json.decode(record.document, type=list[dict[str, Any] | str])
        rows = tuple(
            Row(number=number, record=msgspec.convert(item, ShipmentReport))
            for number, item in enumerate(raw, start=1)
            if isinstance(item, dict)
        )
        rejects = tuple(
            Reject(number=number, field="row", reason=item)
            for number, item in enumerate(raw, start=1)
            if isinstance(item, str)
        )
        die_at("read")
        return Rows(count=len(raw), rows=rows, rejects=rejects)

    def settle(self, record: RemoteRecord, rejects: Sequence[Reject], refusal: str) -> None:
        """Move the file away."""
        die_at("taken")
        self._done.joinpath(f"{record.remote_id}.rejects").write_bytes(msgspec.json.encode(list(rejects)))
        source = self._in / record.remote_id
        if source.exists():
            source.rename(self._done / record.remote_id)
        die_at("put away")


def child(flow_pk: int) -> str:
    """Run a flow with this warehouse in the place of the scripted one; returns the run's outcome."""
    from scripted_warehouse import ScriptedWarehouse

    from crossdock import connectors
    from crossdock.flows import delivered, handing_over, pull_deliveries
    from crossdock.flows.runs import run_flow
    from crossdock.hub.models import Flow

    folder = Path(os.environ[FOLDER])
    warehouse: Any = ScriptedWarehouse()
    warehouse.shipment_outbox, warehouse.report_inbox = FolderOutbox(folder), FolderInbox(folder)
    connectors.offered = lambda: (warehouse,)
    # Points within our own steps.
    _die_after(handing_over, "settle_attempt", "recording")
    _die_after(delivered, "take_reports", "rows")
    _die_after(pull_deliveries, "_report", "noting")
    warehouse.close = lambda: die_at("over")
    report = run_flow(Flow.objects.get(pk=flow_pk), trigger="test")
    return report.outcome


def _die_after(module: Any, name: str, point: str) -> None:
    original: Callable[..., Any] = getattr(module, name)

    def mortal(*given: Any, **named: Any) -> Any:
        answer = original(*given, **named)
        die_at(point)
        return answer

    setattr(module, name, mortal)


if __name__ == "__main__":
    from crossdock import runtime

    with runtime.start():
        sys.stdout.write(child(int(sys.argv[1])))
