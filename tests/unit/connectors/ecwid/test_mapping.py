"""What the connector says of its translation is true: each field it names decides what it says it decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crossdock.canon import Order, Product
from crossdock.connectors.contract import Account, FieldRule, RemoteRecord
from crossdock.connectors.ecwid import translate
from crossdock.connectors.ecwid.mapping import FIELDS, STATUSES
from crossdock.connectors.ecwid.translate.statuses import FULFILLMENT, PAYMENT
from crossdock.connectors.errors import Unreadable

SAMPLES = Path(__file__).parents[3] / "fixtures" / "ecwid_api"
ACCOUNT = Account(
    account_id="1003", name="Shop", currency="USD", weight_unit="KILOGRAM", dimensions_unit="CM"
)


def documents(entity: str) -> Iterator[dict[str, Any]]:
    """All sample documents of an entity."""
    for folder in (entity, f"composed/{entity}"):
        for path in sorted((SAMPLES / folder).glob("*.json")):
            value = json.loads(path.read_bytes())
            rows = (
                value["items"] if isinstance(value, dict) and {"total", "count"} <= value.keys() else [value]
            )
            yield from (row for row in rows if isinstance(row, dict))


def places(value: Any, path: list[str]) -> Iterator[tuple[Any, Any]]:
    """Every container and key that a path names, where there is something."""
    name, rest = path[0], path[1:]
    key = name.removesuffix("[]")
    if not isinstance(value, dict) or value.get(key) is None:
        return
    if name.endswith("[]"):
        rows = value[key]
        for row in rows if isinstance(rows, list) else ():
            if rest:
                yield from places(row, rest)
    elif rest:
        yield from places(value[key], rest)
    else:
        yield value, key


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}X" if isinstance(value, str) else None


def record(entity: str, document: dict[str, Any]) -> Any:
    """The canonical record of a document, as JSON has it; None where it cannot be read."""
    body = RemoteRecord(remote_id="1", updated_at=None, document=json.dumps(document).encode())
    found: Order | Product
    try:
        found = (
            translate.order(body, ACCOUNT).record
            if entity == "orders"
            else translate.product(body, ACCOUNT).record
        )
    except (Unreadable, msgspec.ValidationError):
        return None
    return json.loads(json.dumps(msgspec.to_builtins(found, builtin_types=()), default=str))


def at(value: Any, path: list[str]) -> list[str]:
    """What stands at a path of a record, each of a list."""
    if not path:
        return [str(value)]
    if not isinstance(value, dict):
        return []
    key = path[0].removesuffix("[]")
    if path[0].endswith("[]"):
        return [text for row in value.get(key, []) for text in at(row, path[1:])]
    return at(value[key], path[1:]) if key in value else []


@pytest.mark.parametrize("rule", FIELDS, ids=lambda rule: f"{rule.entity}-{rule.source}")
def test_a_field_decides_what_it_says(rule: FieldRule) -> None:
    tried = 0
    for document in documents(rule.entity):
        before = record(rule.entity, document)
        found = list(places(document, rule.source.split(".")))
        if before is None or not found:
            continue
        holder, key = found[0]
        holder[key] = other(holder[key])
        after = record(rule.entity, document)
        if after is None:
            continue
        tried += 1
        if at(before, rule.target.split(".")) != at(after, rule.target.split(".")):
            return
    pytest.fail(f"{rule.source} changes nothing at {rule.target} in {tried} samples that have it")


def test_every_status_is_explained() -> None:
    told = {(rule.field, rule.outside) for rule in STATUSES}
    assert told == {("paymentStatus", one) for one in PAYMENT} | {
        ("fulfillmentStatus", one) for one in FULFILLMENT
    }
    assert all(rule.means.endswith(".") for rule in STATUSES)
    paid = {rule.outside for rule in STATUSES if rule.means == "Paid."}
    assert paid == {name for name, one in PAYMENT.items() if one.paid and one.standing is None}
