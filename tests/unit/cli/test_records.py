"""Listing, showing and changing records by command, on a real database."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator

from crossdock.cli.codes import Exit
from crossdock.hub.models import (
    ExceptionCase,
    Fulfillment,
    InventoryRecord,
    Link,
    Membership,
    Product,
    RemoteCall,
    Run,
    ShippingRequest,
)
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World


@pytest.fixture
def request_(world: World) -> ShippingRequest:
    """A routed order's shipping request: two tea, one cup."""
    for sku in ("tea", "cup"):
        set_on_hand(world.organization, sku, 10, author="test", reason="count")
    order = world.order({"tea": 2, "cup": 1}, total_price=Decimal("10.10"), email="ann@shop.test")
    route_pending(world.organization.pk)
    return order.shipping_requests.get()


# -- orders


def test_cancelling_an_order_by_command(run: RunCommand, request_: ShippingRequest) -> None:
    unsaid = run("orders", "cancel", "1001")
    assert (unsaid.exit_code, "--restock" in unsaid.stderr) == (Exit.USAGE, True)
    some = run("orders", "cancel", "1001", "--restock", "--sku", "tea=1", "--reason", "buyer called")
    assert "1 units cancelled; the order is readyForFulfillment" in some.stdout
    rest = run("orders", "cancel", "1001", "--restock")
    assert "2 units cancelled; the order is canceled. Note: the channel is not told" in rest.stdout
    assert "nothing of it is open" in run("orders", "cancel", "1001", "--restock").stdout
    bad = run("orders", "cancel", "1001", "--restock", "--sku", "milk=1")
    assert "lines: 'milk' is not in order 1001" in bad.stderr


def test_orders_as_data_have_exact_amounts_and_pages(
    run_json: RunJson, run: RunCommand, world: World
) -> None:
    for number in range(3):
        world.order({"tea": 2}, total_price=Decimal("10.10") + number)
    first = run_json("orders", "list", "--limit", "2")
    assert [row["extOrderId"] for row in first["orders"]] == ["1003", "1002"]
    assert first["pagination"] == {
        "last": False, "pageSize": 2, "nextCursor": first["pagination"]["nextCursor"],
    }  # fmt: skip
    second = run_json("orders", "list", "--limit", "2", "--cursor", first["pagination"]["nextCursor"])
    assert [row["extOrderId"] for row in second["orders"]] == ["1001"]
    assert second["pagination"]["last"] is True
    assert '"totalPrice": 10.1,' in run("orders", "list", "--json").stdout
    assert second["orders"][0]["lineItems"][0]["sku"] == "tea"


def test_a_table_that_is_piped_cuts_nothing(run: RunCommand, world: World) -> None:
    name = "Ann " + "of the very long name " * 12
    order = world.order(customer_name=name.strip())
    line = next(row for row in run("orders", "list").stdout.splitlines() if order.key in row)
    assert name.strip() in line
    assert "\x1b[" not in line


