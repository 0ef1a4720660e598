"""Mapping rules of one's own: what they may say, what they make of a document, and how they are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from crossdock.canon import NameValue
from crossdock.canon import Order as CanonOrder
from crossdock.hub.intake import Incoming, canonical_json, document_hash
from crossdock.hub.mappings.book import (
    Draft,
    MappingError,
    active_rules,
    checked,
    enable_rule,
    put_rule,
    remove_rule,
    rules_of,
)
from crossdock.hub.mappings.own import Outcome, applied, evaluate
from crossdock.hub.mappings.targets import FIELDS, TARGETS
from crossdock.hub.models import Event, Flow, Integration
from crossdock.hub.orders.policy import ORDER_FIELDS

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORDER = CanonOrder(
    ext_order_id="1", ext_order_api_id="r1", ext_order_created_at=NOON, ext_order_updated_at=NOON,
    order_source="test", standing="open", paid=True, payment_status="PAID", fulfillment_status="NEW",
    currency="EUR", total_price=Decimal("10.00"), sub_total_price=Decimal(10), shipping_class="DHL Express",
    custom_fields=(NameValue("Gift", "no"), NameValue("Box", "red")), tags=("web",),
)  # fmt: skip
DOCUMENT = {
    "way": "DHL Express", "colour": "blue", "n": 3, "list": ["a", " b ", "a"], "lines": "one\ntwo",
    "bell": "\u0007", "long": "x" * 121, "object": {"a": 1}, "none": None, "blank": "  ",
}  # fmt: skip


def incoming(document: object = DOCUMENT) -> Incoming[CanonOrder]:
    """The order as it comes in, with its document."""
    body = msgspec.json.encode(document)
    return Incoming("r1", NOON, body, document_hash(body), ORDER, canonical_json(ORDER))


def mapped(*drafts: Draft, document: object = DOCUMENT) -> Incoming[CanonOrder]:
    """The order after rules."""
    return applied([checked(draft) for draft in drafts], incoming(document))


@pytest.mark.parametrize(
    ("draft", "outcome", "values"),
    [
        (Draft("shippingClass", "way"), Outcome.TAKEN, ("DHL Express",)),
        (Draft("shippingCode", "n"), Outcome.TAKEN, ("3",)),
        (Draft("shippingClass", "way", {"DHL Express": "exp"}), Outcome.TAKEN, ("exp",)),
        (Draft("shippingClass", "way", {"Post": "std"}), Outcome.UNLISTED, None),
        (Draft("shippingClass", "way", {"Post": "std"}, "other"), Outcome.DEFAULT, ("other",)),
        (Draft("shippingClass", "none"), Outcome.ABSENT, None),
        (Draft("shippingClass", "blank.x", default="d"), Outcome.UNUSABLE, None),
        (Draft("shippingClass", "blank"), Outcome.ABSENT, None),
        (Draft("shippingClass", "none", default="std"), Outcome.DEFAULT, ("std",)),
        (Draft("shippingClass", default="std"), Outcome.DEFAULT, ("std",)),
        (Draft("shippingClass"), Outcome.EMPTY, ()),
        (Draft("shippingClass", "object"), Outcome.UNUSABLE, None),
        (Draft("shippingClass", "list"), Outcome.UNUSABLE, None),
        (Draft("shippingClass", "long"), Outcome.UNUSABLE, None),
        (Draft("shippingClass", "lines"), Outcome.UNUSABLE, None),
        (Draft("orderNote", "lines"), Outcome.TAKEN, ("one\ntwo",)),
        (Draft("orderNote", "bell"), Outcome.UNUSABLE, None),
        (Draft("tags", "list[]"), Outcome.TAKEN, ("a", "b", "a")),
        (Draft("tags", "list[]", {"b": "Bee"}), Outcome.TAKEN, ("Bee",)),
    ],
)
def test_what_a_rule_makes_of_a_document(
    draft: Draft, outcome: Outcome, values: tuple[str, ...] | None
) -> None:
    found = evaluate(checked(draft), DOCUMENT)
    assert (found.outcome, found.values) == (outcome, values)
    assert bool(found.problem) == (outcome == Outcome.UNUSABLE)


def test_rules_fill_their_target_and_nothing_else() -> None:
    found = mapped(
        Draft("tags", "list[]"), Draft("tags", default="web"), Draft("customFields[Gift]", "colour"),
        Draft("customFields[Box]"), Draft("shippingClass"), Draft("internalNote", "object"),
    )  # fmt: skip
    assert found.record.tags == ("web", "a", "b")
    assert found.record.custom_fields == (NameValue("Gift", "blue"),)
    assert found.record.shipping_class == ""
    assert found.record.total_price == ORDER.total_price
    [finding] = found.notices
    assert (finding.code, finding.field) == ("mappingNotApplied", "internalNote")
    assert "object is an object, not a single value" in finding.message
    assert found.canonical == canonical_json(found.record)
    assert (found.hash, found.document) == (incoming().hash, incoming().document)
    assert found.fingerprint != incoming().fingerprint


def test_where_rules_say_nothing_the_record_is_the_very_same() -> None:
    untouched = incoming()
    assert applied([checked(Draft("orderNote", "none"))], untouched) is untouched


def test_no_rule_can_touch_what_decides_on_goods_or_money() -> None:
    assert {
        "tags", "orderNote", "internalNote", "shippingCarrier", "shippingClass", "shippingCode",
        "extLocationId", "customFields",
    } == FIELDS  # fmt: skip
    for name in sorted(set(ORDER_FIELDS) - FIELDS):
        with pytest.raises(
            MappingError, match=f"'{name}' cannot be filled by a rule of your own; choose one of"
        ):
            checked(Draft(name, "way"))
    assert set(TARGETS) <= set(ORDER_FIELDS)


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft("orderNote", "a..b"), "source: at character 3: a field's name is missing here"),
        (Draft("orderNote", "items[].name"), "source: [] gives several values, and orderNote holds one"),
        (Draft("customFields", "a"), "target: a custom field has a name"),
        (Draft("customFields[]", "a"), "target: a custom field has a name"),
        (Draft("tags[x]", "a"), "target: 'tags[x]' cannot be filled"),
        (Draft("tags"), "source: tags are only ever added"),
        (Draft("orderNote", "", {"a": "b"}), "translations: there is nothing to translate"),
        (Draft("orderNote", "a", {"a": " "}), "translations: it is empty"),
        (Draft("orderNote", "a", {" ": "a"}), "translations: a value there has 1 to"),
        (Draft("shippingCode", "a", {"a": "x" * 121}), "translations: it has 121 characters"),
        (Draft("shippingCode", "a", default="x\ny"), "default: it has several lines"),
        (Draft("orderNote", default="x" * 1001), "default: it has more than 1,000"),
    ],
)
def test_a_rule_that_cannot_be_kept_names_the_part(draft: Draft, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        checked(draft)
    assert str(caught.value).startswith(said)


@pytest.fixture
def one(world: World) -> Integration:
    """An integration that brings orders."""
    Flow.objects.create(integration=world.integration, entity="orders", direction="pull", enabled=True)
    return world.integration


def put(one: Integration, *args: Any, **fields: Any) -> Any:
    """Store a rule."""
    return put_rule(one, Draft(*args, **fields), author="user:dev", reason="asked for")


def test_each_change_is_kept_with_its_author(one: Integration) -> None:
    rule = put(one, "shippingClass", "way")
    assert put_rule(one, Draft("shippingClass", "way"), author="x", replacing=rule) == rule
    rule = put_rule(one, Draft("shippingClass", "way", {"a": "b"}), author="user:dev", replacing=rule)
    enable_rule(rule, enabled=False, author="user:dev")
    assert active_rules(one.pk, "orders") == ()
    enable_rule(rule, enabled=False, author="user:dev")
    remove_rule(rule, author="user:dev")
    events = list(Event.objects.filter(entity="integrations", record_id=one.pk).order_by("pk"))
    assert [event.operation for event in events] == [
        "mappingAdded", "mappingChanged", "mappingChanged", "mappingRemoved",
    ]  # fmt: skip
    assert {event.author for event in events} == {"user:dev"}
    assert events[0].reason == "asked for"
    assert (events[1].before, events[1].after) == (
        {"target": "shippingClass", "translations": {}}, {"target": "shippingClass", "translations": {"a": "b"}},
    )  # fmt: skip
    assert (events[3].before or {})["source"] == "way"
    with pytest.raises(MappingError, match="was removed meanwhile"):
        enable_rule(rule, enabled=True, author="x")
    with pytest.raises(MappingError, match="was removed meanwhile"):
        put_rule(one, Draft("shippingClass", "way"), author="x", replacing=rule)


def test_a_target_has_one_rule_and_tags_have_several(one: Integration) -> None:
    put(one, "customFields[A]", "way")
    put(one, "customFields[B]", "way")
    put(one, "tags", "way")
    put(one, "tags", "colour")
    put(one, "tags", default="always")
    for again in (("customFields[A]", "colour"), ("tags", "way")):
        with pytest.raises(MappingError, match="there is a mapping of"):
            put(one, *again)
    assert [(rule.target, rule.source) for rule in rules_of(one)] == [
        ("customFields[A]", "way"), ("customFields[B]", "way"), ("tags", "way"), ("tags", "colour"), ("tags", ""),
    ]  # fmt: skip
    assert len(active_rules(one.pk, "orders")) == 5


def test_only_an_integration_that_brings_orders_has_rules(world: World) -> None:
    with pytest.raises(MappingError, match="brings no orders"):
        put(world.integration, "orderNote", "way")
    Integration.objects.filter(pk=world.integration.pk).update(state="removed")
    with pytest.raises(MappingError, match="was removed"):
        put(world.integration, "orderNote", "way")
