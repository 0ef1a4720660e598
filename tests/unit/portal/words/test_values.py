"""Values of events as people read them: no code, no document and no time of UTC among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.utils import timezone

from crossdock.canon import Order, Product
from crossdock.hub.documents.values import to_json
from crossdock.portal.words.sentences import told
from crossdock.portal.words.values import Teller

RAW = re.compile(r"[{}\[\]\"]|\d{4}-\d\d-\d\d|[a-z][A-Z]|[A-Z]_[A-Z]")
"""What programs write: brackets and quotes, dates by number, humps and codes in capitals."""

ADDRESS = {
    "firstName": "Ada", "lastName": "Bee", "company": "Bee Ltd", "address1": "1 High Street", "address2": "Back door",
    "city": "Cork", "stateOrProvince": "Munster", "zipCodeOrPostalCode": "T12", "country": "IE",
    "email": "ada@bee.test", "phone": "+353 1",
}  # fmt: skip
LINE = {
    "uniqueId": "7001", "sku": "TEA", "name": "Tea", "quantity": 2, "itemPrice": "6.5", "itemDiscount": "1",
    "itemTax": "2.28", "requiresShipping": False, "taxable": False, "extProductId": "55:2",
    "options": [{"name": "Size", "value": "L"}, {"name": "Colour", "value": "red"}],
}  # fmt: skip
AT = "2026-07-01T10:00:00Z"
ORDER = {
    "extOrderId": "1042", "extOrderApiId": "52", "extOrderCreatedAt": AT, "extOrderUpdatedAt": AT,
    "orderSource": "Web", "standing": "open", "paid": True, "paymentStatus": "AWAITING_PAYMENT",
    "fulfillmentStatus": "AWAITING_PROCESSING", "currency": "EUR", "totalPrice": "1012.5", "subTotalPrice": "13",
    "orderDiscount": "1", "orderTax": "2.28", "shippingPrice": "4.9", "lineItems": [LINE], "method": "pickup",
    "extOrderUrl": "https://shop.test/52", "orderSourceType": "marketplace", "discounts": [
        {"name": "Coupon", "amount": "1", "code": "TEN"},
    ],
    "additionalCharges": [{"name": "Gift wrap", "amount": "2"}], "payments": [
        {"method": "Card", "kind": "credit", "status": "NOT_PAID", "amount": "9", "currency": "USD"},
    ],
    "refunds": [{"amount": "3", "at": AT, "reason": "broken", "source": "store"}],
    "customer": {**ADDRESS, "extCustomerId": "9"}, "billingAddress": ADDRESS, "shippingAddress": ADDRESS,
    "shippingCode": "dhl", "shippingCarrier": "DHL", "shippingClass": "Express", "orderNote": "Ring twice",
    "internalNote": "vip", "extLocationId": "3", "trackingNumber": "JD1",
    "customFields": [{"name": "Gift", "value": "yes please"}], "tags": ["vip", "export"],
}  # fmt: skip
PRODUCT = {
    "extProductId": "55", "sku": "TEA", "name": "Tea", "kind": "parent", "description": "Green", "active": False,
    "stock": {"state": "tracked", "quantity": 4, "byLocation": {"Cork": 3, "Dublin": 1}}, "upc": "400", "vendor": "Bee",
    "prices": [
        {"name": "base", "value": "6.5", "currency": "EUR"},
        {"name": "compareTo", "value": "8", "currency": "EUR"},
        {"name": "wholesale", "value": "5", "currency": "EUR", "fromQuantity": 10},
    ],
    "cost": "3", "costCurrency": "EUR", "taxable": False, "requiresShipping": False, "weight": "0.5",
    "weightUnit": "kg", "length": "1", "width": "2", "height": "3", "dimensionsUnit": "cm", "harmonizedCode": "0902",
    "imageUrls": ["https://shop.test/a.png"], "parentExtProductId": "54",
    "variantOptions": [{"name": "Size", "value": "L"}],
    "options": [{"name": "Size", "type": "SELECT", "required": True, "choices": ["S", "L"]}],
    "extProductUrl": "https://shop.test/p", "extProductCreatedAt": AT, "extProductUpdatedAt": AT,
    "customFields": [{"name": "Origin", "value": "Japan"}],
}  # fmt: skip


@dataclass
class Known:
    """Names of one integration and one location."""

    def integration(self, key: str) -> str:
        """The name of an integration."""
        return {"000000000000002a": "Bee Store"}.get(key, key)

    def location(self, key: str) -> str:
        """The name of a location."""
        return {"000000000000002a": "Cork"}.get(key, key)


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    """An organization in Berlin, two hours ahead of UTC in July."""
    with timezone.override(ZoneInfo("Europe/Berlin")):
        yield


def tell(entity: str, name: str, value: object) -> str:
    """What a value is told as, in a shop whose currency is the euro."""
    return Teller(entity, "EUR", Known()).tell(name, value)


@pytest.mark.parametrize(
    ("entity", "kind", "document"), [("orders", Order, ORDER), ("products", Product, PRODUCT)]
)
def test_no_field_of_a_record_is_told_as_programs_write_it(
    entity: str, kind: type[msgspec.Struct], document: dict[str, object]
) -> None:
    record = msgspec.convert(document, kind, strict=False)
    stored = msgspec.json.decode(to_json(record))
    missing = {field.encode_name for field in msgspec.structs.fields(kind)} - stored.keys()
    assert missing <= {"variants"}, "the example has every field, so that every field is told"
    raw = {name: tell(entity, name, value) for name, value in stored.items()}
    assert {name: said for name, said in raw.items() if RAW.search(said)} == {}


@pytest.mark.parametrize(
    ("entity", "name", "value", "said"),
    [
        ("orders", "extOrderUpdatedAt", AT, "1 Jul 2026, 12:00"),
        ("orders", "totalPrice", "1012.5", "1,012.50 EUR"),
        ("orders", "paymentStatus", "AWAITING_PAYMENT", "Awaiting payment"),
        ("orders", "status", "onHold", "On hold"),
        ("orders", "release", "undecided", "Left to the rules"),
        (
            "orders", "lineItems", [LINE, {"sku": "", "name": "Gift", "quantity": 1}],
            "2 x TEA (Size: L, Colour: red) at 6.50 EUR, less 1.00 EUR, tax 2.28 EUR, not to be shipped; 1 x Gift",
        ),
        ("orders", "lines", [{"sku": "TEA", "quantity": 2}, {"sku": "CUP", "quantity": 1, "extra": 1}],
         "2 x TEA, 1 x CUP, too many: 1"),
        ("orders", "customer", {"firstName": "Ada", "email": "a@b.test", "extCustomerId": "9"},
         "Ada, a@b.test, customer 9 in the store"),
        ("orders", "shippingAddress", {"address1": "1 High Street", "city": "Cork", "zipCodeOrPostalCode": "T12"},
         "1 High Street, T12 Cork"),
        ("orders", "discounts", [{"name": "Coupon", "amount": "1", "code": "TEN"}], "Coupon 1.00 EUR (TEN)"),
        ("orders", "payments", ORDER["payments"], "Card 9.00 USD (Not paid)"),
        ("orders", "refunds", ORDER["refunds"], "3.00 EUR (broken, 1 Jul 2026, 12:00)"),
        ("orders", "tags", ["vip", "export"], "vip, export"),
        ("orders", "explanation", [{"card": "All", "location": "Cork", "chosen": False, "why": "has none of TEA"}],
         "All, Cork: has none of TEA"),
        ("orders", "disableAllCustomerNotifications", "true", "yes"),
        ("products", "prices", PRODUCT["prices"], "6.50 EUR; Compare to 8.00 EUR; Wholesale 5.00 EUR from 10"),
        ("products", "wholesalePrices", '[{"quantity": 10, "price": 5.5}]', "5.50 EUR from 10"),
        ("products", "options",
         '[{"type": "SELECT", "name": "Size", "required": true, "choices": [{"text": "S"}, {"text": "L"}]}]',
         "Size: S, L"),
        ("products", "attributes", '[{"alias": "UPC", "value": "400"}]', "UPC: 400"),
        ("products", "dimensions", '{"length": 1, "width": 2.5}', "Length: 1, Width: 2.5"),
        ("products", "price", "12.5", "12.50 EUR"),
        ("products", "stock", {"state": "inherited"}, "State: As its parent"),
        ("products", "bundleItems", {"TEA": 2, "order": 1}, "2 x TEA, 1 x order"),
        ("products", "status", "disabled", "Kept out"),
        ("shippingRequests", "fulfillmentIntegration", "000000000000002a", "Bee Store"),
        ("locations", "excludeFromTotalsByIntegration", ["000000000000002a"], "Bee Store"),
        ("integrations", "feedFrom", ["000000000000002a", "gone"], "Cork, gone"),
        ("integrations", "flow", "push shipments", "push shipping requests"),
        ("integrations", "guardShare", 0.25, "25 %"),
        ("integrations", "partialStatus", "PROCESSING", "Processing"),
        ("integrations", "translations", {"dhl": "DHL"}, "dhl → DHL"),
        ("integrations", "target", "shippingClass", "Shipping service"),
        ("orderRules", "actions", [{"do": "hold", "minutes": 10, "from": "order"}, {"do": "tag", "tag": "vip"}],
         "hold 10 min from order, tag vip"),
        ("orderRules", "actions", [{"do": "hold"}], "Do: hold"),
        ("routingCards", "locations", [{"locationId": "2a", "name": "Cork"}], "Cork"),
        ("routingCards", "filters", [], "every order"),
        ("apiKeys", "grants", ["inventory.read"], "See stock figures"),
        ("organizations", "twoFactor", "required", "Required for everybody"),
        ("notifications", "kinds", ["sumMismatch"], "Sum mismatch"),
        ("", "", {"giftWrap": True}, "Gift wrap: yes"),
        ("", "", {"TEA": 2, "CUP": 1}, "2 x TEA, 1 x CUP"),
        ("", "", "[not a document", "[not a document"),
        ("orders", "totalPrice", "NaN", "NaN"),
        ("orders", "extOrderUpdatedAt", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("", "", None, "nothing"), ("", "", "", "nothing"), ("", "", [], "nothing"), ("", "", {}, "nothing"),
        ("", "", 0, "0"), ("", "", True, "yes"), ("", "", False, "no"),
        ("", "", "canceledRestock", "Cancelled, restocked"),
    ],
)  # fmt: skip
def test_values_are_told_in_a_few_words(entity: str, name: str, value: object, said: str) -> None:
    assert tell(entity, name, value) == said


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        ("held by anna until 2026-07-01 10:00 UTC: stock", "held by anna until 1 Jul 2026, 12:00: stock"),
        (
            "held by rule “Default” until 2026-01-01 23:30:00Z",
            "held by rule “Default” until 2 Jan 2026, 00:30",
        ),
        ("3 counted at 2026-07-01T10:00:00.000+00:00, 1 left", "3 counted at 1 Jul 2026, 12:00, 1 left"),
        (
            "2026-07-01 10:00 CEST and 2026-99-99 10:00 UTC stay",
            "2026-07-01 10:00 CEST and 2026-99-99 10:00 UTC stay",
        ),
        ("1042: items[0].price is missing", "1042: line 1, price is missing"),
        ("items[11].sku is blank", "Line 12, SKU is blank"),
        ("order 7: lineItems[1] is odd", "order 7: line 2 is odd"),
        ("myitems[1] and items[] stay", "myitems[1] and items[] stay"),
        ("wet; from onHand to damaged", "wet; from on hand to damaged"),
        ("", ""),
    ],
)
def test_stored_sentences_are_read_in_the_zone_and_by_line(sentence: str, read: str) -> None:
    assert told(sentence) == read
