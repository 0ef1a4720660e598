"""Which field of an Ecwid document goes where, and what its statuses mean here, in words for people."""

from __future__ import annotations

from crossdock.connectors.contract import FieldRule, StatusRule
from crossdock.connectors.ecwid.translate.statuses import FULFILLMENT, PAYMENT, Fulfillment, Payment

_ORDER = (
    ("id", "extOrderId", "the number that the buyer sees"),
    ("createTimestamp", "extOrderCreatedAt", ""),
    ("email", "customer.email", ""),
    ("total", "totalPrice", "rounded to the currency's decimals"),
    ("subtotal", "subTotalPrice", ""),
    ("tax", "orderTax", ""),
    ("orderComments", "orderNote", "what the buyer wrote"),
    ("privateAdminNotes", "internalNote", "what the store's people wrote"),
    ("trackingNumber", "trackingNumber", ""),
    ("refererId", "orderSource", "Ecwid where it is empty"),
    ("shippingOption.shippingMethodName", "shippingClass", ""),
    ("shippingOption.shippingMethodId", "shippingCode", ""),
    ("shippingOption.locationId", "extLocationId", "the pick-up method's id where it has none"),
    ("shippingOption.shippingCarrierName", "shippingCarrier", ""),
    ("shippingOption.shippingRate", "shippingPrice", ""),
    (
        "shippingPerson.name",
        "shippingAddress.lastName",
        "split at the last space where Ecwid has not split it",
    ),
    ("shippingPerson.street", "shippingAddress.address1", "two lines where it has two"),
    ("shippingPerson.city", "shippingAddress.city", ""),
    ("shippingPerson.postalCode", "shippingAddress.zipCodeOrPostalCode", ""),
    ("shippingPerson.countryCode", "shippingAddress.country", ""),
    ("shippingPerson.phone", "shippingAddress.phone", ""),
    ("billingPerson.city", "billingAddress.city", "the rest as of the shipping person"),
    ("orderExtraFields[].value", "customFields[].value", "by their titles, with extraFields by their names"),
    ("items[].id", "lineItems[].uniqueId", ""),
    ("items[].sku", "lineItems[].sku", "a blank one is never matched"),
    ("items[].name", "lineItems[].name", ""),
    ("items[].quantity", "lineItems[].quantity", ""),
    ("items[].price", "lineItems[].itemPrice", "for each unit, before discounts"),
    ("items[].tax", "lineItems[].itemTax", ""),
    ("items[].productId", "lineItems[].extProductId", "with the variation, where one was chosen"),
    ("items[].isShippingRequired", "lineItems[].requiresShipping", ""),
)
_PRODUCT = (
    ("id", "extProductId", ""),
    ("sku", "sku", "a blank one is never matched"),
    ("name", "name", ""),
    ("description", "description", ""),
    ("enabled", "active", ""),
    ("price", "prices[].value", "the price called base"),
    ("weight", "weight", "in the store's unit"),
    ("quantity", "stock.quantity", "where the store counts it"),
    ("url", "extProductUrl", ""),
    ("options[].name", "options[].name", ""),
    ("combinations[].sku", "variants[].sku", ""),
    (
        "combinations[].price",
        "variants[].prices[].value",
        "the product's price with its options where it is empty",
    ),
)

FIELDS = (
    *(FieldRule(entity="orders", source=source, target=target, note=note) for source, target, note in _ORDER),
    *(
        FieldRule(entity="products", source=source, target=target, note=note)
        for source, target, note in _PRODUCT
    ),
)

_STANDINGS = {
    "open": "goes on to be shipped",
    "fulfilled": "has shipped: nothing is sent from here",
    "canceled": "is called off; its stock is released",
    "refunded": "is refunded: nothing is sent from here",
    "returned": "came back: nothing is sent from here",
    "incomplete": "is not finished by its buyer, and stays out",
}


def _payment(status: Payment) -> str:
    if status.standing is not None:
        return f"The order {_STANDINGS[status.standing]}."
    return "Paid." if status.paid else "Not paid: the order waits, unless orders that are not paid may ship."


def _fulfillment(status: Fulfillment) -> str:
    if status.withheld:
        return "The order stays open, and nothing new is sent."
    return f"The order {_STANDINGS[status.standing]}."


STATUSES = (
    *(
        StatusRule(entity="orders", field="paymentStatus", outside=name, means=_payment(status))
        for name, status in PAYMENT.items()
    ),
    *(
        StatusRule(entity="orders", field="fulfillmentStatus", outside=name, means=_fulfillment(status))
        for name, status in FULFILLMENT.items()
    ),
)
