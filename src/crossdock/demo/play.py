"""The whole demo from the first process to the proof."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import msgspec

from crossdock import runtime
from crossdock.config import PREFIX
from crossdock.demo.browser import Browser
from crossdock.demo.endings import Endings
from crossdock.demo.household import Household
from crossdock.demo.narrator import Narrator
from crossdock.demo.place import claimed_folder, claimed_ports
from crossdock.demo.store import Store
from crossdock.server import free_port

if TYPE_CHECKING:
    from crossdock.demo.life import Happened
    from crossdock.demo.promises import Promise
    from crossdock.demo.settling import Settling
    from crossdock.flows.health import FlowHealth
    from crossdock.hub.models import Integration

HOST = "127.0.0.1"
FIRST_PORT = 8017
EMAIL = "demo@crossdock.example"
CONNECTOR = "ecwid"
CALLBACK, WEBHOOKS = f"/connect/{CONNECTOR}/callback", f"/webhooks/{CONNECTOR}"
SEARCH_LAG = 1.0
"""Seconds the stand-in store's search runs behind; the hub is told a little more."""
HUB_LAG = SEARCH_LAG + 0.2
START_SECONDS = 120.0
STORE_SECONDS = 180.0
AUTHOR = "demo"


@dataclass
class Result:
    """Everything there is to show at the end."""

    seconds: float = 0.0
    flows: list[FlowHealth] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    happened: Happened | None = None
    imported: int = 0
    adopted: int = 0
    nudged: list[str] = field(default_factory=list)
    portal_url: str = ""
    email: str = EMAIL
    password: str = ""
    store_url: str = ""
    store_id: int = 0
    control_url: str = ""

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return bool(self.promises) and all(promise.kept for promise in self.promises)


