"""The Ecwid connector on the stand-in store, over real HTTP: connect, read, write, and bad weather.

The two share no code: they meet here, in HTTP and in what ecwid-api/ says.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from crossdock.canon import FulfillmentState, Parcel, Price, Product, Stock
from crossdock.connectors.contract import (
    Account,
    Applied,
    RemoteCall,
    RemoteRecord,
    Services,
    StockChange,
    StockReading,
    Store,
    Window,
)
from crossdock.connectors.ecwid import ECWID
from crossdock.connectors.ecwid.auth import SCOPES
from crossdock.connectors.errors import Gone, InDoubt, Reconnect, Refused, Retry
from ecwid_twin.config import Config
from ecwid_twin.server import Running, running

BACK = "http://127.0.0.1:9/connect"
ALWAYS = Window(field="updated")


class OpenGate:
    """A gate that lets everything through and remembers what was sent."""

    def __init__(self) -> None:
        self.calls: list[RemoteCall] = []
        self.blocked: list[float] = []

    def enter(self, calls: int = 1) -> None:
        """Let them through."""

    def block(self, seconds: float) -> None:
        self.blocked.append(seconds)

    def record(self, call: RemoteCall) -> None:
        self.calls.append(call)


@pytest.fixture(scope="module")
def twin() -> Iterator[Running]:
    config = Config(orders=130, products=12, samples=True, lag=0.0, rate_limit=100_000, redirect_uris=[BACK])
    with running(config) as started:
        yield started


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
def services(twin: Running, gate: OpenGate) -> Services:
    never = threading.Event()

    def sleep(seconds: float) -> None:
        never.wait(min(seconds, 0.05))

    return Services(
        gate=gate,
        clock=lambda: datetime.now(UTC),
        random=Random(3),
        sleep=sleep,
        config={
            "api_url": twin.api_url,
            "oauth_url": twin.oauth_url,
            "client_id": twin.twin.config.client_id,
            "client_secret": twin.twin.config.client_secret,
        },
    )


@pytest.fixture
def session(twin: Running, services: Services) -> Iterator[Store]:
    twin.control.clear_faults()
    token = twin.control.issue_token().value
    opened = ECWID.open({"store_id": str(twin.store_id), "token": token}, {}, None, services)
    yield opened
    opened.close()


@pytest.fixture
def account(session: Store, gate: OpenGate) -> Account:
    found = session.probe()
    gate.calls.clear()
    return found


def everything(session: Store) -> dict[str, RemoteRecord]:
    found: dict[str, RemoteRecord] = {}
    while True:
        page = session.orders.page(ALWAYS, len(found))
        assert not page.unreadable
        found |= {record.remote_id: record for record in page.records}
        if len(found) >= page.total or not page.count:
            return found


class TestConnecting:
    def test_by_oauth_through_the_consent_page(self, twin: Running, services: Services) -> None:
        assert ECWID.oauth is not None
        page = ECWID.oauth.authorize_url(services.config, BACK, "the-state")
        with httpx2.Client() as browser:
            assert "Allow" in browser.get(page).text
            answer = browser.post(
                page.partition("?")[0],
                data={key: values[0] for key, values in parse_qs(urlsplit(page).query).items()}
                | {"decision": "allow", "store_id": str(twin.store_id)},
            )
        sent_back = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert sent_back["state"] == ["the-state"]
        grant = ECWID.oauth.exchange(services, sent_back["code"][0], BACK)
        assert grant.account_id == str(twin.store_id)
        assert set(SCOPES) <= set(grant.scopes)
        opened = ECWID.open(grant.credentials, {}, None, services)
        assert opened.probe().account_id == str(twin.store_id)
        with pytest.raises(Refused) as again:
            ECWID.oauth.exchange(services, sent_back["code"][0], BACK)
        assert again.value.code == "codeExpired"
        with pytest.raises(Reconnect):  # the second exchange killed the first token
            opened.probe()
        opened.close()

    def test_from_the_market_without_a_state(self, twin: Running, services: Services) -> None:
        assert ECWID.oauth is not None
        address = urlsplit(twin.control.market_install(redirect_uri=BACK))
        grant = ECWID.oauth.exchange(services, parse_qs(address.query)["code"][0], BACK)
        assert grant.account_id == str(twin.store_id)

    def test_with_a_custom_apps_token(self, session: Store, gate: OpenGate) -> None:
        account = session.probe()
        assert {*account.scopes, *account.unseen_scopes} == set(SCOPES)
        assert len(gate.calls) == 3

    def test_a_revoked_token_is_used_once(self, twin: Running, services: Services, gate: OpenGate) -> None:
        token = twin.control.issue_token().value
        opened = ECWID.open({"store_id": str(twin.store_id), "token": token}, {}, None, services)
        opened.probe()
        twin.control.revoke_token(token)
        gate.calls.clear()
        for _ in range(3):
            with pytest.raises(Reconnect):
                opened.orders.page(ALWAYS, 0)
        assert len(gate.calls) == 1
        opened.close()

    def test_a_missing_scope_is_found_out(self, twin: Running, services: Services) -> None:
        token = twin.control.issue_token(("read_store_profile", "read_catalog")).value
        opened = ECWID.open({"store_id": str(twin.store_id), "token": token}, {}, None, services)
        assert "read_orders" not in opened.probe().scopes
        with pytest.raises(Refused, match="read_orders"):
            opened.orders.page(ALWAYS, 0)
        opened.close()

    def test_an_unknown_store(self, services: Services, twin: Running) -> None:
        token = twin.control.issue_token().value
        opened = ECWID.open({"store_id": "999999", "token": token}, {}, None, services)
        with pytest.raises(Reconnect):
            opened.probe()
        opened.close()


class TestReading:
    def test_locations(self, session: Store) -> None:
        found = [one.record for one in session.locations(frozenset({"seen-elsewhere"}))]
        assert [one.ext_location_id for one in found if one.is_default] == ["default"]
        assert "seen-elsewhere" in {one.ext_location_id for one in found}

    def test_all_orders_by_pages_and_by_id_are_the_same(
        self, twin: Running, session: Store, account: Account
    ) -> None:
        listed = everything(session)
        visible = [order for order in twin.control.orders() if order.get("paymentStatus") != "INCOMPLETE"]
        assert len(listed) == len(visible) > 100
        for record in listed.values():
            assert session.orders.translate(record, account).record.ext_order_api_id == record.remote_id
        asked = list(listed)[:20]
        by_id = dict(session.orders.by_id([*asked, "999999999"]))
        assert isinstance(by_id.pop("999999999"), Gone)
        assert {key: getattr(value, "remote_id", None) for key, value in by_id.items()} == {
            key: key for key in asked
        }

    def test_a_window_holds_what_changed_in_it(self, twin: Running, session: Store) -> None:
        placed = twin.control.place_order()
        remote_id = str(placed["internalId"])
        record = session.orders.by_id([remote_id])[remote_id]
        assert isinstance(record, RemoteRecord)
        assert record.updated_at is not None
        at = record.updated_at
        inside = session.orders.page(Window(field="updated", start=at, end=at), 0)
        assert remote_id in {one.remote_id for one in inside.records}
        later = session.orders.page(Window(field="updated", start=at + timedelta(seconds=1)), 0)
        assert remote_id not in {one.remote_id for one in later.records}
        newest = session.orders.newest_change()
        assert newest is not None
        assert newest >= at

    def test_a_deleted_order_is_gone_and_listed(self, twin: Running, session: Store) -> None:
        remote_id = str(twin.control.place_order()["internalId"])
        twin.control.delete_order(remote_id)
        assert isinstance(session.orders.by_id([remote_id])[remote_id], Gone)
        page = session.orders.deleted(None, 0)
        assert remote_id in {deletion.remote_id for deletion in page.deletions}

    def test_products_come_with_their_variations(
        self, twin: Running, session: Store, account: Account
    ) -> None:
        page = session.products.page(Window(field="created"), 0)
        assert page.total == len(twin.control.products())
        assert not page.unreadable
        translated = [session.products.translate(record, account).record for record in page.records]
        assert any(one.variants for one in translated)
        assert session.products.newest_change() is not None

    def test_a_deleted_product_is_gone_and_listed(self, twin: Running, session: Store) -> None:
        remote_id = str(twin.control.create_product({"name": "Short-lived", "sku": "SHORT"})["id"])
        twin.control.delete_product(remote_id)
        assert isinstance(session.products.by_id([remote_id])[remote_id], Gone)
        assert remote_id in {one.remote_id for one in session.products.deleted(None, 0).deletions}


def tracked(twin: Running, name: str, quantity: int) -> str:
    return str(twin.control.create_product({"name": name, "sku": name, "quantity": quantity})["id"])


def quantity(session: Store, remote_id: str) -> int | None:
    reading = session.stock.read([remote_id])[remote_id]
    assert isinstance(reading, StockReading)
    return reading.stock.quantity


class TestStock:
    def test_one_unit(self, twin: Running, session: Store) -> None:
        unit = tracked(twin, "STOCK-ONE", 5)
        assert quantity(session, unit) == 5
        change = StockChange(remote_id=unit, delta=-7, before=5)
        outcome = session.stock.adjust([change], "one")[unit]
        assert isinstance(outcome, Applied)
        assert "negative" in outcome.warning
        assert quantity(session, unit) == -2

    def test_many_units_in_few_calls(self, twin: Running, session: Store, gate: OpenGate) -> None:
        units = [tracked(twin, f"STOCK-{n}", n) for n in range(20)]
        before = session.stock.read(units)
        assert [one.stock.quantity for one in before.values() if isinstance(one, StockReading)] == list(
            range(20)
        )
        gate.calls.clear()
        changes = [StockChange(remote_id=unit, delta=3, before=n) for n, unit in enumerate(units)]
        assert all(isinstance(one, Applied) for one in session.stock.adjust(changes, "many").values())
        assert len(gate.calls) <= 5
        session.stock.adjust(changes, "many")  # the same key and differences: it is the same batch
        after = session.stock.read(units)
        assert [one.stock.quantity for one in after.values() if isinstance(one, StockReading)] == list(
            range(3, 23)
        )

    def test_a_batch_whose_ticket_was_lost_runs_once(self, twin: Running, session: Store) -> None:
        units = [tracked(twin, f"LOST-{n}", 10) for n in range(5)]
        twin.control.fault(method="POST", path="/batch$", apply=True, drop=True)
        changes = [StockChange(remote_id=unit, delta=-4, before=10) for unit in units]
        assert all(isinstance(one, Applied) for one in session.stock.adjust(changes, "lost").values())
        assert {quantity(session, unit) for unit in units} == {6}

    def test_a_lost_answer_leaves_doubt_and_a_read_tells(self, twin: Running, session: Store) -> None:
        unit = tracked(twin, "DOUBT", 10)
        twin.control.fault(method="PUT", path="/inventory$", apply=True, drop=True)
        outcome = session.stock.adjust([StockChange(remote_id=unit, delta=-4, before=10)], "doubt")[unit]
        assert isinstance(outcome, InDoubt)
        assert quantity(session, unit) == 6

    def test_variations_and_units_that_are_not_ours(self, twin: Running, session: Store) -> None:
        made = twin.control.create_product({"name": "Free", "sku": "FREE", "unlimited": True})
        unlimited = str(made["id"])
        reading = session.stock.read([unlimited])[unlimited]
        assert isinstance(reading, StockReading)
        assert not reading.writable
        outcome = session.stock.adjust([StockChange(remote_id=unlimited, delta=1, before=0)], "free")[
            unlimited
        ]
        assert isinstance(outcome, Refused)
        gone = f"{unlimited}:12345"
        assert isinstance(session.stock.read([gone])[gone], Gone)


class TestWriting:
    def test_a_shipment_is_told_once(self, twin: Running, session: Store) -> None:
        placed = twin.control.place_order(
            {"paymentStatus": "PAID", "fulfillmentStatus": "AWAITING_PROCESSING"}
        )
        remote_id = str(placed["internalId"])
        parcel = Parcel(shipped_at=datetime(2026, 11, 20, tzinfo=UTC), tracking_number="1Z-TWIN")
        desired = FulfillmentState(ext_order_api_id=remote_id, parcels=(parcel,), complete=True)

        def plan() -> object:
            record = session.fulfillments.read([remote_id])[remote_id]
            assert isinstance(record, RemoteRecord)
            write = session.fulfillments.plan(record, desired, {})
            if write.kind == "none":
                return None
            assert isinstance(session.fulfillments.apply([write])[write.key], Applied)
            return write

        assert plan() is not None
        assert twin.control.order(remote_id)["trackingNumber"] == "1Z-TWIN"
        assert plan() is None

    def test_a_product_is_created_found_and_changed(
        self, twin: Running, session: Store, account: Account
    ) -> None:
        def wanted(price: str) -> Product:
            return Product(
                ext_product_id="",
                sku="PUSHED",
                name="Pushed",
                stock=Stock(state="unknown"),
                prices=(Price(name="base", value=Decimal(price), currency=account.currency),),
            )

        create = session.product_target.plan(None, wanted("10.50"), account)
        twin.control.fault(method="POST", path="/products$", apply=True, drop=True)
        assert isinstance(session.product_target.apply([create])[create.key], InDoubt)
        remote_id = session.product_target.find(wanted("10.50"))
        assert remote_id is not None
        record = session.product_target.read([remote_id])[remote_id]
        assert isinstance(record, RemoteRecord)
        assert session.product_target.plan(record, wanted("10.50"), account).kind == "none"
        update = session.product_target.plan(record, wanted("11.25"), account)
        assert isinstance(session.product_target.apply([update])[update.key], Applied)
        assert twin.control.product(remote_id)["price"] == 11.25
        taken = session.product_target.apply([create])[create.key]
        assert isinstance(taken, Refused)
        assert taken.code == "skuAlreadyExists"


class TestBadWeather:
    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 503, "html": True},
            {"status": 500},
            {"drop": True},
            {"truncate": 200},
            {"status": 408, "code": "TIMEOUT"},
            {"status": 200, "html": True},
        ],
    )
    def test_a_read_is_to_be_repeated(self, twin: Running, session: Store, fault: dict[str, object]) -> None:
        twin.control.fault(path="/orders$", **fault)
        with pytest.raises(Retry) as caught:
            session.orders.page(ALWAYS, 0)
        assert not isinstance(caught.value, InDoubt)
        assert session.orders.page(ALWAYS, 0).count

    def test_a_pause_is_kept_for_everybody(self, twin: Running, session: Store, gate: OpenGate) -> None:
        twin.control.fault(path="/orders$", status=429, code="RATE_LIMITED", retryAfter=4)
        with pytest.raises(Retry) as caught:
            session.orders.page(ALWAYS, 0)
        assert caught.value.after == 4
        assert gate.blocked == [4]

    def test_nothing_listens(self, services: Services, twin: Running) -> None:
        config = {**services.config, "api_url": "http://127.0.0.1:9/api/v3"}
        nowhere = Services(
            gate=services.gate,
            clock=services.clock,
            random=services.random,
            sleep=services.sleep,
            config=config,
        )
        opened = ECWID.open({"store_id": "1003", "token": twin.token}, {}, None, nowhere)
        with pytest.raises(Retry) as caught:
            opened.probe()
        assert caught.value.code == "unreachable"
        opened.close()

    def test_the_catalogue_stands_when_all_is_done(self, twin: Running) -> None:
        assert not [call for call in twin.control.calls(limit=100_000) if call.get("method") == "DELETE"]
        assert twin.control.products()
