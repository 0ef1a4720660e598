"""What the fields of events are called, as the pages call them: ``extOrderUpdatedAt`` is *Changed in the store*.

A name means the same wherever it stands, but for those few that a kind of record has words of its own for. The
settings of an integration are called as on its page of settings. What nobody has words for is said as words.
"""

from __future__ import annotations

from functools import lru_cache

from crossdock.connectors.contract import OptionField
from crossdock.flows.connecting import connectors
from crossdock.portal.words.statuses import spaced

NAMES: dict[str, str] = {
    # of orders, as their stores tell them
    "extOrderId": "Number", "extOrderApiId": "Id in the store", "extOrderUrl": "Page in the store",
    "extOrderCreatedAt": "Placed", "extOrderUpdatedAt": "Changed in the store", "orderSource": "Source",
    "orderSourceType": "Kind of source", "standing": "How it stands in the store", "paid": "Paid",
    "paymentStatus": "Payment", "fulfillmentStatus": "Fulfillment", "currency": "Currency", "totalPrice": "Total",
    "subTotalPrice": "Items", "orderDiscount": "Discount", "orderTax": "Tax", "shippingPrice": "Shipping",
    "lineItems": "Lines", "method": "Method", "discounts": "Discounts", "additionalCharges": "Charges",
    "payments": "Paid with", "refunds": "Refunded", "customer": "Customer", "billingAddress": "Billing address",
    "shippingAddress": "Shipping address", "shippingCode": "Code of the shipping service",
    "shippingCarrier": "Carrier", "shippingClass": "Shipping service", "orderNote": "Note from the buyer",
    "internalNote": "Internal note", "extLocationId": "Pick-up place, by the store's id",
    "trackingNumber": "Tracking number", "customFields": "Custom fields", "tags": "Tags",
    # of their lines, payments, people and addresses
    "uniqueId": "Line", "sku": "SKU", "name": "Name", "quantity": "Quantity", "itemPrice": "Price",
    "itemDiscount": "Discount", "itemTax": "Tax", "requiresShipping": "Has to be shipped", "taxable": "Taxed",
    "extProductId": "Id in the store", "options": "Options", "amount": "Amount", "code": "Code", "at": "When",
    "reason": "Reason", "source": "Source", "type": "Type", "value": "Value", "kind": "Kind", "status": "Status",
    "extCustomerId": "Customer's id in the store", "firstName": "First name", "lastName": "Last name",
    "company": "Company", "email": "E-mail", "phone": "Phone", "address1": "Address", "address2": "Second line",
    "city": "City", "stateOrProvince": "State or province", "zipCodeOrPostalCode": "Postal code",
    "country": "Country",
    # of products
    "stock": "Stock in the store", "description": "Description", "active": "On sale", "upc": "UPC",
    "vendor": "Vendor", "prices": "Prices", "cost": "Cost", "costCurrency": "Currency of the cost",
    "weight": "Weight", "weightUnit": "Unit of weight", "length": "Length", "width": "Width", "height": "Height",
    "dimensionsUnit": "Unit of length", "harmonizedCode": "Customs code", "imageUrls": "Pictures",
    "parentExtProductId": "Parent's id in the store", "variantOptions": "Variant", "variants": "Variants",
    "extProductUrl": "Page in the store", "extProductCreatedAt": "Made in the store",
    "extProductUpdatedAt": "Changed in the store", "required": "Has to be chosen", "choices": "Choices",
    "fromQuantity": "From a quantity of", "state": "State", "byLocation": "By location", "bundleItems": "Parts",
    "buffer": "Hold back", "floor": "Show at least", "cap": "Show at most", "hold": "On hold",
    # of products, as stores are told of them
    "price": "Price", "compareToPrice": "Price before", "costPrice": "Cost", "wholesalePrices": "Wholesale prices",
    "dimensions": "Size", "attributes": "Attributes", "customsHsTariffCode": "Customs code", "tax": "Tax",
    "isShippingRequired": "Has to be shipped", "enabled": "Is on", "unlimited": "Unlimited stock", "image": "Picture",
    "enabledManualTaxes": "Taxes", "taxClassCode": "Class of tax", "alias": "Name", "text": "Choice",
    "choice": "Choice", "minimum": "From a quantity of", "priceModifier": "Adds to the price",
    "priceModifierType": "How it adds", "record": "Record", "order": "Order", "id": "Id",
    "valueTranslated": "Translated", "combinations": "Variants",
    # of shipping
    "release": "Release", "holdUntil": "On hold until", "routingStatus": "Routing", "explanation": "What was tried",
    "shippingRequest": "Shipping request", "location": "Location", "lines": "Lines", "canceled": "Cancelled in all",
    "restock": "Back for sale", "fulfillment": "Parcel", "extra": "More than asked for",
    "cancellationStatus": "Cancellation", "extReferenceId": "Number at the warehouse",
    "fulfillmentIntegration": "Warehouse", "fulfillmentIntegrationId": "Warehouse", "key": "Id",
    "trackingUrl": "Address of the tracking", "disableAllCustomerNotifications": "Mails to the buyer are off",
    "deletedAt": "Deleted in the store",
    # of stock
    "onHand": "On hand", "committed": "Kept for orders", "committedFuture": "Kept of future", "future": "Future",
    "incoming": "Incoming", "unavailable": "Unavailable", "damaged": "Damaged", "locked": "Locked",
    # of locations
    "extLocationName": "Name in the store", "isDefault": "The default", "named": "Has a name of its own",
    "note": "Note", "address": "Address", "mergedInto": "Merged into", "pauseLocation": "Paused",
    "excludeFromTotals": "Not in totals", "excludeFromTotalsByIntegration": "Its stock does not feed",
    "infiniteAvailability": "Always available", "preserveBundles": "Bundles lie here packed",
    # of integrations
    "accountId": "Account", "flow": "Flow", "flows": "Flows", "gap": "What was missed meanwhile",
    "entity": "What", "since": "Since", "read": "Read so far", "orders": "Orders", "lookedAt": "Looked at",
    "uncounted": "Not counted here yet", "adopted": "Counts taken over", "target": "Fills", "default": "Otherwise",
    "translations": "Translations",
    # of the settings that all connectors have, as on their page
    "acceptUnpaid": "Ship orders that are not paid", "feedFrom": "Locations that feed it",
    "guardShare": "Guard: share of the listings", "guardLeast": "Guard: listings at least",
    "searchLagSeconds": "Search lag, in seconds", "callsPerMinute": "Calls per minute, at most",
    # of people, keys and rules
    "role": "Role", "by": "With", "timezone": "Time zone",
    "overfulfillPolicy": "A parcel with more in it than was asked for",
    "twoFactor": "Two-factor authentication", "grants": "May", "host": "Where it leads", "topics": "Told of",
    "itemId": "Id of the record", "kinds": "Tells of", "channel": "By", "emails": "E-mail addresses",
    "minutes": "Minutes it waits", "tellClosed": "Also tells when they are over", "integrationId": "Integration",
    "integration": "Integration", "position": "Place", "match": "How filters combine", "filters": "Orders",
    "actions": "What it does", "regions": "Regions", "locations": "Places", "checkStock": "Only places with the goods",
    "allowSplit": "Several places may ship a part each", "sendFuture": "Stock on its way counts", "ruleId": "Id",
    "updatedAt": "Changed",
}  # fmt: skip
"""What each field is called."""

