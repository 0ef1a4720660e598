"""What an order looks like once stored: defaults of a new one, which fields a client may write."""

from __future__ import annotations

from ecwid_twin.orders import statuses
from ecwid_twin.wire import dates
from ecwid_twin.wire.errors import ApiError, wrong_parameter
from ecwid_twin.wire.message import Doc

WRITABLE = frozenset(
    [
        "createDate",
        "hidden",
        "lang",
        "latestShipDate",
        "latestDeliveryDate",
        "ebayId",
        "paymentStatus",
        "fulfillmentStatus",
        "trackingNumber",
        "trackingUrl",
        "pickupTime",
        "externalFulfillment",
        "externalOrderId",
        "externalOrderData",
        "disableAllCustomerNotifications",
        "privateAdminNotes",
        "orderComments",
        "subtotal",
        "total",
        "totalBeforeGiftCardRedemption",
        "giftCardRedemption",
        "giftCardCode",
        "giftCardId",
        "giftCardUuid",
        "storeCredit",
        "loyalty",
        "tax",
        "pricesIncludeTax",
        "couponDiscount",
        "volumeDiscount",
        "membershipBasedDiscount",
        "totalAndMembershipBasedDiscount",
        "customDiscount",
        "discount",
        "discountInfo",
        "discountCoupon",
        "customSurcharges",
        "handlingFee",
        "email",
        "customerId",
        "customerGroupId",
        "customerGroup",
        "acceptMarketing",
        "ipAddress",
        "customerTaxExempt",
        "customerTaxId",
        "customerTaxIdValid",
        "reversedTaxApplied",
        "b2b_b2c",
        "customerRequestedInvoice",
        "customerFiscalCode",
        "electronicInvoicePecEmail",
        "electronicInvoiceSdiCode",
        "billingPerson",
        "shippingPerson",
        "creditCardStatus",
        "paymentMethod",
        "paymentModule",
        "paymentMessage",
        "paymentParams",
        "paymentReference",
        "externalTransactionId",
        "externalTransactionUrl",
        "referenceTransactionId",
        "refererUrl",
        "globalReferer",
        "refererId",
        "affiliateId",
        "additionalInfo",
        "utmData",
        "utmDataSets",
        "extraFields",
        "orderExtraFields",
        "taxesOnShipping",
        "items",
        "shippingOption",
    ]
)
"""Every field a client may write; anything else is ignored."""
READ_ONLY_LATER = frozenset(("createDate", "extraFields"))
"""Ignored on PUT only."""
_NUMBERS = [
    "subtotal",
    "total",
    "tax",
    "couponDiscount",
    "volumeDiscount",
    "membershipBasedDiscount",
    "totalAndMembershipBasedDiscount",
    "discount",
    "giftCardRedemption",
    "customerId",
]
_LISTS = ("items", "discountInfo", "customSurcharges", "orderExtraFields", "taxesOnShipping", "utmDataSets")
_OBJECTS = (
    "billingPerson",
    "shippingPerson",
    "shippingOption",
    "handlingFee",
    "discountCoupon",
    "paymentParams",
)
_TEXTS = ("email", "trackingNumber", "trackingUrl", "paymentMethod", "privateAdminNotes", "orderComments")
_LINE_TYPES: dict[str, tuple[type, ...]] = {
    "quantity": (int,),
    "productId": (int,),
    "combinationId": (int,),
    "price": (int, float),
    "weight": (int, float),
}
_DATES = ("createDate", "pickupTime", "latestShipDate", "latestDeliveryDate")
COUNTRIES = {
    "US": "United States",
    "GB": "United Kingdom",
    "DE": "Germany",
    "FR": "France",
    "ES": "Spain",
    "IT": "Italy",
    "NL": "Netherlands",
    "JP": "Japan",
    "GR": "Greece",
    "UA": "Ukraine",
    "IL": "Israel",
    "CZ": "Czech Republic",
    "CA": "Canada",
    "AU": "Australia",
    "PL": "Poland",
    "CN": "China",
    "GE": "Georgia",
    "KR": "Korea, Republic of",
}


def blank(now: int) -> Doc:
    """A new order with nothing in it, as the empty `POST /orders` makes it. `now` in Unix seconds."""
    return {
        "refundedAmount": 0,
        "subtotal": 0,
        "total": 0,
        "giftCardRedemption": 0,
        "totalBeforeGiftCardRedemption": 0,
        "giftCardDoubleSpending": False,
        "email": "",
        "tax": 0,
        "customerTaxExempt": False,
        "customerTaxIdValid": False,
        "b2b_b2c": "b2c",
        "reversedTaxApplied": False,
        "customerRequestedInvoice": False,
        "couponDiscount": 0,
        "paymentStatus": "AWAITING_PAYMENT",
        "fulfillmentStatus": "AWAITING_PROCESSING",
        "volumeDiscount": 0,
        "membershipBasedDiscount": 0,
        "totalAndMembershipBasedDiscount": 0,
        "customDiscount": [],
        "customSurcharges": [],
        "discount": 0,
        "usdTotal": 0,
        "createDate": dates.show(now),
        "items": [],
        "refunds": [],
        "predictedPackage": [],
        "shippingLabelAvailableForShipment": False,
        "shipments": [],
        "additionalInfo": {},
        "paymentParams": {},
        "extraFields": {},
        "hidden": False,
        "taxesOnShipping": [],
        "disableAllCustomerNotifications": False,
        "externalFulfillment": False,
        "utmDataSets": [],
        "invoices": [],
        "pricesIncludeTax": False,
    }


