"""The whole stand-in: stores, tokens, limits, faults, webhooks, and the way a call takes through them."""

from __future__ import annotations

import threading
import time
from random import Random

from ecwid_twin import samples
from ecwid_twin.access.limits import Limits
from ecwid_twin.access.tokens import Token, Tokens
from ecwid_twin.config import Config
from ecwid_twin.control.till import Till
from ecwid_twin.endpoints import router
from ecwid_twin.faults import Dial, Fault
from ecwid_twin.generator.shop import fill
from ecwid_twin.journal import Entry, Journal
from ecwid_twin.settings import Settings
from ecwid_twin.store import Store
from ecwid_twin.webhooks.delivery import Postman
from ecwid_twin.wire.errors import ApiError, bad_token, not_on_plan, scope_missing, store_not_found, suspended
from ecwid_twin.wire.message import Call, Reply

PREFIX = "/api/v3/"
_BODY_KEPT = 20_000


class Twin:
    """A running stand-in. All state changes happen under `lock`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = config.clock
        self.random = config.random or Random(config.seed)  # noqa: S311  # invented data, repeatable by seed
        self.lock = threading.RLock()
        self.settings = Settings(lag=config.lag, rateLimit=config.rate_limit, gzip=config.gzip)
        self.settings.webhookSpeed = config.webhook_speed
        self.tokens = Tokens(self.random)
        self.limits = Limits(self.settings)
        self.dial = Dial()
        self.journal = Journal()
        self.postman = Postman(self.clock, self.settings, config.client_secret)
        self.postman.url = config.webhook_url
        self.redirect_uris = list(config.redirect_uris)
        self.stores: dict[int, Store] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._ticker: threading.Thread | None = None
        self.store = self.add_store(config.store_id, config.currency)
        if config.samples:
            samples.load(self.store)
        if config.orders or config.products:
            fill(self.store, Random(config.seed), config.orders, config.days, config.products)  # noqa: S311 - seeded, so that a shop can be made again
        self.token = self.tokens.issue(
            config.store_id, f"custom-app-{config.store_id}-1", config.token_scopes
        )[0].value

    def add_store(self, store_id: int, currency: str = "") -> Store:
        """A new, empty store with the sample profile; `currency` as ISO 4217, empty for the sample's own."""
        store = Store(self, store_id, samples.profile(), self.random)
        if currency:
            samples.set_currency(store.profile.doc, currency)
        self.stores[store_id] = store
        return store

    # threads

    def start(self) -> None:
        """Start the threads that send webhooks and work batches off."""
        self.postman.start()
        self._ticker = threading.Thread(target=self._tick, name="ecwid-twin-batches", daemon=True)
        self._ticker.start()

    def stop(self) -> None:
        """End the threads."""
        self._stopping = True
        self._wake.set()
        self.postman.stop()
        if self._ticker is not None:
            self._ticker.join(timeout=10)

    def wake(self) -> None:
        """Something new is waiting, or the clock was moved."""
        self._wake.set()
        self.postman.wake()

    def _tick(self) -> None:
        while not self._stopping:
            with self.lock:
                now = self.clock.now()
                for store in self.stores.values():
                    store.batches.advance(now)
                due = [
                    moment
                    for store in self.stores.values()
                    if (moment := store.batches.next_due()) is not None
                ]
            self._wake.wait(min([1.0, *(max(0.005, moment - now) for moment in due)]))
            self._wake.clear()

    # calls

    def handle(self, call: Call) -> tuple[Reply | None, Fault | None]:
        """Answer a call: the reply (None: drop the connection) and the fault that struck it."""
        started = time.perf_counter()
        with self.lock:
            fault = self.dial.strike(call.method, call.path)
            if fault is not None and fault.drift:
                self._drift(call, fault.drift)
            reply: Reply | None = None
            if fault is None or fault.applies:
                reply = self._answer(call)
            if fault is not None:
                reply = None if fault.drop else fault.spoil(reply)
            self.note(call, 0 if reply is None else reply.status, started)
        return reply, fault

    def _drift(self, call: Call, count: int) -> None:
        """Shoppers buy while a client pages: new orders, found by searches at once."""
        text = call.path.removeprefix(PREFIX).partition("/")[0]
        store = self.stores[int(text)] if text.isdecimal() and int(text) in self.stores else self.store
        for _ in range(count):
            Till(store).sell({})
        store.orders.shelf.settle(float("inf"))

    def perform(self, call: Call) -> Reply:
        """Answer an inner call of a batch; a dropped connection shows as a 504 there."""
        reply, _ = self.handle(call)
        return reply or Reply(504, b'{"errorCode":"TIMEOUT","errorMessage":"Request timeout"}')

    def _answer(self, call: Call) -> Reply:
        try:
            return self._dispatch(call)
        except ApiError as error:
            return error.reply()

    def _dispatch(self, call: Call) -> Reply:
        text, _, rest = call.path.removeprefix(PREFIX).partition("/")
        store = self.stores.get(int(text)) if text.isdecimal() else None
        now = self.clock.now()
        if not call.ticket:
            self.limits.admit(call.ip, now)
        if store is None:
            raise store_not_found()
        store.batches.advance(now)
        token = self._token(call, store, now)
        if not call.ticket:
            self.limits.count(token.value, now)
        if not self.settings.apiAvailable:
            raise not_on_plan("Please upgrade your account to access API")
        if self.settings.suspended:
            raise suspended()
        route, ids = router.find(call.method, rest)
        if token.public and not route.public:
            raise scope_missing(route.scopes[0] if route.scopes else "a secret token")
        missing = [] if token.public else [scope for scope in route.scopes if scope not in token.granted]
        if missing:
            raise scope_missing(missing[0])
        return route.handler(store, call, ids)

    def _token(self, call: Call, store: Store, now: float) -> Token:
        """The living token of a call: the header goes before the query. 403 otherwise."""
        if not call.token:
            scheme, _, value = call.headers.get("authorization", "").partition(" ")
            call.token = value.strip() if scheme.lower() == "bearer" else call.query.get("token", "")
        token = self.tokens.get(call.token)
        if token is None or token.store != store.id:
            if not call.ticket:
                self.limits.bad_token(call.ip, now)
            raise bad_token(empty=self.settings.emptyForbidden)
        return token

    def note(self, call: Call, status: int, started: float) -> None:
        """Write a call into the journal; `started` is a `perf_counter` value. Secrets are left out."""
        query = {name: value for name, value in call.query.items() if name not in ("token", "client_secret")}
        body = call.body[:_BODY_KEPT].decode("utf-8", "replace")
        if "/oauth/" in call.path:
            body = ""
        spent = (time.perf_counter() - started) * 1000
        self.journal.add(
            Entry(
                call.method,
                call.path,
                query,
                status,
                self.clock.now(),
                round(spent, 3),
                call.token[-4:],
                call.ticket,
                body,
            )
        )