class Play:
    """One demo. A context manager: at its end everything it started is gone, and so is its folder."""

    def __init__(self, narrator: Narrator, *, orders: int, seed: int) -> None:
        self._narrator, self._orders, self._seed = narrator, orders, seed
        self._stack = ExitStack()
        self._result = Result(password=secrets.token_urlsafe(12))
        self._begun = time.monotonic()

    def __enter__(self) -> Play:
        self._stack.__enter__()
        self._endings = self._stack.enter_context(Endings(Play.__exit__.__code__))
        return self

    def __exit__(self, *_error: object) -> None:
        self._endings.heard()
        self._stack.__exit__(None, None, None)

    def run(self) -> Result:
        """Play it, and return what came of it. Raises `DemoError` and whatever a start may raise."""
        folder = self._stack.enter_context(claimed_folder(os.environ))
        folder.mkdir(parents=True, exist_ok=True)
        self._household = Household(folder)
        store = self._start(folder)
        self._connect()
        self._carry(store)
        self._result.seconds = time.monotonic() - self._begun
        return self._result

    def stay(self) -> None:
        """Keep everything running until Ctrl-C or the like."""
        try:
            while True:
                self._household.check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            self._endings.heard()

    # -- acts

    def _start(self, folder: Path) -> Store:
        """Start the store, the database, the web server and the worker."""
        with claimed_ports():
            port = free_port(HOST, FIRST_PORT)
            self._result.portal_url = address = f"http://{HOST}:{port}"
            secret = secrets.token_urlsafe(24)
            with self._narrator.stage("Stand-in store"):
                facts = self._start_store(address, secret)
                self._narrator.detail(f"{facts['url']}, {self._orders} past orders")
            environ = self._environ(folder, facts, secret)
            self._start_database(environ)
            with self._narrator.stage("Web server and worker"):
                python = [sys.executable, "-m", "crossdock"]
                self._household.start(
                    "web server", [*python, "web", "--host", HOST, "--port", str(port)], environ
                )
                self._household.start("worker", [*python, "worker"], environ)
                self._household.wait_for("The hub", self._healthy, START_SECONDS)
                self._narrator.detail(address)
        store = self._stack.enter_context(Store(facts))
        self._result.store_url, self._result.store_id = store.url, store.store_id
        self._result.control_url = store.control_url
        return store

    def _start_store(self, address: str, secret: str) -> dict[str, object]:
        command = [
            sys.executable, "-m", "ecwid_twin.cli", "serve", "--json", "--exit-with-parent",
            "--host", HOST, "--port", "0", "--orders", str(self._orders), "--seed", str(self._seed), "--lag",
            str(SEARCH_LAG), "--client-id", "crossdock-demo", "--client-secret", secret,
            "--redirect-uri", address + CALLBACK, "--webhook-url", address + WEBHOOKS,
        ]  # fmt: skip
        self._stack.callback(self._household.end)
        line = self._household.start_talking("stand-in store", command, _inherited(), STORE_SECONDS)
        facts: dict[str, object] = msgspec.json.decode(line)
        return facts

    def _environ(self, folder: Path, facts: Mapping[str, object], secret: str) -> dict[str, str]:
        return _inherited() | {
            "CROSSDOCK_DATA_DIR": str(folder),
            "CROSSDOCK_PUBLIC_URL": self._result.portal_url,
            "CROSSDOCK_ECWID_CLIENT_ID": "crossdock-demo",
            "CROSSDOCK_ECWID_CLIENT_SECRET": secret,
            "CROSSDOCK_ECWID_API_URL": str(facts["apiUrl"]),
            "CROSSDOCK_ECWID_OAUTH_URL": str(facts["oauthUrl"]),
        }

    def _start_database(self, environ: dict[str, str]) -> None:
        with self._narrator.stage("Database"):
            running = runtime.start(environ | {"CROSSDOCK_LOG_LEVEL": "error"}, durable=False)
            self._stack.callback(running.close)
            # The others must let go first: the last one out stops the server and waits for it.
            self._stack.callback(self._household.end)
            from django.core.management import call_command

            from crossdock.hub.models import Organization
            from crossdock.portal.identity.first_administrator import create_first_administrator
            from crossdock.routing.rules.book import set_default

            call_command("migrate", interactive=False, verbosity=0)
            create_first_administrator(
                email=EMAIL, password=self._result.password, organization="Demo shop", timezone="UTC"
            )
            # Nobody waits ten minutes here: what no other rule holds goes through at once.
            set_default(
                Organization.objects.get(), [{"do": "release"}], author=AUTHOR, reason="a demo is short"
            )
            self._narrator.detail(f"PostgreSQL {running.database.version}")

    def _healthy(self) -> bool:
        try:
            return httpx2.get(f"{self._result.portal_url}/health", trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False

    def _connect(self) -> None:
        """Connect the store as a merchant does: refuse once, then allow."""
        from crossdock.flows import connecting
        from crossdock.hub.models import Integration, Organization

        with (
            self._narrator.stage("Connect through the store's consent page"),
            Browser(self._result.portal_url) as browser,
        ):
            organization = Organization.objects.get()
            integration = connecting.add_integration(organization, CONNECTOR, author=AUTHOR)
            browser.log_in(EMAIL, self._result.password)
            browser.answer_consent(integration.key, "deny", "Not connected")
            browser.answer_consent(integration.key, "allow", "is connected")
            self._integration: Integration = Integration.objects.select_related("organization").get(
                pk=integration.pk
            )
            self._narrator.detail(f"denied once, then allowed: {self._integration.name}")

    def _carry(self, store: Store) -> None:
        """Turn the flows on, bring in history, let life happen, and prove it."""
        from crossdock.demo import promises
        from crossdock.demo.life import Life
        from crossdock.demo.settling import Settling
        from crossdock.demo.shop import Shop
        from crossdock.flows import adoption, health, switches
        from crossdock.hub.clock import system_clock

        integration, narrator = self._integration, self._narrator
        settling = Settling(self._household, store, integration, narrator)
        with narrator.stage("Locations and products in"):
            switches.set_settings(integration, {"searchLagSeconds": HUB_LAG}, author=AUTHOR)
            choices = {"orders": "pull", "products": "both"}
            switches.set_flows(integration, choices, author=AUTHOR, now=system_clock())
            settling.until_quiet("The catalogue is in")
        with narrator.stage("History in"):
            self._import(settling)
        with narrator.stage("First counts taken from the store, stock and shipments turned on"):
            self._result.adopted = adoption.adopt_stock(integration, author=AUTHOR, observer=narrator)
            choices = {"inventory": "push", "fulfillments": "push"}
            switches.set_flows(integration, choices, author=AUTHOR, now=system_clock())
            settling.until_quiet("Stock is equal on both sides")
        shop = Shop(store, integration, settling, self._seed)
        self._result.happened = Life(shop, narrator).go_on()
        with narrator.stage("Proof"):
            truth = promises.Truth(store).read()
            self._result.promises = promises.verify(truth, integration, self._result.happened)
            self._result.flows = health.flow_health(integration)
            self._result.nudged = settling.nudged

    def _import(self, settling: Settling) -> None:
        """Have the worker import all history, and watch it."""
        from django.db import transaction

        from crossdock.flows import importing, jobs

        since = datetime(2000, 1, 1, tzinfo=UTC)
        backfill = importing.start_import(self._integration, "orders", since=since, author=AUTHOR)

        def finished() -> bool:
            backfill.refresh_from_db()
            self._narrator.progress("orders", backfill.read, backfill.total)
            if backfill.state == "running":
                with transaction.atomic():
                    jobs.queue_import(backfill)
            return bool(backfill.state == "completed")

        settling.until("History is imported", finished)
        settling.until_quiet("History is routed")
        self._result.imported = backfill.read


def _inherited() -> dict[str, str]:
    """Our environment without Crossdock's settings: the demo has its own, whatever is set for a real hub."""
    return {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "DJANGO_"))}