def accept(values: Doc, *, new: bool, languages: tuple[str, ...]) -> Doc:
    """The writable part of what a client sent, normalised. Raises 400 for values of a wrong type.

    null means "not sent"; unknown and read-only fields are ignored.
    """
    writable = WRITABLE if new else WRITABLE - READ_ONLY_LATER
    kept = {name: value for name, value in values.items() if name in writable and value is not None}
    statuses.check(kept)
    _check_types(kept)
    for name in _DATES:
        if name in kept:
            kept[name] = _date(name, kept[name])
    if kept.get("lang") and kept["lang"] not in languages:
        raise ApiError(400, "LANGUAGES_NOT_ALLOWED", f"Language '{kept['lang']}' is not enabled in the store")
    for name in ("billingPerson", "shippingPerson"):
        if name in kept:
            kept[name] = person(kept[name])
    if "shippingOption" in kept:
        kept["shippingOption"] = _shipping(kept["shippingOption"])
    return kept


def _check_types(sent: Doc) -> None:
    for names, kind, expected in (
        (_NUMBERS, (int, float), "a number"),
        (_LISTS, (list,), "an array"),
        (_OBJECTS, (dict,), "an object"),
        (_TEXTS, (str,), "a string"),
    ):
        for name in names:
            if name in sent and (not isinstance(sent[name], kind) or isinstance(sent[name], bool)):
                raise wrong_parameter(name, sent[name], expected)
    for item in sent.get("items", ()):
        _check_line(item)


def _check_line(item: object) -> None:
    if not isinstance(item, dict):
        raise wrong_parameter("items", item, "objects")
    for name, kinds in _LINE_TYPES.items():
        value = item.get(name)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            expected = "a number" if float in kinds else "an integer"
            raise wrong_parameter(f"items.{name}", value, expected)


def _date(name: str, value: object) -> str:
    try:
        return dates.show(dates.read(value))
    except ValueError:
        raise wrong_parameter(name, value, "'yyyy-MM-dd HH:mm:ss Z'") from None


def person(sent: Doc) -> Doc:
    """A person with the read-only parts worked out: first and last name, country name."""
    full = {
        name: value for name, value in sent.items() if name not in ("firstName", "lastName", "countryName")
    }
    first, _, last = str(full.get("name", "")).partition(" ")
    if first:
        full["firstName"] = first
    if last:
        full["lastName"] = last
    if full.get("countryCode") in COUNTRIES:
        full["countryName"] = COUNTRIES[full["countryCode"]]
    return full


def _shipping(sent: Doc) -> Doc:
    option = dict(sent)
    misspelt = option.pop("fulfilmentType", None)  # one l, as on profile shipping options
    kind = option.get("fulfillmentType") or misspelt
    if kind is None:
        kind = "PICKUP" if option.get("isPickup") else "SHIPPING"
    option["fulfillmentType"] = str(kind).upper()
    option.setdefault("shippingMethodId", "customShippingId")
    option.setdefault("isPickup", option["fulfillmentType"] == "PICKUP")
    option.setdefault("shippingRate", 0)
    option.setdefault("shippingRateWithoutTax", option["shippingRate"])
    option.setdefault("isShippingLimit", False)
    return option


def line(sent: Doc, number: int) -> Doc:
    """An order line with what the store adds; `number` is its id."""
    item: Doc = {
        "id": number,
        "price": 0,
        "quantity": 1,
        "name": "",
        "tax": 0,
        "shipping": 0,
        "isShippingRequired": True,
        "trackQuantity": False,
        "fixedShippingRateOnly": False,
        "fixedShippingRate": 0,
        "digital": False,
        "productAvailable": bool(sent.get("productId")),
        "couponApplied": False,
        "taxes": [],
        "taxable": True,
        "giftCard": False,
        "isCustomerSetPrice": False,
        "attributes": [],
    }
    item.update({name: value for name, value in sent.items() if value is not None and name != "id"})
    item.setdefault("productPrice", item["price"])
    item.setdefault("priceWithoutTax", item["price"])
    return item


def derive(doc: Doc) -> None:
    """Bring the read-only sums in line with the written ones, in place. Totals are never recalculated."""
    total, tax = doc.get("total") or 0, doc.get("tax") or 0
    doc["totalWithoutTax"] = round(total - tax, 4)
    subtotal = doc.get("subtotal") or 0
    doc["subtotalWithoutTax"] = round(subtotal - tax, 4) if doc.get("pricesIncludeTax") else subtotal
