"""A stand-in store in a process of its own, and what the benchmarks ask of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import httpx2
import msgspec

NO_LIMIT = 1_000_000
"""Calls a minute: the limit is measured by itself, in the hub's own gate."""


class Shop(NamedTuple):
    """Where a store is. `control` is the address by which it is told what to do."""

    store_id: str
    token: str
    api: str
    oauth: str
    control: str

    def calls(self) -> int:
        """Return how many API calls the store has received."""
        return msgspec.json.decode(self._control("GET", "calls/count"), type=dict[str, int])["count"]

    def forget_calls(self) -> None:
        """Count calls from nought again."""
        self._control("DELETE", "calls")

    def change_orders(self, count: int) -> int:
        """Let the merchant write a note into up to `count` orders; returns how many there were."""
        with httpx2.Client(base_url=self.control, timeout=60) as http:
            answer = http.get("/orders", params={"fields": "orderNumber,paymentStatus"}).raise_for_status()
            finished = [
                order["orderNumber"]
                for order in msgspec.json.decode(answer.content)
                if order["paymentStatus"] != "INCOMPLETE"
            ]
            for number, order in enumerate(finished[:count]):
                note = {"privateAdminNotes": f"looked at, {number}"}
                http.patch(f"/orders/{order}", json=note).raise_for_status()
        return len(finished[:count])

    def _control(self, method: str, path: str) -> bytes:
        return httpx2.request(method, f"{self.control}/{path}", timeout=60).raise_for_status().content


@contextmanager
def opened(orders: int) -> Iterator[Shop]:
    """Start a store with `orders` invented orders; it ends here, or when this process does."""
    command = [
        sys.executable, "-m", "ecwid_twin.cli", "serve", "--orders", str(orders), "--rate-limit", str(NO_LIMIT),
        "--lag", "0", "--json", "--exit-with-parent",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None  # a pipe was asked for
        said = process.stdout.readline()
        if not said:
            raise SystemExit("The stand-in store did not start; its own message is above.")
        facts = json.loads(said)
        yield Shop(
            str(facts["storeId"]), facts["token"], facts["apiUrl"], facts["oauthUrl"], facts["controlUrl"]
        )
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