OF: dict[str, dict[str, str]] = {
    "inventory": {"quantity": "Shown by the store"},
    "integrations": {
        "buffer": "Buffer, in units", "floor": "Floor, in units", "cap": "Cap, in units",
        "state": "Connection", "source": "Filled from", "entity": "What",
    },
    "invitations": {"email": "Address"},
    "orderRules": {"integration": "Orders from"},
    "products": {"enabled": "On sale", "hold": "Push no figure"},
    "users": {"address": "From the address", "kind": "Second factor"},
}  # fmt: skip
"""Fields that a kind of record has words of its own for."""


def field_name(name: str, entity: str = "") -> str:
    """Return what a field of a kind of record is called; parts of parts are ``shippingAddress.city``."""
    if " " in name:
        return spaced(name)  # a sentence of a plan, like ``stock of TEA-1``
    first, *others = name.split(".")
    said = [_one(first, entity), *(in_midst(_one(part, "")) for part in others)]
    return ", ".join(said)


def is_named(name: str, entity: str = "") -> bool:
    """Tell whether somebody has given a field of a kind of record words."""
    return name in OF.get(entity, {}) or name in NAMES or (entity == "integrations" and name in options())


def in_midst(label: str) -> str:
    """Return what a field is called in the midst of a sentence."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


@lru_cache(maxsize=1)
def options() -> dict[str, OptionField]:
    """Return the settings that only some connectors have, by name."""
    return {option.name: option for manifest in connectors() for option in manifest.options}


def _one(name: str, entity: str) -> str:
    own = OF.get(entity, {}).get(name)
    if own is None and entity == "integrations" and name in options():
        return options()[name].label
    return own or NAMES.get(name) or spaced(name)