def test_a_limit_above_one_page_reads_on(
    run_json: RunJson, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossdock.cli.lists.LARGEST_PAGE", 2)
    for _ in range(5):
        world.order()
    listed = run_json("orders", "list", "--limit", "5")
    assert [row["extOrderId"] for row in listed["orders"]] == ["1005", "1004", "1003", "1002", "1001"]
    assert listed["pagination"]["last"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("orders", "list", "--status", "shipped"), Exit.USAGE, "readyForFulfillment"),
        (("orders", "list", "--since", "yesterday"), Exit.USAGE, "yesterday"),
        (("orders", "list", "--cursor", "nonsense"), Exit.USAGE, "cursor"),
        (("orders", "list", "--limit", "0"), Exit.USAGE, "limit"),
        (("orders", "list", "--integration", "nobody"), Exit.NOT_FOUND, "nobody"),
        (("orders", "show", "99999"), Exit.NOT_FOUND, "99999"),
        (("orders", "show", "ffffffffffffffff"), Exit.NOT_FOUND, "ffffffffffffffff"),
        (("orders", "show", "../../etc/passwd"), Exit.NOT_FOUND, "passwd"),
        (("products", "show", "nothing"), Exit.NOT_FOUND, "nothing"),
        (("requests", "show", "nothing"), Exit.NOT_FOUND, "nothing"),
        (("fulfillments", "show", "nothing"), Exit.NOT_FOUND, "nothing"),
        (("locations", "show", "nothing"), Exit.NOT_FOUND, "nothing"),
        (("runs", "show", "nothing"), Exit.NOT_FOUND, "nothing"),
        (("exceptions", "show", "nothing"), Exit.NOT_FOUND, "nothing"),
        (("inventory", "show", "nothing"), Exit.NOT_FOUND, "nothing"),
        (("runs", "list", "--outcome", "great"), Exit.USAGE, "completed"),
        (("exceptions", "list", "--status", "open"), Exit.USAGE, "active"),
        (("locations", "list", "--kind", "ship"), Exit.USAGE, "pickup"),
    ],
)
def test_bad_input_is_one_clear_line(
    run: RunCommand, world: World, arguments: tuple[str, ...], code: Exit, part: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert part in result.stderr
    assert result.stdout == ""


def test_an_order_is_shown_with_its_story(
    run: RunCommand, run_json: RunJson, request_: ShippingRequest
) -> None:
    run("ship", request_.key, "--tracking", "T1", "--carrier", "DHL")
    document = run_json("orders", "show", "1001")
    assert document["shipments"][0]["shipmentId"] == request_.key
    assert document["fulfillments"][0]["trackingNumber"] == ["T1"]
    kinds = [entry["kind"] for entry in document["timeline"]]
    assert kinds[0] == "purchase"
    assert {"ledger", "shipment", "fulfillment"} <= set(kinds)

    text = run("orders", "show", request_.order.key).stdout
    for part in ("1001", "10.1", "tea", "T1", "DHL", request_.ext_shipment_id):
        assert part in text, part


# -- shipping


def test_a_request_ships_in_parts_and_then_the_rest(
    run: RunCommand, run_json: RunJson, request_: ShippingRequest
) -> None:
    parcel = run_json("ship", request_.ext_shipment_id, "--sku", "tea=1", "--tracking", "T1")
    assert parcel["lineItems"] == [{"uniqueId": "1", "sku": "tea", "quantity": 1, "extra": 0}]
    assert parcel["extOrderApiId"] == request_.order.ext_order_api_id
    request_.refresh_from_db()
    assert request_.status == "partialFulfillment"

    assert run("ship", request_.key).exit_code == 0
    request_.refresh_from_db()
    assert request_.status == "fulfilled"
    assert run("ship", request_.key).exit_code != 0
    assert Fulfillment.objects.count() == 2
    listed = run_json("fulfillments", "list", "--order", "1001")
    assert len(listed["fulfillments"]) == 2
    assert [row["status"] for row in run_json("requests", "list")["shipments"]] == ["fulfilled"]


def test_the_same_parcel_twice_is_one(run_json: RunJson, request_: ShippingRequest) -> None:
    once = run_json("ship", request_.key, "--sku", "tea=1", "--ext-id", "P-1", "--shipped-at", "2026-03-02")
    again = run_json("ship", request_.key, "--sku", "tea=1", "--ext-id", "P-1", "--shipped-at", "2026-03-02")
    assert once["fulfillmentId"] == again["fulfillmentId"]
    assert Fulfillment.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--sku", "tea"), "SHIRT-M=2"),
        (("--sku", "tea=0"), "1 or more"),
        (("--sku", "tea=99"), "tea"),
        (("--sku", "hat=1"), "hat"),
        (("--shipped-at", "soon"), "soon"),
    ],
)
def test_a_parcel_that_cannot_be_changes_nothing(
    run: RunCommand, request_: ShippingRequest, options: tuple[str, ...], part: str
) -> None:
    result = run("ship", request_.key, *options)
    assert result.exit_code == Exit.USAGE, result.output
    assert part in result.stderr
    assert not Fulfillment.objects.exists()


def test_a_request_is_canceled_only_when_its_goods_are_accounted_for(
    run: RunCommand, run_json: RunJson, request_: ShippingRequest
) -> None:
    assert run("requests", "cancel", request_.key).exit_code == Exit.USAGE
    assert run_json("requests", "cancel", request_.key, "--restock")["status"].startswith("canceled")
    assert run_json("requests", "show", request_.key)["canceledBy"].startswith("cli")


# -- stock


def test_a_count_is_kept_with_who_and_why(run: RunCommand, run_json: RunJson, world: World) -> None:
    record = run_json("inventory", "set", "tea", "7", "--reason", "stocktaking")
    assert (record["onHand"], record["available"], record["state"]) == (7, 7, "tracked")
    shown = run_json("inventory", "show", "tea")
    (entry,) = shown["ledger"]
    assert (entry["reason"], entry["before"], entry["after"]) == ("stocktaking", 0, 7)
    assert entry["user"].startswith("cli")
    assert world.marked() == {"tea"}
    assert "stocktaking" in run("inventory", "show", "tea").stdout
    assert [row["sku"] for row in run_json("inventory", "list", "--below", "8")["inventory"]] == ["tea"]


