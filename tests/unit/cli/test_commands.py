"""Commands against a small shop: data on standard output, one line for every error, exit codes that mean something."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crossdock.connectors.contract import Change
from crossdock.connectors.errors import Reconnect
from crossdock.flows.runs import RunReport, flow_locked
from crossdock.flows.sync import SyncReport
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, Fulfillment, Integration, Product, Run, ShippingRequest
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World


def routed(world: World) -> ShippingRequest:
    """An order of three cups and a pot, routed."""
    set_on_hand(world.organization, "cup", 10, author="test", reason="count")
    order = world.order({"cup": 3, "pot": 1})
    route_pending(world.organization.pk)
    return ShippingRequest.objects.get(order=order)


def test_help_names_every_command_and_the_exit_codes(run: RunCommand) -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name in ("up", "doctor", "sync", "import", "ship", "status", "requests", "inventory", "exceptions"):
        assert re.search(rf"^\W*{name} ", result.stdout, re.MULTILINE), name
    assert "4 the connected system refused" in " ".join(result.stdout.split())


def test_lists_give_pages_that_go_on(world: World, run_json: RunJson) -> None:
    for _ in range(5):
        world.order()
    first = run_json("orders", "list", "--limit", "3")
    rest = run_json("orders", "list", "--limit", "3", "--cursor", first["pagination"]["nextCursor"])
    numbers = [order["extOrderId"] for order in first["orders"] + rest["orders"]]
    assert numbers == ["1005", "1004", "1003", "1002", "1001"]
    assert rest["pagination"] == {"last": True, "pageSize": 2, "nextCursor": None}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["orders", "list", "--status", "lost"], 2, "'lost' is not one of"),
        (["orders", "list", "--cursor", "rubbish"], 2, "cursor"),
        (["orders", "show", "9999"], 3, "There is no order '9999'"),
        (["requests", "show", "zzz"], 3, "crossdock requests list"),
        (["inventory", "set", "cup", "1.5"], 2, "QTY"),
        (["inventory", "set", "cup", "9999999999"], 2, "quantity"),
        (["inventory", "set", "cup", "5", "--location", "Moon"], 3, "Moon"),
        (["inventory", "show", "nothing"], 3, "nothing"),
        (["inventory", "why", "nothing", "Shop"], 3, "nothing"),
        (["flows", "show", "nobody"], 3, "nobody"),
        (["sync", "--flow", "sales"], 2, "sales"),
        (["import", "Shop", "stock", "--since", "2026-01-01"], 2, "stock"),
        (["import", "Shop", "orders"], 2, "--since"),
        (["import", "Shop", "orders", "--since", "2026-02-01", "--until", "2026-01-01"], 2, "--until"),
        (["products", "put", "/no/such/file"], 2, "/no/such/file"),
        (["integrations", "enable", "Shop"], 1, "not disabled"),
        (["users", "create", "nobody", "--password-stdin"], 2, "nobody"),
        (["requests", "cancel", "zzz"], 2, "--restock"),
        (["--organization", "Nobody", "status"], 3, "Nobody"),
    ],
)
def test_an_error_is_one_line_and_a_code(
    world: World, run: RunCommand, arguments: list[str], code: int, said: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_parcel_is_recorded_in_part_then_in_full(world: World, run_json: RunJson, run: RunCommand) -> None:
    request = routed(world)
    parcel = run_json("ship", request.key, "--sku", "cup=2", "--tracking", "T1", "--carrier", "UPS")
    assert parcel["trackingNumber"] == ["T1"]
    assert [(line["sku"], line["quantity"]) for line in parcel["lineItems"]] == [("cup", 2)]
    too_many = run("ship", request.ext_shipment_id, "--sku", "cup=2")
    assert (too_many.exit_code, Fulfillment.objects.count()) == (2, 1)
    assert "only 1 are open" in too_many.stderr
    run_json("ship", request.ext_shipment_id)
    assert run_json("requests", "show", request.key)["status"] == "fulfilled"
    order = run_json("orders", "show", "1001")
    assert order["status"] == "fulfilled"
    assert [row["extFulfillmentId"] for row in order["fulfillments"]] == [
        row.ext_fulfillment_id for row in Fulfillment.objects.order_by("pk")
    ]
    assert "fulfillment" in {entry["kind"] for entry in order["timeline"]}


def test_a_request_is_canceled_only_when_told_what_becomes_of_its_goods(
    world: World, run_json: RunJson
) -> None:
    request = routed(world)
    assert run_json("requests", "cancel", request.key, "--restock", "--reason", "wrong place")["status"] == (
        "canceledRestock"
    )


def test_stock_is_set_and_explained(world: World, run_json: RunJson, run: RunCommand) -> None:
    routed(world)
    result = run("inventory", "set", "cup", "7", "--reason", "stocktaking")
    assert result.exit_code == 0
    why = run_json("inventory", "why", "cup", "Shop")
    assert (why["quantity"], why["terms"]["onHand"], why["terms"]["committed"]) == (4, 7, -3)
    newest = run_json("inventory", "show", "cup")["ledger"][0]
    assert (newest["before"], newest["after"], newest["reason"]) == (10, 7, "stocktaking")
    assert run_json("inventory", "set", "cup", "unlimited")["state"] == "unlimited"
    assert run_json("inventory", "why", "cup", "Shop")["quantity"] is None


def test_a_count_of_something_unheard_of_is_kept_and_said(world: World, run: RunCommand) -> None:
    result = run("inventory", "set", "new-thing", "1")
    assert result.exit_code == 0
    assert "'new-thing'" in result.stderr


def test_products_are_put_and_those_refused_are_named(world: World, run: RunCommand) -> None:
    Product.objects.create(
        organization=world.organization, owner=world.integration, sku="theirs", name="Theirs"
    )
    text = (
        '[{"sku": "ours", "name": "Ours", "price": 9.90, "currency": "EUR"}, {"sku": "theirs", "name": "X"}]'
    )
    result = run("products", "put", "-", typed=text)
    assert result.exit_code == 2
    assert "theirs belongs to Shop" in result.stderr
    assert str(Product.objects.get(sku="ours").price) == "9.9000"
    bad = run("products", "put", "-", typed='{"sku": "ours", "name": "Ours", "colour": "red"}')
    assert bad.exit_code == 2
    assert "standard input: colour: there is no such field" in bad.stderr


def test_settings_are_read_as_what_they_are(world: World, run_json: RunJson, run: RunCommand) -> None:
    Integration.objects.filter(pk=world.integration.pk).update(connector="ecwid")
    kept = run_json("integrations", "set", "Shop", "buffer=2", "acceptUnpaid=yes", "partialStatus=")[
        "settings"
    ]
    assert kept == {"buffer": 2, "acceptUnpaid": True, "partialStatus": ""}
    assert run("integrations", "set", "Shop", "buffer=many").exit_code == 2
    assert run("integrations", "set", "Shop", "colour=red").exit_code == 2
    world.integration.refresh_from_db()
    assert world.integration.settings == kept


def test_an_integration_answers_to_its_connector_while_it_is_the_only_one(
    world: World, run_json: RunJson, run: RunCommand
) -> None:
    Integration.objects.filter(pk=world.integration.pk).update(connector="ecwid")
    assert run_json("integrations", "show", "ecwid")["integrationId"] == world.integration.key
    other = Integration.objects.create(organization=world.organization, connector="ecwid", name="Two")
    unclear = run("integrations", "show", "ecwid")
    assert unclear.exit_code == 2
    assert other.key in unclear.stderr
    Integration.objects.filter(pk=other.pk).update(name="ecwid")
    assert run_json("integrations", "show", "ecwid")["integrationId"] == other.key


def test_flows_are_turned_on_and_off_together_or_not_at_all(
    world: World, run_json: RunJson, run: RunCommand
) -> None:
    Integration.objects.filter(pk=world.integration.pk).update(connector="ecwid")
    refused = run("flows", "set", "ecwid", "orders=pull", "products=sideways")
    assert refused.exit_code == 2
    assert run_json("flows", "show", "ecwid")["choices"]["orders"] == "disabled"
    choices = run_json("flows", "set", "ecwid", "orders=pull", "products=both")["choices"]
    assert (choices["orders"], choices["products"], choices["inventory"]) == ("pull", "both", "push")


def test_a_plan_is_approved_by_its_flow(world: World, run: RunCommand) -> None:
    assert run("flows", "approve", "Shop", "inventory").exit_code == 0
    world.inventory_flow.refresh_from_db()
    assert world.inventory_flow.progress["approved"] is True
    assert run("flows", "approve", "Shop", "orders").exit_code == 2


def test_a_dry_run_prints_its_plan_as_a_diff(
    world: World, run: RunCommand, run_json: RunJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = RunReport("1", "inventory", "push", "completed", plan=[Change("700", "stock of cup", "5", "3")])
    monkeypatch.setattr(
        "crossdock.flows.sync.sync", lambda *_, **__: SyncReport(runs=[planned], complete=True)
    )
    result = run("sync", "Shop", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == ["  700 stock of cup", "  - 5", "  + 3"]
    document = run_json("sync", "Shop", "--dry-run")
    assert document["runs"][0]["plan"] == [
        {"remoteId": "700", "field": "stock of cup", "before": "5", "after": "3"}
    ]


@pytest.mark.parametrize(
    ("outcome", "complete", "code"), [("completed", True, 0), ("partial", True, 1), ("completed", False, 1)]
)
def test_sync_says_by_its_code_what_came_of_it(
    world: World, run: RunCommand, monkeypatch: pytest.MonkeyPatch, outcome: str, complete: bool, code: int
) -> None:
    report = SyncReport(runs=[RunReport("1", "orders", "pull", outcome)], complete=complete)
    monkeypatch.setattr("crossdock.flows.sync.sync", lambda *_, **__: report)
    assert run("sync").exit_code == code


def test_sync_waits_for_what_another_process_has_in_hand(
    world: World, run_json: RunJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = RunReport("", "orders", "pull", "skipped", "Another run of this flow is going on.")
    reports = [
        SyncReport(runs=[taken], complete=True),
        SyncReport(runs=[RunReport("1", "orders", "pull", "completed", read=3)], complete=True),
    ]
    monkeypatch.setattr("crossdock.cli.sync.time.sleep", lambda _: None)
    monkeypatch.setattr("crossdock.flows.sync.sync", lambda *_, **__: reports.pop(0))
    document = run_json("sync")
    assert [(row["read"], row["outcome"]) for row in document["runs"]] == [(3, "completed")]


def test_an_account_that_must_be_reconnected_has_a_code_of_its_own(
    world: World, run: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    Integration.objects.filter(pk=world.integration.pk).update(
        state="error", state_reason="The token is dead."
    )
    result = run("sync", "Shop")
    assert result.exit_code == 4
    assert "crossdock integrations connect" in result.stderr

    def refuse(*_: object, **__: object) -> None:
        raise Reconnect("The token secret_abcdefghijklmnopqrstuvwxyz012345 is dead.")

    monkeypatch.setattr("crossdock.flows.adoption.adopt_stock", refuse)
    result = run("inventory", "adopt", "Shop")
    assert result.exit_code == 4
    assert "abcdefghij" not in result.output


def test_users_are_made_once_with_a_password_that_holds(
    world: World, run: RunCommand, run_json: RunJson
) -> None:
    made = (
        "users",
        "create",
        "Ann@Shop.test",
        "--name",
        "Ann Lee",
        "--role",
        "administrator",
        "--password-stdin",
    )
    assert run(*made, typed="short\n").exit_code == 2
    assert run(*made, typed="correct horse battery\n").exit_code == 0
    assert run(*made, typed="correct horse battery\n").exit_code == 2
    (user,) = run_json("users", "list")["users"]
    assert (user["email"], user["name"], user["roles"]) == ("ann@shop.test", "Ann Lee", ["administrator"])
    assert "correct horse" not in str(list(Event.objects.values()))


def test_status_counts_what_there_is(world: World, run_json: RunJson, run: RunCommand) -> None:
    Integration.objects.filter(pk=world.integration.pk).update(connector="ecwid")
    routed(world)
    world.order(paid=False)
    document = run_json("status")
    assert document["orders"] == {"new": 1, "readyForFulfillment": 1}
    assert [flow["entity"] for flow in document["integrations"][0]["flows"]] == ["fulfillments", "inventory"]
    assert run("status").exit_code == 0


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(
    world: World, run_json: RunJson, run: RunCommand
) -> None:
    Integration.objects.filter(pk=world.integration.pk).update(credentials=b"rubbish", state="error")
    run_row = Run.objects.create(flow=world.inventory_flow, trigger="test")
    Run.objects.filter(pk=run_row.pk).update(created_at=system_clock() - timedelta(hours=1))
    world.organization.inventory.create(location=world.main, sku="cup", on_hand=4, state="tracked")
    document = run_json("doctor", "--offline", code=1)
    found = {row["check"]: row for row in document["checks"] if row["status"] != "ok"}
    assert document["ok"] is False
    assert found["keys"]["status"] == "fail"
    assert "on_hand is 4" in found["ledger"]["message"]
    assert run_row.key in found["runs"]["message"]
    assert found["worker"]["status"] in {"warn", "fail"}
    assert all(row["remedy"] for row in found.values())
    assert run("doctor", "--offline").exit_code == 1
    with flow_locked(world.inventory_flow) as held:
        assert held  # the doctor let go of it
