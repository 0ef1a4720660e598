"""Mappings by command: listed beside the connector's own, stored, tried, applied, removed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from crossdock.cli.codes import Exit
from crossdock.connectors.contract import Account, RemoteRecord
from crossdock.connectors.ecwid import translate
from crossdock.hub.intake import Incoming, Origin, canonical_json, document_hash
from crossdock.hub.models import Event, Flow, Integration, MappingRule, Order
from crossdock.hub.orders.intake import ingest_orders
from crossdock.hub.vault import seal

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACCOUNT = {"accountId": "1003", "name": "Shop", "currency": "EUR"}
DOCUMENT = {
    "id": "XGIAH", "total": 10, "subtotal": 10, "paymentStatus": "PAID", "fulfillmentStatus": "PROCESSING",
    "createTimestamp": 1772452800, "shippingOption": {"shippingMethodName": "DHL Express"},
    "items": [{"id": 1, "sku": "tea", "name": "Tea", "quantity": 1, "price": 10, "isShippingRequired": True}],
}  # fmt: skip


@pytest.fixture
def ecwid(world: World) -> Integration:
    """A store that is connected, with one order."""
    one = Integration.objects.create(
        organization=world.organization, connector="ecwid", name="Ecwid", state="connected", account_id="1003",
        account=ACCOUNT, credentials=seal({"store_id": "1003", "token": "secret_abcdefgh"}),
    )  # fmt: skip
    Flow.objects.create(integration=one, entity="orders", direction="pull", enabled=True)
    body = json.dumps(DOCUMENT).encode()
    record = RemoteRecord(remote_id="520", updated_at=NOON, document=body)
    found = translate.order(record, Account(account_id="1003", name="Shop", currency="EUR")).record
    item = Incoming("520", NOON, body, document_hash(body), found, canonical_json(found))
    with transaction.atomic():
        ingest_orders(Origin(one, None, "pull"), [item], {})
    return one


def test_a_mapping_from_listing_to_removing(
    run: RunCommand, run_json: RunJson, ecwid: Integration, world: World
) -> None:
    rows = run_json("mappings", "list", "Ecwid")["mappings"]
    [way] = [row for row in rows if row["target"] == "shippingClass"]
    assert (way["connector"]["source"], way["own"]) == ("shippingOption.shippingMethodName", None)
    rule = ("Ecwid", "shippingClass", "--from", "shippingOption.shippingMethodName")
    tried = run_json("mappings", "try", *rule, "--translate", "DHL Express=express")
    assert (tried["found"], tried["connector"], tried["own"]) == (
        ["DHL Express"],
        ["DHL Express"],
        ["express"],
    )
    assert not MappingRule.objects.exists()
    assert (
        "express"
        in run("mappings", "try", *rule, "--translate", "DHL Express=express", "--order", "XGIAH").stdout
    )

    run_json("mappings", "add", *rule)
    stored = run_json(
        "mappings", "add", *rule, "--translate", "DHL Express=express", "--reason", "the WMS asks"
    )
    assert stored["translations"] == {"DHL Express": "express"}
    assert Event.objects.filter(operation="mappingChanged", reason="the WMS asks").exists()
    assert "DHL Express = express" in run("mappings", "list", "Ecwid").stdout
    assert [row["target"] for row in run_json("mappings", "list", "Ecwid", "--own")["mappings"]] == [
        "shippingClass"
    ]

    planned = run_json("mappings", "apply", "Ecwid", "--dry-run")
    assert (planned["changed"], planned["examples"][0]["after"]) == (1, {"shippingClass": "express"})
    assert Order.objects.get(ext_order_id="XGIAH").canonical["shippingClass"] == "DHL Express"
    result = run("mappings", "apply", "Ecwid", "--order", "XGIAH")
    assert "XGIAH  shippingClass: DHL Express -> express" in result.stdout
    assert "1 changed, 0 stay" in result.stderr
    assert Order.objects.get(ext_order_id="XGIAH").canonical["shippingClass"] == "express"

    assert run_json("mappings", "disable", "Ecwid", "shippingClass")["enabled"] is False
    assert run_json("mappings", "enable", "Ecwid", stored["mappingId"])["enabled"] is True
    assert "is removed" in run("mappings", "remove", "Ecwid", "shippingClass").stdout
    assert run("mappings", "list", "Ecwid", "--own").stderr.strip() == "No mappings of your own."


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("add", "Ecwid", "totalPrice", "--from", "total"),
            Exit.USAGE,
            "cannot be filled by a rule of your own",
        ),
        (("add", "Ecwid", "orderNote", "--from", "a..b"), Exit.USAGE, "source: at character 3:"),
        (
            ("add", "Ecwid", "orderNote", "--from", "a", "--translate", "x"),
            Exit.USAGE,
            "is not a translation",
        ),
        (("remove", "Ecwid", "orderNote"), Exit.NOT_FOUND, "There is no mapping 'orderNote'"),
        (("try", "Shop", "orderNote", "--from", "a"), Exit.ATTENTION, "has brought no order"),
        (("apply", "Ecwid", "--order", "1001"), Exit.USAGE, "was not brought by Ecwid"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: RunCommand, ecwid: Integration, world: World, arguments: tuple[str, ...], code: Exit, said: str
) -> None:
    if "1001" in arguments:
        world.order()
    result = run("mappings", *arguments)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