def test_a_count_at_a_place_that_is_not_there_changes_nothing(run: RunCommand, world: World) -> None:
    assert run("inventory", "set", "tea", "7", "--location", "Moon").exit_code == Exit.NOT_FOUND
    assert not InventoryRecord.objects.exists()


def test_a_negative_count_is_refused_as_a_count(run: RunCommand, world: World) -> None:
    refused = run("inventory", "set", "tea", "-4")
    assert refused.exit_code == Exit.USAGE
    assert "-4 is outside 0" in refused.stderr


@pytest.mark.parametrize("quantity", ["seven", "1.5", "", "9" * 30, "1e3", "²"])
def test_a_count_that_is_no_number_changes_nothing(run: RunCommand, world: World, quantity: str) -> None:
    assert run("inventory", "set", "tea", "--", quantity).exit_code == Exit.USAGE
    assert not InventoryRecord.objects.exists()


def test_a_count_before_locations_are_known_says_what_is_missing(run: RunCommand, world: World) -> None:
    world.main.delete()
    result = run("inventory", "set", "tea", "7")
    assert result.exit_code == Exit.USAGE
    assert "location" in result.stderr


# -- products


def test_products_are_put_from_a_file_and_from_standard_input(
    run: RunCommand, run_json: RunJson, world: World, tmp_path: Path
) -> None:
    flow = world.flow("products")
    path = tmp_path / "mug.json"
    path.write_text(json.dumps({"sku": "MUG", "name": "Mug", "price": 12.10, "currency": "EUR"}))
    stored = run_json("products", "put", str(path))
    assert (stored["sku"], stored["price"]) == ("MUG", 12.1)
    assert world.marked(flow) == {stored["productId"]}

    again = run("products", "put", "-", typed=json.dumps([{"sku": "MUG", "name": "Big mug"}]))
    assert again.exit_code == 0, again.output
    assert Product.objects.get().name == "Big mug"


def test_what_is_shown_can_be_put_again(run_json: RunJson, run: RunCommand, world: World) -> None:
    first = {
        "sku": "TEE", "name": "Tee", "price": 9.95, "currency": "EUR", "imageURLs": ["https://pics.test/1.png"],
        "variants": [{"sku": "TEE-M", "variantOptions": [{"name": "Size", "value": "M"}]}],
    }  # fmt: skip
    run("products", "put", "-", typed=json.dumps(first))
    shown = run_json("products", "show", "TEE")
    assert run("products", "put", "-", typed=json.dumps(shown)).exit_code == 0
    again = run_json("products", "show", "TEE")
    for changing in ("updatedAt", "variants"):
        shown.pop(changing), again.pop(changing)
    assert again == shown
    assert Product.objects.count() == 2


def test_an_unsound_file_changes_nothing(run: RunCommand, world: World, tmp_path: Path) -> None:
    records = [{"sku": "A", "name": "A"}, {"sku": "B", "name": "B", "price": "much", "currency": "EUR"}]
    result = run("products", "put", "-", typed=json.dumps(records))
    assert result.exit_code == Exit.USAGE
    assert "products[1].prices[0].value" in result.stderr
    assert not Product.objects.exists()
    missing = run("products", "put", str(tmp_path / "none.json"))
    assert missing.exit_code == Exit.USAGE
    assert "none.json" in missing.stderr
    assert run("products", "put", "-", typed="{").exit_code == Exit.USAGE


def test_a_product_that_a_store_owns_is_refused_and_the_others_are_stored(
    run: RunCommand, world: World
) -> None:
    Product.objects.create(
        organization=world.organization, owner=world.integration, sku="THEIRS", name="Theirs"
    )
    records = [{"sku": "THEIRS", "name": "Mine"}, {"sku": "OURS", "name": "Ours"}]
    result = run("products", "put", "-", typed=json.dumps(records))
    assert result.exit_code != 0
    assert "THEIRS" in result.stderr
    assert Product.objects.get(sku="THEIRS").name == "Theirs"
    assert Product.objects.filter(sku="OURS").exists()


# -- locations, exceptions, runs, users


def test_locations_exceptions_and_runs(run: RunCommand, run_json: RunJson, world: World) -> None:
    Link.objects.create(
        integration=world.integration, entity="locations", remote_id="L1", record_id=world.main.pk
    )
    (location,) = run_json("locations", "list")["locations"]
    assert location["externalSystems"] == [{"integrationId": world.integration.key, "extLocationId": "L1"}]
    assert run_json("locations", "show", "Main") == location

    ExceptionCase.objects.create(
        organization=world.organization,
        code="sumMismatch",
        entity="orders",
        subject="orders:1",
        message="1 cent",
    )
    (case,) = run_json("exceptions", "list")["exceptions"]
    assert case["code"] == "sumMismatch"
    assert run_json("exceptions", "show", case["exceptionId"]) == case
    assert "1 cent" in run("exceptions", "list").stdout

    row = Run.objects.create(flow=world.inventory_flow, trigger="test", outcome="completed", remote_calls=1)
    RemoteCall.objects.create(
        run=row, integration=world.integration, method="GET", path="/orders", status=200, milliseconds=12
    )
    shown = run_json("runs", "show", row.key)
    assert shown["calls"][0]["path"] == "/orders"
    assert run_json("runs", "list", "--flow", "orders")["runs"] == []
    assert run_json("runs", "list", "--outcome", "completed,failed")["runs"][0]["runId"] == row.key


def test_an_empty_list_is_empty_data_and_a_word_for_people(
    run: RunCommand, run_json: RunJson, world: World
) -> None:
    for noun, name in (("orders", "orders"), ("products", "products"), ("fulfillments", "fulfillments"),
                       ("requests", "shipments"), ("exceptions",) * 2, ("runs",) * 2):  # fmt: skip
        document = run_json(noun, "list")
        assert document[name] == []
        assert document["pagination"]["last"] is True
        told = run(noun, "list")
        assert told.exit_code == 0
        assert told.stdout == ""
        assert told.stderr


def test_without_a_terminal_a_password_is_not_asked_for(run: RunCommand, world: World) -> None:
    result = run("users", "create", "ann@shop.test")
    assert result.exit_code == Exit.USAGE
    assert "--password-stdin" in result.stderr


def test_a_user_is_made_with_a_password_from_standard_input(
    run: RunCommand, run_json: RunJson, world: World
) -> None:
    made = run_json(
        "users", "create", "Ann@Shop.test", "--name", "Ann Lee", "--role", "administrator",
        "--password-stdin",
        typed="correct horse battery\n",
    )  # fmt: skip
    assert (made["email"], made["roles"], made["name"]) == ("ann@shop.test", ["administrator"], "Ann Lee")
    member = Membership.objects.select_related("user").get()
    assert member.user.check_password("correct horse battery")
    assert [row["email"] for row in run_json("users", "list")["users"]] == ["ann@shop.test"]
    again = run("users", "create", "ann@shop.test", "--password-stdin", typed="correct horse battery\n")
    assert again.exit_code == Exit.USAGE
    assert "already" in again.stderr


def test_whoever_lost_password_or_phone_is_helped_from_the_machine(run: RunCommand, world: World) -> None:
    run("users", "create", "ann@shop.test", "--password-stdin", typed="correct horse battery\n")
    member = Membership.objects.select_related("user").get()
    Authenticator.objects.create(user=member.user, type="totp", data={})
    assert (
        run("users", "password", "ANN@shop.test", "--password-stdin", typed="short\n").exit_code == Exit.USAGE
    )
    assert (
        run("users", "password", "ann@shop.test", "--password-stdin", typed="a sentence is good\n").exit_code
        == 0
    )
    member.user.refresh_from_db()
    assert member.user.check_password("a sentence is good")
    assert "password alone" in run("users", "reset-two-factor", "ann@shop.test").stdout
    assert "no second factor" in run("users", "reset-two-factor", "ann@shop.test").stdout
    assert run("users", "reset-two-factor", "bob@shop.test").exit_code == Exit.NOT_FOUND


@pytest.mark.parametrize(
    ("arguments", "typed", "part"),
    [
        (("nobody",), "correct horse battery\n", "e-mail"),
        (("ann@shop.test",), "short\n", "Password"),
        (("ann@shop.test",), "\n", "Password"),
        (("ann@shop.test", "--role", "king"), "correct horse battery\n", "king"),
    ],
)
def test_a_user_that_cannot_be_is_not_made(
    run: RunCommand, world: World, arguments: tuple[str, ...], typed: str, part: str
) -> None:
    result = run("users", "create", *arguments, "--password-stdin", typed=typed)
    assert result.exit_code == Exit.USAGE
    assert part in result.stderr
    assert not Membership.objects.exists()
